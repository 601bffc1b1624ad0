// OpenAI's own SDK.

import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { runCases } from './box.mjs';
import { conform, right } from './conform.mjs';

const usage = (u) => (u ? { usage: { in: u.prompt_tokens, out: u.completion_tokens } } : {});

const ask = (p) => ({ model: p.model ?? 'fills', max_tokens: p.max, seed: p.seed, stop: p.stop,
  temperature: p.temperature, ...(p.messages ? { messages: p.messages } : { prompt: p.prompt }) });

const client = {
  name: 'openai',
  retries: true,
  status: (error) => error.status,
  message: (error) => error.message,
  make(url, { key, retries }) {
    const it = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: retries ?? 0 });
    const options = (p) => ({ signal: p.signal });
    const streamed = (p) => ({ ...ask(p), stream: true, stream_options: { include_usage: true } });
    return {
      it,
      async complete(p) {
        const answer = await it.completions.create(ask(p), options(p));
        const [choice] = answer.choices;
        return { text: choice.text, finish: choice.finish_reason, ...usage(answer.usage) };
      },
      async *completeStream(p) {
        for await (const part of await it.completions.create(streamed(p), options(p)))
          yield { text: part.choices[0]?.text, finish: part.choices[0]?.finish_reason,
            ...usage(part.usage) };
      },
      async chat(p) {
        const answer = await it.chat.completions.create(ask(p), options(p));
        const [choice] = answer.choices;
        return { text: choice.message.content, finish: choice.finish_reason,
          ...usage(answer.usage) };
      },
      async *chatStream(p) {
        for await (const part of await it.chat.completions.create(streamed(p), options(p)))
          yield { text: part.choices[0]?.delta.content, finish: part.choices[0]?.finish_reason,
            ...usage(part.usage) };
      },
      embed: async (input) => (await it.embeddings.create({ model: 'fills', input })).data
        .map((row) => row.embedding),
      async models() {
        const ids = [];
        for await (const model of it.models.list()) ids.push(model.id);
        return ids;
      },
    };
  },
};

const { cases, servers } = await conform(client, (server) => {
  const { it } = client.make(server.url, { key: 'none' });
  const base = { model: 'fills', prompt: 'def function_7(', max_tokens: 40, seed: 3 };
  return {
    async 'a model by its name'() {
      assert.equal((await it.models.retrieve('plain')).id, 'plain');
      await assert.rejects(it.models.retrieve('none'), { status: 404, code: 'model_not_found' });
    },

    async 'errors say which field, and of what kind they are'() {
      await assert.rejects(it.completions.create({ ...base, temperature: 9 }),
        { status: 400, type: 'invalid_request_error', param: 'temperature',
          code: 'invalid_value' });
      await assert.rejects(it.completions.create({ ...base, model: 'none' }),
        { status: 404, type: 'not_found_error', param: 'model', code: 'model_not_found' });
      await assert.rejects(it.completions.create({ ...base, prompt: [1000000] }),
        { status: 400, param: 'prompt' });
    },

    async 'several prompts, several texts of each, in order'() {
      const prompts = ['def a(', 'def b('];
      const { choices } = await it.completions.create({ ...base, prompt: prompts, n: 2 });
      assert.deepEqual(choices.map((choice) => choice.index), [0, 1, 2, 3]);
      assert.notEqual(choices[0].text, choices[1].text);
      const second = await it.completions.create({ ...base, prompt: 'def b(', n: 2 });
      assert.deepEqual(choices.slice(2).map((choice) => choice.text),
        second.choices.map((choice) => choice.text));
    },

    async 'the prompt as text, as bytes, and in a list'() {
      const texts = [];
      for (const prompt of [base.prompt, [base.prompt], [...Buffer.from(base.prompt)],
        [[...Buffer.from(base.prompt)]]])
        texts.push((await it.completions.create({ ...base, prompt })).choices[0].text);
      assert.deepEqual(texts, Array(4).fill(texts[0]));
      assert.equal(texts[0].length, 40);
    },

    async 'a gap between prompt and suffix'() {
      const gap = { ...base, prompt: 'def function_7(', suffix: '\n    return value + 49\n' };
      const { choices: [choice], usage: counts } = await it.completions.create(gap);
      const raw = await it.completions.create({ ...base,
        prompt: `<fim_prefix>${gap.prompt}<fim_suffix>${gap.suffix}<fim_middle>` });
      assert.equal(choice.text, raw.choices[0].text);
      assert.equal(counts.prompt_tokens, gap.prompt.length + gap.suffix.length + 3);
      await assert.rejects(it.completions.create({ ...gap, model: 'plain' }),
        { status: 400, param: 'suffix' });
    },

    async 'probabilities of a chat, whole and streamed'() {
      const chat = { model: 'fills', messages: [{ role: 'user', content: 'def ' }], max_tokens: 12,
        seed: 2, logprobs: true, top_logprobs: 3 };
      const whole = (await it.chat.completions.create(chat)).choices[0];
      const tokens = whole.logprobs.content;
      assert.equal(tokens.length, 12);
      assert.equal(Buffer.from(tokens.flatMap((token) => token.bytes)).toString(),
        whole.message.content);
      for (const token of tokens) {
        assert.ok(token.logprob <= 0);
        assert.ok(token.top_logprobs.length >= 3);
      }
      const parts = [];
      for await (const part of await it.chat.completions.create({ ...chat, stream: true }))
        parts.push(...(part.choices[0].logprobs?.content ?? []));
      assert.deepEqual(parts, tokens);
    },

    async 'the helper that gathers a stream'() {
      const p = { messages: [{ role: 'user', content: 'def ' }], max: 40, seed: 3, temperature: 1 };
      const stream = it.chat.completions.stream({ ...ask(p), stream: true });
      let text = '';
      stream.on('content', (part) => { text += part; });
      const final = await stream.finalChatCompletion();
      assert.equal(text, final.choices[0].message.content);
      assert.equal(text, (await right(server, client, p)).text);
    },

    async 'leaving the loop ends the work too'() {
      await server.abandon(async () => {
        const stream = await it.completions.create({ ...base, temperature: 0, max_tokens: 65536,
          stream: true });
        for await (const part of stream) if (part.choices[0].text) break;
      });
    },

    async 'vectors as numbers, and shorter ones'() {
      const input = 'def a():';
      const [whole] = (await it.embeddings.create({ model: 'fills', input,
        encoding_format: 'float' })).data;
      assert.equal(whole.embedding.length, 32);
      const [short] = (await it.embeddings.create({ model: 'fills', input, dimensions: 8 })).data;
      assert.equal(short.embedding.length, 8);
      await assert.rejects(it.embeddings.create({ model: 'fills', input: [[1000000]] }),
        { status: 400, param: 'input' });
    },
  };
});
await runCases(cases, ...servers);
