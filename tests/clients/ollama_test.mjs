// Ollama's own client.

import assert from 'node:assert/strict';
import { Ollama } from 'ollama';
import { runCases } from './box.mjs';
import { conform } from './conform.mjs';

const told = (part, text) => (part.done
  ? { text, finish: part.done_reason, usage: { in: part.prompt_eval_count, out: part.eval_count } }
  : { text });

const ask = (p) => ({ model: p.model ?? 'fills', options: { num_predict: p.max, seed: p.seed,
  stop: p.stop, temperature: p.temperature },
...(p.messages ? { messages: p.messages } : { prompt: p.prompt, raw: true }) });

const client = {
  name: 'ollama',
  status: (error) => error.status_code,
  message: (error) => error.message,
  make(url, { key }) {
    const it = new Ollama({ host: url, headers: { Authorization: `Bearer ${key}` } });
    async function *parts(stream, signal, text) {
      signal?.addEventListener('abort', () => stream.abort());
      for await (const part of stream) yield told(part, text(part));
    }
    return {
      it,
      async complete(p) {
        const answer = await it.generate(ask(p));
        return told(answer, answer.response);
      },
      async *completeStream(p) {
        yield* parts(await it.generate({ ...ask(p), stream: true }), p.signal, (o) => o.response);
      },
      async chat(p) {
        const answer = await it.chat(ask(p));
        return told(answer, answer.message.content);
      },
      async *chatStream(p) {
        const stream = await it.chat({ ...ask(p), stream: true });
        yield* parts(stream, p.signal, (o) => o.message.content);
      },
      embed: async (input) => (await it.embed({ model: 'fills', input })).embeddings,
      models: async () => (await it.list()).models.map((model) => model.name),
    };
  },
};

const { cases, servers } = await conform(client, (server) => {
  const { it } = client.make(server.url, { key: 'none' });
  const options = { num_predict: 40, seed: 3, temperature: 1 };
  const prompt = 'def function_7(';
  return {
    async 'a gap between prompt and suffix'() {
      const suffix = '\n    return value + 49\n';
      const { response } = await it.generate({ model: 'fills', prompt, suffix, options });
      const right = await server.json('/v1/completions', { model: 'fills', prompt, suffix,
        max_tokens: 40, seed: 3, temperature: 1 });
      assert.equal(response, right.choices[0].text);
      let text = '';
      for await (const part of await it.generate({ model: 'fills', prompt, suffix, options,
        stream: true })) text += part.response;
      assert.equal(text, response);
      await assert.rejects(it.generate({ model: 'plain', prompt, suffix }),
        (error) => error.status_code === 400 && /fill in the middle/.test(error.message));
    },

    async 'a prompt that is not raw'() {
      const { response } = await it.generate({ model: 'fills', prompt, options });
      assert.equal(response.length, 40);
      assert.equal(response, (await it.generate({ model: 'fills', prompt, options })).response);
    },

    async 'what there is to know about a model'() {
      const fills = await it.show({ model: 'fills' });
      assert.match(fills.template, /\.Suffix/);
      assert.deepEqual([...fills.capabilities].sort(), ['completion', 'embedding', 'insert']);
      const plain = await it.show({ model: 'plain' });
      assert.doesNotMatch(plain.template, /\.Suffix/);
      assert.ok(!plain.capabilities.includes('insert'));
      await assert.rejects(it.show({ model: 'none' }), { status_code: 404 });
    },

    async 'models are listed with their sizes, and which of them is loaded'() {
      for (const model of (await it.list()).models) {
        assert.match(model.digest, /^[0-9a-f]{64}$/);
        assert.ok(model.size > 100000 && !Number.isNaN(Date.parse(model.modified_at)));
      }
      await it.generate({ model: 'fills', prompt: '' });
      assert.ok((await it.ps()).models.some((model) => model.name === 'fills'));
    },

    async 'the older way to vectors'() {
      const { embedding } = await it.embeddings({ model: 'fills', prompt });
      const { embeddings } = await it.embed({ model: 'fills', input: prompt });
      assert.deepEqual(embedding, embeddings[0]);
    },

    async 'models are neither pulled, nor made, nor deleted'() {
      for (const work of [() => it.pull({ model: 'x' }), () => it.delete({ model: 'fills' }),
        () => it.create({ model: 'x', from: 'fills' }),
        () => it.copy({ source: 'fills', destination: 'x' })])
        await assert.rejects(work, (error) => error.status_code === 501 &&
          /does not change what models/.test(error.message));
    },

    async 'times are nanoseconds'() {
      const answer = await it.generate({ model: 'fills', prompt, options });
      assert.ok(answer.total_duration > 1000 && answer.eval_duration > 1000);
      assert.ok(answer.total_duration >= answer.eval_duration + answer.load_duration);
      assert.ok(Math.abs(Date.parse(answer.created_at) - Date.now()) < 600000);
    },
  };
});
await runCases(cases, ...servers);
