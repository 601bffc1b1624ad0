// LlamaIndex's classes for OpenAI's routes. Completions are conversations of one message there.

import assert from 'node:assert/strict';
import { OpenAI, OpenAIEmbedding } from '@llamaindex/openai';
import { Document, Settings, VectorStoreIndex } from 'llamaindex';
import { runCases } from './box.mjs';
import { conform, right } from './conform.mjs';

const client = {
  name: '@llamaindex/openai',
  retries: true,
  lacks: { chatStream: ['usage'] },
  sends: { top_p: 1 },
  status: (error) => error.status,
  message: (error) => error.message,
  make(url, { key, retries }) {
    const common = { apiKey: key, baseURL: `${url}/v1`, maxRetries: retries ?? 0 };
    const llm = (p) => new OpenAI({ ...common, model: p.model ?? 'fills', maxTokens: p.max,
      temperature: p.temperature, additionalChatOptions: { seed: p.seed, stop: p.stop },
      // It has no signal of its own, and leaving its loop does not hang up.
      additionalSessionOptions: p.signal && { fetchOptions: { signal: p.signal } } });
    return {
      llm,
      async chat(p) {
        const { message, raw } = await llm(p).chat({ messages: p.messages });
        return { text: message.content, finish: raw.choices[0].finish_reason,
          usage: { in: raw.usage.prompt_tokens, out: raw.usage.completion_tokens } };
      },
      async *chatStream(p) {
        const stream = await llm(p).chat({ messages: p.messages, stream: true });
        for await (const { delta, raw } of stream)
          yield { text: delta, finish: raw.choices[0]?.finish_reason };
      },
      vectors: new OpenAIEmbedding({ ...common, model: 'fills' }),
      embed: (texts) => new OpenAIEmbedding({ ...common, model: 'fills' }).getTextEmbeddings(texts),
    };
  },
};

const { cases, servers } = await conform(client, (server) => {
  const it = client.make(server.url, { key: 'none' });
  const p = { max: 40, temperature: 1, seed: 3 };
  return {
    async 'a completion, whole and streamed'() {
      const prompt = 'def function_7(';
      const expected = await right(server, client, { ...p,
        messages: [{ role: 'user', content: prompt }] });
      assert.equal((await it.llm(p).complete({ prompt })).text, expected.text);
      let text = '';
      const stream = await it.llm(p).complete({ prompt, stream: true });
      for await (const part of stream) text += part.text;
      assert.equal(text, expected.text);
    },

    async 'the text that is nearest to a question'() {
      Settings.llm = it.llm(p);
      Settings.embedModel = it.vectors;
      const texts = ['def function_7(value):', '0123456789 0123456789', 'ÄÖÜ äöü ß'];
      const documents = texts.map((text) => new Document({ text }));
      const index = await VectorStoreIndex.fromDocuments(documents);
      for (const query of texts) {
        const [nearest] = await index.asRetriever({ similarityTopK: 1 }).retrieve({ query });
        assert.equal(nearest.node.text, query);
        assert.ok(nearest.score > 0.999);
      }
      const answer = await index.asQueryEngine().query({ query: texts[0] });
      assert.ok(answer.message.content.length > 0);
    },
  };
});
await runCases(cases, ...servers);
