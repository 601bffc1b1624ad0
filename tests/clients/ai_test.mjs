// The AI SDK with its provider for servers that are like OpenAI's.

import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embed, embedMany, generateText, streamText } from 'ai';
import { runCases } from './box.mjs';
import { conform } from './conform.mjs';

const told = (answer) => ({ finish: answer.finishReason,
  usage: { in: answer.usage.inputTokens, out: answer.usage.outputTokens } });

const client = {
  name: 'ai',
  retries: true,
  status: (error) => error.statusCode,
  message: (error) => error.message,
  // A completion is asked for as a conversation in one text.
  prompt: (text) => `user:\n${text}\n\nassistant:\n`,
  make(url, { key, retries }) {
    const provider = createOpenAICompatible({ name: 'axl', baseURL: `${url}/v1`, apiKey: key,
      includeUsage: true });
    const common = (p) => ({ maxOutputTokens: p.max, seed: p.seed, temperature: p.temperature,
      stopSequences: p.stop, abortSignal: p.signal, maxRetries: retries ?? 0,
      ...(p.messages ? { messages: p.messages, allowSystemInMessages: true }
        : { prompt: p.prompt }) });
    const modelOf = (p) => (p.messages ? provider.chatModel(p.model ?? 'fills')
      : provider.completionModel(p.model ?? 'fills'));
    const whole = async (p) => {
      const answer = await generateText({ ...common(p), model: modelOf(p) });
      return { text: answer.text, ...told(answer) };
    };
    async function *parts(p) {
      const stream = streamText({ ...common(p), model: modelOf(p), onError() {} });
      for await (const part of stream.fullStream) {
        if (part.type === 'error') throw part.error;
        if (part.type === 'text-delta') yield { text: part.text };
        if (part.type === 'finish')
          yield told({ finishReason: part.finishReason, usage: part.totalUsage });
      }
    }
    const vectors = provider.textEmbeddingModel('fills');
    return { complete: whole, completeStream: parts, chat: whole, chatStream: parts, vectors,
      embed: async (values) => (await embedMany({ model: vectors, values })).embeddings };
  },
};

const { cases, servers } = await conform(client, (server) => ({
  async 'one vector, and what it took'() {
    const { vectors } = client.make(server.url, { key: 'none' });
    const { embedding, usage } = await embed({ model: vectors, value: 'def ' });
    assert.equal(embedding.length, 32);
    assert.equal(usage.tokens, 4);
  },
}));
await runCases(cases, ...servers);
