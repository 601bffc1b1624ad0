// LangChain's classes for OpenAI's routes.

import assert from 'node:assert/strict';
import { ChatOpenAI, OpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { runCases } from './box.mjs';
import { conform } from './conform.mjs';

const told = (u) => (u ? { usage: { in: u.input_tokens, out: u.output_tokens } } : {});

const client = {
  name: '@langchain/openai',
  retries: true,
  // A stream of texts is just that.
  lacks: { completeStream: ['finish', 'usage'] },
  status: (error) => error.status,
  message: (error) => error.message,
  make(url, { key, retries }) {
    const common = (p) => ({ model: p.model ?? 'fills', maxTokens: p.max, apiKey: key,
      temperature: p.temperature, maxRetries: retries ?? 0, modelKwargs: { seed: p.seed },
      configuration: { baseURL: `${url}/v1` } });
    const call = (p) => ({ signal: p.signal, stop: p.stop });
    return {
      common,
      async complete(p) {
        const llm = new OpenAI(common(p));
        const { generations, llmOutput } = await llm.generate([p.prompt], call(p));
        const { text, generationInfo } = generations[0][0];
        const { promptTokens, completionTokens } = llmOutput.tokenUsage;
        return { text, finish: generationInfo.finishReason,
          usage: { in: promptTokens, out: completionTokens } };
      },
      async *completeStream(p) {
        for await (const text of await new OpenAI(common(p)).stream(p.prompt, call(p)))
          yield { text };
      },
      async chat(p) {
        const answer = await new ChatOpenAI(common(p)).invoke(p.messages, call(p));
        return { text: answer.content, finish: answer.response_metadata.finish_reason,
          ...told(answer.usage_metadata) };
      },
      async *chatStream(p) {
        for await (const part of await new ChatOpenAI(common(p)).stream(p.messages, call(p)))
          yield { text: part.content, finish: part.response_metadata.finish_reason,
            ...told(part.usage_metadata) };
      },
      embed: (texts) => new OpenAIEmbeddings({ ...common({}) }).embedDocuments(texts),
    };
  },
};

const { cases, servers } = await conform(client, (server) => {
  const { common } = client.make(server.url, { key: 'none' });
  return {
    async 'several prompts, several texts of each'() {
      const prompts = ['def a(', 'def b('];
      const llm = new OpenAI({ ...common({ max: 30, temperature: 1, seed: 3 }), n: 2 });
      const { generations } = await llm.generate(prompts);
      const { choices } = await server.json('/v1/completions',
        { prompt: prompts, n: 2, max_tokens: 30, temperature: 1, seed: 3 });
      assert.deepEqual(generations.flat().map((one) => one.text), choices.map((one) => one.text));
      assert.equal(choices.length, 4);
    },

    async 'several chats at once'() {
      const llm = new ChatOpenAI(common({ max: 30, temperature: 1, seed: 3 }));
      const questions = Array.from({ length: 8 }, (_, i) => `def function_${i}(`);
      const together = await llm.batch(questions);
      for (const [i, question] of questions.entries())
        assert.equal(together[i].content, (await llm.invoke(question)).content);
    },
  };
});
await runCases(cases, ...servers);
