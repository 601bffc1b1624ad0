// What every client must get of the server, whatever it is called there. A client is described by
//   name
//   make(url, options)  options: key; retries; fetch
//     complete(p), completeStream(p), chat(p), chatStream(p)   those that it has; of streams parts
//     embed(texts), models()
//   sends               what it adds to every body of its own accord
//   prompt(text)        what it makes of the prompt of a completion
//   status(error)       the HTTP status of what it throws
//   message(error)      the text that a person sees
//   retries             whether it tries again by itself
//   attempts            how often it asks where it is told not to try again; 1 if not said
//   lacks               { method: names } of what it does not tell: finish, usage
//   seedless            ways of asking that know no seed: the most probable text is asked for then
// p: model, prompt or messages, max, seed, stop (a list), temperature, signal. A whole answer is
// text, finish and usage (in, out), as the parts of a stream together are. What is right comes from
// plain requests to OpenAI's routes.

import assert from 'node:assert/strict';
import { failure, KEY, Server, until } from './box.mjs';

const PROMPT = 'def function_7(';
const MESSAGES = [{ role: 'system', content: 'Write Python.' }, { role: 'user', content: PROMPT }];

function body(client, p) {
  const { prompt, messages, model = 'fills', max, seed, stop, temperature } = p;
  const asked = client.prompt?.(prompt) ?? prompt;
  return { model, max_tokens: max, seed, stop, temperature, ...client.sends,
    ...(messages ? { messages } : { prompt: asked }) };
}

export async function right(server, client, p) {
  const answer = await server.json(p.messages ? '/v1/chat/completions' : '/v1/completions',
    body(client, p));
  const choice = answer.choices[0];
  return { text: choice.message?.content ?? choice.text, finish: choice.finish_reason,
    usage: { in: answer.usage.prompt_tokens, out: answer.usage.completion_tokens } };
}

// Parts of a stream as one answer; how many had text.
async function gather(stream) {
  const whole = { text: '', parts: 0 };
  for await (const part of stream) {
    if (part.text) {
      whole.text += part.text;
      whole.parts++;
    }
    if (part.finish) whole.finish = part.finish;
    if (part.usage) whole.usage = part.usage;
  }
  return whole;
}

function same(client, method, got, expected) {
  const lacks = client.lacks?.[method] ?? [];
  assert.equal(got.text, expected.text);
  if (!lacks.includes('finish')) assert.equal(got.finish, expected.finish);
  if (!lacks.includes('usage')) assert.deepEqual(got.usage, expected.usage);
}

// Cases of one way of asking: whole and stream are methods, p says what is asked.
function textCases(server, client, [kind, whole, stream, p]) {
  const it = client.make(server.url, { key: 'none' });
  const seedless = client.seedless?.includes(kind);
  const ask = (more) => ({ max: 60, temperature: seedless ? 0 : 1, ...p, ...more });
  const check = async (asked) => {
    const expected = await right(server, client, asked);
    same(client, whole, await it[whole](asked), expected);
    const parts = await gather(it[stream](asked));
    same(client, stream, parts, expected);
    return { expected, parts };
  };
  return {
    async [`${kind}: the same seed, the same text, in a stream too`]() {
      const first = await check(ask({ seed: 3 }));
      assert.equal(first.expected.usage.out, 60);
      if (p.prompt) {
        const asked = client.prompt?.(p.prompt) ?? p.prompt;
        assert.equal(first.expected.usage.in, Buffer.byteLength(asked));
      }
      assert.ok(first.parts.parts > 1, 'the stream came in parts');
      if (seedless) return;
      const other = await check(ask({ seed: 4 }));
      assert.notEqual(other.expected.text, first.expected.text);
    },

    async [`${kind}: text ends before a stop string`]() {
      const all = await right(server, client, ask({ temperature: 0, seed: 1 }));
      const at = all.text.indexOf('value +');
      assert.ok(at > 0, all.text);
      const { expected } = await check(ask({ temperature: 0, seed: 1, stop: ['value +', '§'] }));
      assert.equal(expected.text, all.text.slice(0, at));
      assert.equal(expected.finish, 'stop');
    },

    async [`${kind}: characters of several bytes`]() {
      const text = 'é😀 = "漢"\n';
      const asked = p.messages
        ? ask({ seed: 1, messages: [{ role: 'user', content: text }] })
        : ask({ seed: 1, prompt: text });
      const { expected } = await check(asked);
      assert.ok(expected.usage.in >= Buffer.byteLength(text));
    },

    async [`${kind}: a prompt longer than what the model reads`]() {
      const text = 'def function_1(value):\n    return value + 1\n\n'.repeat(40);
      await check(p.messages ? ask({ seed: 1, messages: [{ role: 'user', content: text }] })
        : ask({ seed: 1, prompt: text }));
    },

    async [`${kind}: a model without fill-in-the-middle`]() {
      const plain = (await check(ask({ seed: 5, model: 'plain' }))).expected.text;
      assert.notEqual(plain, (await right(server, client, ask({ seed: 5 }))).text);
    },

    async [`${kind}: an abort frees the slot`]() {
      await server.abandon(async () => {
        const control = new AbortController();
        const endless = ask({ max: 65536, temperature: 0, seed: 1, signal: control.signal });
        const error = await failure(async () => {
          for await (const part of it[stream](endless)) if (part.text) control.abort();
          // Some clients end the stream without a word.
          throw new Error('ended');
        });
        assert.match(`${error.name} ${error.message}`, /abort|ended|cancel/i);
      });
    },

    async [`${kind}: errors are the client's own`]() {
      for (const method of [whole, stream]) {
        const fail = async (more) => failure(async () => {
          const answer = it[method](ask({ seed: 1, ...more }));
          return method === stream ? gather(answer) : answer;
        });
        const unknown = await fail({ model: 'none' });
        assert.equal(client.status(unknown), 404, unknown.stack);
        assert.match(client.message(unknown), /the model 'none' does not exist/);
        const cold = await fail({ temperature: -1 });
        assert.equal(client.status(cold), 400, cold.stack);
        assert.match(client.message(cold), /temperature/);
      }
    },
  };
}

function catalogCases(server, client) {
  const it = client.make(server.url, { key: 'none' });
  const cases = {};
  if (it.models) {
    cases['models are listed'] = async () => {
      assert.deepEqual((await it.models()).sort(), ['fills', 'plain']);
    };
  }
  if (it.embed) {
    cases['texts become vectors'] = async () => {
      const texts = ['def a():', 'def a():', 'ä😀', 'return'];
      const { data } = await server.json('/v1/embeddings',
        { model: 'fills', input: texts, encoding_format: 'float' });
      const expected = data.map((row) => row.embedding);
      const got = await it.embed(texts);
      assert.equal(got.length, texts.length);
      for (const [i, row] of got.entries()) {
        assert.equal(row.length, 32);
        row.forEach((x, k) => assert.equal(Math.fround(x), Math.fround(expected[i][k])));
      }
      assert.deepEqual(got[0], got[1]);
      assert.notDeepEqual(got[0], got[3]);
    };
  }
  return cases;
}

// Before a server that wants a key and has one slot and one place to wait.
function refusalCases(tight, client, [kind, whole, , p]) {
  const ask = { max: 20, temperature: 0, seed: 1, ...p };
  return {
    async [`${kind}: a wrong key is refused, the right one is not`]() {
      const error = await failure(() => client.make(tight.url, { key: 'wrong' })[whole](ask));
      assert.equal(client.status(error), 401, error.stack);
      assert.match(client.message(error), /key/);
      const answer = await client.make(tight.url, { key: KEY })[whole](ask);
      same(client, whole, answer, await right(tight, client, ask));
    },

    async [`${kind}: a full queue is refused${client.retries ? ', then tried again' : ''}`]() {
      const expected = await right(tight, client, ask);
      const end = await tight.fill();
      try {
        const before = await tight.refused(503);
        const once = client.make(tight.url, { key: KEY, retries: 0 });
        const error = await failure(() => once[whole](ask));
        assert.equal(client.status(error), 503, error.stack);
        const after = before + (client.attempts ?? 1);
        assert.equal(await tight.refused(503), after);
        if (!client.retries) return;
        const later = client.make(tight.url, { key: KEY, retries: 5 })[whole](ask);
        later.catch(() => {}); // it is awaited below
        await until(async () => (await tight.refused(503)) > after, 'it is refused once more');
        await end();
        same(client, whole, await later, expected);
      } finally {
        await end();
        await tight.idle();
      }
    },
  };
}

// All cases of a client, with those of its own, which get the server and the tight one.
export async function conform(client, own = () => ({})) {
  const server = await Server.start();
  const tight = await Server.start(['--slots', '1', '--queue', '1'], KEY);
  const it = client.make(server.url, { key: 'none' });
  const ways = [['completion', 'complete', 'completeStream', { prompt: PROMPT }],
    ['chat', 'chat', 'chatStream', { messages: MESSAGES }]].filter(([, whole]) => it[whole]);
  const cases = {};
  for (const way of ways)
    Object.assign(cases, textCases(server, client, way), refusalCases(tight, client, way));
  Object.assign(cases, catalogCases(server, client), own(server, tight));
  return { cases, servers: [server, tight] };
}
