// LangChain's classes for Ollama's routes.

import assert from 'node:assert/strict';
import { ChatOllama, Ollama, OllamaEmbeddings } from '@langchain/ollama';
import { runCases } from './box.mjs';
import { conform } from './conform.mjs';

const told = (part) => ({ text: part.content, finish: part.response_metadata.done_reason,
  ...(part.usage_metadata?.output_tokens
    ? { usage: { in: part.usage_metadata.input_tokens, out: part.usage_metadata.output_tokens } }
    : {}) });

const client = {
  name: '@langchain/ollama',
  seedless: ['completion'],
  // A completion is a text and no more.
  lacks: { complete: ['finish', 'usage'], completeStream: ['finish', 'usage'] },
  status: (error) => error.status_code,
  message: (error) => error.message,
  make(url, { key, retries }) {
    const common = (p) => ({ baseUrl: url, model: p.model ?? 'fills', numPredict: p.max,
      seed: p.seed, temperature: p.temperature, maxRetries: retries ?? 0,
      headers: { Authorization: `Bearer ${key}` } });
    const call = (p) => ({ signal: p.signal, stop: p.stop });
    return {
      common,
      complete: async (p) => ({ text: await new Ollama(common(p)).invoke(p.prompt, call(p)) }),
      async *completeStream(p) {
        const llm = new Ollama(common(p));
        // A signal ends the loop only; this is what hangs up.
        p.signal?.addEventListener('abort', () => llm.client.abort());
        for await (const text of await llm.stream(p.prompt, call(p))) yield { text };
      },
      chat: async (p) => told(await new ChatOllama(common(p)).invoke(p.messages, call(p))),
      async *chatStream(p) {
        for await (const part of await new ChatOllama(common(p)).stream(p.messages, call(p)))
          yield told(part);
      },
      embed: (texts) => new OllamaEmbeddings(common({})).embedDocuments(texts),
    };
  },
};

const { cases, servers } = await conform(client, (server) => {
  const { common } = client.make(server.url, { key: 'none' });
  return {
    async 'several chats at once'() {
      const llm = new ChatOllama(common({ max: 30, temperature: 1, seed: 3 }));
      const questions = Array.from({ length: 8 }, (_, i) => `def function_${i}(`);
      const together = await llm.batch(questions);
      for (const [i, question] of questions.entries())
        assert.equal(together[i].content, (await llm.invoke(question)).content);
    },
  };
});
await runCases(cases, ...servers);
