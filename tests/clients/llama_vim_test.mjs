// llama.vim and llama.vscode: the requests that they send to /infill, and axl doctor, which sends
// what all clients do.

import assert from 'node:assert/strict';
import { KEY, models, run, runCases, Server, until } from './box.mjs';

const server = await Server.start();
const tight = await Server.start(['--slots', '1', '--queue', '1'], KEY);
const locked = await Server.start([], KEY);
const FIELDS = ['content', 'timings/prompt_n', 'timings/prompt_ms', 'timings/predicted_n',
  'timings/predicted_ms', 'truncated', 'tokens_cached'];
const LINE = 'def function_7(';

const body = { input_prefix: 'x = 1\n', input_suffix: '\n    return value + 49\n', input_extra: [],
  prompt: LINE, n_predict: 32, stop: [], n_indent: 0, top_k: 40, top_p: 0.9, temperature: 0,
  samplers: ['top_k', 'top_p', 'infill'], stream: false, cache_prompt: true, t_max_prompt_ms: 500,
  t_max_predict_ms: 60000, response_fields: FIELDS };

const cases = {
  async 'the fields that are asked for, and no others'() {
    const answer = await server.json('/infill', body);
    assert.deepEqual(Object.keys(answer).sort(), [...FIELDS].sort());
    const { choices: [right], usage } = await server.json('/v1/completions', {
      prompt: body.input_prefix + LINE, suffix: body.input_suffix, max_tokens: 32, temperature: 0,
      top_p: 0.9, top_k: 40 });
    assert.equal(answer.content, right.text);
    assert.ok(answer.content.length > 0);
    assert.equal(answer['timings/predicted_n'], usage.completion_tokens);
    assert.equal(answer.truncated, false);
  },

  async 'all of it, and as a stream'() {
    const { response_fields: _, ...all } = body;
    const whole = await server.json('/infill', all);
    assert.equal(whole.timings.cache_n + whole.timings.prompt_n,
      (body.input_prefix + LINE + body.input_suffix).length + 3);
    const reply = await server.ask('/infill', { ...all, stream: true });
    const parts = (await reply.text()).split('\n').filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)));
    assert.equal(parts.map((part) => part.content).join(''), whole.content);
    assert.equal(parts.at(-1).stop, true);
  },

  async 'a prompt that was read before is known'() {
    const prefix = { ...body, input_prefix: `${'# a line\n'.repeat(8)}` };
    const warmed = await server.json('/infill', { ...prefix, n_predict: 0, response_fields: [''] });
    assert.deepEqual(warmed, {});
    const answer = await server.json('/infill', prefix);
    assert.ok(answer.tokens_cached > 64, JSON.stringify(answer));
    const cold = await server.json('/infill', { ...prefix, cache_prompt: false });
    assert.equal(cold.content, answer.content);
  },

  async 'other files change the answer, and more than fits is cut'() {
    const extra = [{ filename: 'b.py', text: 'y = 2\n' }];
    const { response_fields: _, ...all } = { ...body, input_extra: extra };
    const answer = await server.json('/infill', all);
    const { timings: { cache_n: known, prompt_n: read }, truncated } = answer;
    assert.ok(known + read > (body.input_prefix + LINE + body.input_suffix).length + 3);
    assert.equal(truncated, false);
    const long = await server.json('/infill', { ...body, input_prefix: 'x = 1\n'.repeat(200) });
    assert.equal(long.truncated, true);
    assert.ok(long.content.length > 0);
    for (const wrong of ['text', [{ filename: 'b.py' }], [{ filename: 1, text: 'x' }]])
      assert.equal((await server.ask('/infill', { ...body, input_extra: wrong })).status, 400);
  },

  async 'the time that it may take is kept'() {
    const { response_fields: _, ...all } = body;
    const answer = await server.json('/infill', { ...all, n_predict: 65536, ignore_eos: true,
      t_max_predict_ms: 30 });
    assert.ok(answer.timings.predicted_n > 0 && answer.timings.predicted_n < 65536);
  },

  async 'an editor that leaves frees the slot'() {
    await server.abandon(async () => {
      const control = new AbortController();
      const asked = server.ask('/infill', { ...body, n_predict: 65536, ignore_eos: true,
        t_max_predict_ms: 0 }, control.signal);
      const ended = asked.then(() => true, () => true);
      await until(async () => (await server.json('/slots')).some((slot) => slot.is_processing) ||
        Promise.race([ended, false]), 'it is worked on');
      control.abort();
      await ended;
    });
  },

  async 'what is wrong is said in the form of llama.cpp'() {
    const check = async (status, type, reply) => {
      const { error } = await reply.json();
      assert.deepEqual([reply.status, error.code, error.type], [status, status, type]);
    };
    const infill = (more) => server.ask('/infill', { ...body, ...more });
    await check(400, 'invalid_request_error', await infill({ model: 'plain' }));
    await check(404, 'not_found_error', await infill({ model: 'none' }));
    await check(400, 'invalid_request_error', await infill({ top_p: 7 }));
    await check(401, 'authentication_error', await fetch(`${tight.url}/infill`, { method: 'POST',
      body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }));
    assert.ok((await tight.json('/infill', body)).content);
    const end = await tight.fill();
    try {
      const full = await tight.ask('/infill', body);
      assert.match(full.headers.get('retry-after'), /^[1-9]\d*$/);
      await check(503, 'unavailable_error', full);
    } finally {
      await end();
      await tight.idle();
    }
  },

  async 'what to paste names the routes'() {
    const { code, text } = await run(['serve', `${models}/fills`, '--print-config', 'llama.vim']);
    assert.equal(code, 0);
    assert.match(text, /'endpoint_fim': +'http:\/\/127\.0\.0\.1:8880\/infill'/);
  },

  async 'the doctor finds nothing wrong'() {
    const asked = await run(['doctor', server.url, '--json']);
    assert.equal(asked.code, 0, asked.text);
    const { checks, failed } = JSON.parse(asked.text);
    assert.equal(failed, 0);
    assert.ok(checks.length >= 27 && checks.every((check) => check.ok), asked.text);
    const keyed = await run(['doctor', locked.url], { AXL_API_KEY: KEY });
    assert.equal(keyed.code, 0, keyed.text);
  },

  async 'the doctor says what a model without fill-in-the-middle lacks'() {
    const { code, text } = await run(['doctor', server.url, '--model', 'plain', '--json']);
    assert.equal(code, 1, text);
    const bad = JSON.parse(text).checks.filter((check) => !check.ok);
    // llama.vim names no model: it gets the first one.
    assert.deepEqual(new Set(bad.map((check) => check.path)),
      new Set(['/v1/fim/completions', '/api/show', '/api/generate']));
    assert.ok(bad.every((check) => check.advice), text);
    assert.equal((await run(['doctor', locked.url], { AXL_API_KEY: 'wrong' })).code, 1);
  },
};
await runCases(cases, server, tight, locked);
