// lm-evaluation-harness: the requests of its model "local-completions" with
// tokenizer_backend=remote and tokenized_requests=True, and its arithmetic. What is right comes
// from single bytes and from axl eval bpb.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { models, run, runCases, Server } from './box.mjs';

const server = await Server.start();
const bytes = (text) => [...Buffer.from(text)];

const encode = async (prompt) =>
  (await server.json('/tokenize', { prompt, add_special_tokens: false })).tokens;

// parse_logprobs of lm_eval/models/openai_completions.py.
function judge(choice, known) {
  const logprobs = choice.logprobs.token_logprobs.slice(known, -1);
  const top = choice.logprobs.top_logprobs.slice(known, -1);
  return { sum: logprobs.reduce((sum, x) => sum + x, 0), count: logprobs.length,
    greedy: logprobs.every((x, i) => x === Math.max(...Object.values(top[i]))) };
}

async function score(pairs, model = 'fills') {
  const { choices } = await server.json('/v1/completions', {
    model, prompt: pairs.map(([context, rest]) => [...context, ...rest]), temperature: 0,
    max_tokens: 1, logprobs: 1, seed: 1234, echo: true });
  return choices.sort((a, b) => a.index - b.index).map((one, i) => judge(one, pairs[i][0].length));
}

const near = (a, b) => assert.ok(Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b)), `${a}, ${b}`);

const CONTEXT = 'def function_7(value):\n    return';

const cases = {
  async 'the tokenizer is asked for'() {
    const facts = await server.json('/tokenizer_info');
    assert.equal(facts.eos_token, '<|endoftext|>');
    assert.deepEqual(await encode(facts.eos_token), [facts.eos_token_id]);
    assert.deepEqual(await encode('é x\n'), bytes('é x\n'));
    const back = await server.json('/detokenize', { tokens: bytes('é x\n') });
    assert.equal(back.prompt, 'é x\n');
  },

  async 'the sum is that of the bytes one by one'() {
    const rest = ' value + 1';
    const [{ sum, count }] = await score([[bytes(CONTEXT), bytes(rest)]]);
    assert.equal(count, rest.length);
    let expected = 0;
    for (let i = 0; i < rest.length; i++) {
      const { choices: [choice] } = await server.json('/v1/completions', { prompt: CONTEXT +
        rest.slice(0, i), max_tokens: 1, temperature: 0, logprobs: 20 });
      assert.ok(rest[i] in choice.logprobs.top_logprobs[0], `${rest[i]} is among 20`);
      expected += choice.logprobs.top_logprobs[0][rest[i]];
    }
    near(sum, expected);
  },

  async 'a text costs as many bits as axl eval bpb says'() {
    const text = CONTEXT + ' value + 49\n\ndef é():\n    pass\n';
    const file = join(models, 'scored.py');
    writeFileSync(file, text);
    for (const model of ['fills', 'plain']) {
      const said = await run(['eval', 'bpb', join(models, model), file, '--no-peers', '--json',
        '--threads', '1']);
      assert.equal(said.code, 0, said.text);
      const [{ sum, count }] = await score([[[256], bytes(text)]], model);
      assert.equal(count, Buffer.byteLength(text));
      near(-sum / Math.LN2 / count, JSON.parse(said.text).bpb);
    }
  },

  async 'what the model would write itself is greedy, nothing else is'() {
    const { choices: [{ text }] } = await server.json('/v1/completions', { prompt: CONTEXT,
      max_tokens: 12, temperature: 0, repetition_penalty: 1 });
    const other = `${text.slice(0, 6)}Q${text.slice(7)}`;
    const scores = await score([[bytes(CONTEXT), bytes(text)], [bytes(CONTEXT), bytes(other)]]);
    assert.deepEqual(scores.map((one) => one.greedy), [true, false]);
    assert.ok(scores[0].sum > scores[1].sum);
  },

  async 'a choice is the same alone and among others'() {
    const pairs = ['1', '22', '333', 'xyz', '\u00e9\u6f22'].map((rest) => [bytes(CONTEXT),
      bytes(rest)]);
    const together = await score(pairs);
    for (const [i, pair] of pairs.entries()) assert.deepEqual(await score([pair]), [together[i]]);
  },

  async 'bytes that are no characters are told apart'() {
    const { choices: [{ logprobs }] } = await server.json('/v1/completions', { prompt: [[195, 169,
      255]], temperature: 0, max_tokens: 1, logprobs: 5, echo: true });
    assert.deepEqual(logprobs.tokens.slice(0, 3), ['bytes:\\xc3', 'bytes:\\xa9', 'bytes:\\xff']);
    assert.equal(logprobs.token_logprobs[0], null);
    assert.equal(logprobs.tokens.length, 4);
    for (const [i, name] of logprobs.tokens.slice(1).entries())
      assert.equal(logprobs.top_logprobs[i + 1][name], logprobs.token_logprobs[i + 1]);
  },

  async 'a text longer than the context keeps every token'() {
    const text = 'def function_1(value):\n    return value + 1\n\n'.repeat(20);
    const [{ sum, count }] = await score([[[256], bytes(text)]]);
    assert.equal(count, text.length);
    assert.ok(Number.isFinite(sum) && sum < 0);
  },

  async 'generation until a word'() {
    const ask = { model: 'fills', prompt: bytes('def function_7('), max_tokens: 80, temperature: 0,
      seed: 1234 };
    const { choices: [all] } = await server.json('/v1/completions', { ...ask, stop: [] });
    const { choices: [cut] } = await server.json('/v1/completions', { ...ask, stop: ['\ndef'] });
    assert.equal(cut.text, all.text.slice(0, all.text.indexOf('\ndef')));
    assert.equal(cut.finish_reason, 'stop');
  },

  async 'tokens of another model are refused'() {
    const reply = await server.ask('/v1/completions', { model: 'fills', prompt: [[100, 31373]],
      max_tokens: 1, logprobs: 1, echo: true });
    assert.equal(reply.status, 400);
    assert.equal((await reply.json()).error.param, 'prompt');
  },
};
await runCases(cases, server);
