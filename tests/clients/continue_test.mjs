// Continue: its adapters, set up by what --print-config says, and what its editor's side sends by
// itself (core/autocomplete and core/llm), which no package has.

import assert from 'node:assert/strict';
import { constructLlmApi } from '@continuedev/openai-adapters';
import { failure, models, run, runCases } from './box.mjs';
import { conform } from './conform.mjs';

const STOPS = ['<fim_prefix>', '<fim_suffix>', '<fim_middle>', '<file_sep>', '<|endoftext|>',
  '</fim_middle>', '</code>', '/src/', '#- coding: utf-8', '```'];

// What a user pastes.
const { code, text: config } =
  await run(['serve', `${models}/fills`, '--print-config', 'continue']);
assert.equal(code, 0, config);
const setting = (name) => new RegExp(`\\b${name}: ([^\\s,]+)`).exec(config)[1];

const told = (u) => (u ? { usage: { in: u.prompt_tokens, out: u.completion_tokens } } : {});

const ask = (p, stream) => ({ model: p.model ?? setting('model'), max_tokens: p.max, seed: p.seed,
  stop: p.stop, temperature: p.temperature, stream,
  ...(p.messages ? { messages: p.messages } : { prompt: p.prompt }) });

const apiBase = (url) => setting('apiBase').replace('http://127.0.0.1:8880', url);

const client = {
  name: '@continuedev/openai-adapters',
  retries: true,
  attempts: 3, // whatever it is told
  lacks: { completeStream: ['usage'] },
  status: (error) => error.status,
  message: (error) => error.message,
  make(url, { key }) {
    const it = constructLlmApi({ provider: setting('provider'), apiBase: apiBase(url),
      apiKey: key });
    return {
      it,
      async complete(p) {
        const answer = await it.completionNonStream(ask(p, false), p.signal);
        const [choice] = answer.choices;
        return { text: choice.text, finish: choice.finish_reason, ...told(answer.usage) };
      },
      async *completeStream(p) {
        for await (const part of it.completionStream(ask(p, true), p.signal))
          yield { text: part.choices[0].text, finish: part.choices[0].finish_reason };
      },
      async chat(p) {
        const answer = await it.chatCompletionNonStream(ask(p, false), p.signal);
        const [choice] = answer.choices;
        return { text: choice.message.content, finish: choice.finish_reason,
          ...told(answer.usage) };
      },
      async *chatStream(p) {
        for await (const part of it.chatCompletionStream(ask(p, true), p.signal))
          yield { text: part.choices[0]?.delta.content, finish: part.choices[0]?.finish_reason,
            ...told(part.usage) };
      },
      embed: async (input) => (await it.embed({ model: 'fills', input })).data
        .map((row) => row.embedding),
      models: async () => (await it.list()).map((model) => model.id),
    };
  },
};

// The parts of a stream, of server-sent events or of JSON lines.
async function *partsOf(reply) {
  assert.equal(reply.status, 200);
  let rest = '';
  for await (const bytes of reply.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + bytes).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const json = line.replace(/^data: ?/, '');
      if (json && json !== '[DONE]') yield JSON.parse(json);
    }
  }
}

const { cases, servers } = await conform(client, (server) => {
  const { it } = client.make(server.url, { key: 'none' });
  const prefix = '# Path: a.py\n# x = 1\ndef function_7(';
  const suffix = '\n    return value + 49\n';
  const gap = { model: 'fills', prompt: prefix, suffix, max_tokens: 40, temperature: 0 };
  const filled = async () => (await server.json('/v1/completions', gap)).choices[0].text;
  const drawn = `<fim_prefix>${prefix}<fim_suffix>${suffix}<fim_middle>`;
  return {
    async 'fill-in-the-middle through the adapters'() {
      let text = '';
      for await (const part of it.fimStream({ ...gap, stream: true }, new AbortController().signal))
        text += part.choices[0].delta.content ?? '';
      assert.equal(text, await filled());
      assert.ok(text.length > 0);
      const error = await failure(async () => {
        for await (const part of it.fimStream({ ...gap, model: 'plain' })) assert.ok(part);
      });
      assert.match(error.message, /not trained to fill in the middle/);
    },

    async 'completion at the cursor, provider openai'() {
      const body = { model: 'fills', max_tokens: Number(setting('maxTokens')), temperature: 0.01,
        stop: STOPS, stream: true, prompt: drawn };
      const texts = [];
      for (let i = 0; i < 2; i++) {
        let text = '';
        const reply = await server.ask('/v1/completions', { ...body, seed: 1 });
        for await (const part of partsOf(reply)) text += part.choices[0].text;
        texts.push(text);
      }
      assert.equal(texts[0], texts[1]);
      assert.ok(texts[0].length > 0 && STOPS.every((stop) => !texts[0].includes(stop)));
    },

    async 'a key that is pressed ends the last completion'() {
      const body = { model: 'fills', max_tokens: 65536, temperature: 0, stream: true,
        ignore_eos: true, prompt: drawn };
      for (let i = 0; i < 5; i++) {
        await server.abandon(async () => {
          const control = new AbortController();
          const reply = await server.ask('/v1/completions', body, control.signal);
          await failure(async () => {
            for await (const part of partsOf(reply)) if (part.choices[0].text) control.abort();
          });
        });
      }
    },

    async 'completion at the cursor, provider ollama'() {
      const shown = await server.json('/api/show', { name: 'fills' });
      assert.match(shown.template, /\.Suffix/);
      const options = { num_predict: 40, num_ctx: 8192, temperature: 0 };
      const common = { model: 'fills', options, keep_alive: 1800, stream: true };
      for (const body of [{ ...common, prompt: prefix, suffix },
        { ...common, prompt: drawn, raw: true }]) {
        let text = '';
        for await (const part of partsOf(await server.ask('/api/generate', body)))
          text += part.response;
        assert.equal(text, await filled());
      }
    },

    async 'completion at the cursor, provider llama.cpp'() {
      const body = { prompt: drawn, n_predict: 40, stop: STOPS, temperature: 0, stream: true };
      let text = '';
      let last;
      for await (const part of partsOf(await server.ask('/completion', body))) {
        text += part.content;
        last = part;
      }
      assert.equal(text, await filled());
      assert.equal(last.stop, true);
    },

    async 'what to paste says so where a model does not fill in the middle'() {
      const plain = await run(['serve', `${models}/plain`, '--print-config', 'continue']);
      assert.match(plain.text, /not trained to fill in the middle/);
      assert.doesNotMatch(config, /not trained/);
    },
  };
});
await runCases(cases, ...servers);
