// What all tests of clients share: a server of axl serve with models made by model.mjs, what it
// says of itself, and a list of cases. AXL_PROGRAM names the program, AXL_CLIENT_MODELS the models.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const program = process.env.AXL_PROGRAM;
export const models = process.env.AXL_CLIENT_MODELS;
export const KEY = 'correct-horse';
const PATIENCE = 120000; // ms that a condition may take on a machine that does much else

if (!program || !models) {
  console.log('skipped: AXL_PROGRAM or AXL_CLIENT_MODELS is not said');
  process.exit(77);
}

export async function until(condition, what) {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((go) => setTimeout(go, 5));
  }
}

// Runs the program to its end: what it wrote, and its exit code.
export async function run(args, env = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env } });
  let text = '';
  child.stdout.on('data', (part) => { text += part; });
  child.stderr.on('data', (part) => { text += part; });
  const [code] = await once(child, 'close');
  return { code, text };
}

export class Server {
  // options: arguments of axl serve; key: what it wants of everybody.
  static async start(options = [], key = undefined) {
    const server = new Server();
    const args = ['serve', `${models}/fills`, `${models}/plain`, '--port', '0', '--threads', '1',
      '--no-log', ...options];
    const env = { ...process.env, ...(key ? { AXL_API_KEY: key } : {}) };
    server.key = key;
    server.child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    process.on('exit', () => server.child.kill('SIGKILL')); // where a case blew up
    server.text = '';
    const keep = (part) => { server.text += part; };
    server.child.stdout.on('data', keep);
    server.child.stderr.on('data', keep);
    server.ended = once(server.child, 'exit').then(([code]) => code);
    let code;
    server.ended.then((value) => { code = value; });
    await until(() => /listening at (http:\S+)\n/.test(server.text) || code !== undefined,
      'the server listens');
    assert.equal(code, undefined, server.text);
    server.url = /listening at (http:\S+)\n/.exec(server.text)[1];
    return server;
  }

  async stop() {
    this.child.kill('SIGTERM');
    assert.equal(await this.ended, 0, this.text);
  }

  async ask(path, body, signal) {
    return fetch(this.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      body: body && JSON.stringify(body),
      signal,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.key}` },
    });
  }

  // The JSON of an answer that must be a good one.
  async json(path, body) {
    const reply = await this.ask(path, body);
    const text = await reply.text();
    assert.equal(reply.status, 200, text);
    return JSON.parse(text);
  }

  // A figure of /metrics; 0 where it is not there yet.
  async metric(name) {
    const text = await (await this.ask('/metrics')).text();
    const line = text.split('\n').find((one) => one.startsWith(`axl_${name} `));
    return line ? Number(line.split(' ')[1]) : 0;
  }

  async idle() {
    await until(async () => {
      const slots = await this.json('/slots');
      return slots.length > 0 && slots.every((slot) => !slot.is_processing);
    }, 'every slot is free');
  }

  // Work that asks for a text of seconds and leaves it: every slot is free then, and the server
  // knows that nobody waited for the end. Where this side slept through those seconds it is done
  // again.
  async abandon(work) {
    const aborted = () => this.metric('request_success_total{finished_reason="abort"}');
    const before = await aborted();
    for (let i = 0; i < 5; i++) {
      await work();
      await this.idle();
      if ((await aborted()) === before + 1) return;
    }
    assert.fail('the server did not notice that its client had left');
  }

  refused(status) {
    return this.metric(`http_requests_total{code="${status}"}`);
  }

  // Texts that take minutes in the slot and in the queue, for a server of one slot and one place to
  // wait. Returns what ends them.
  async fill() {
    const control = new AbortController();
    const body = { prompt: 'def ', max_tokens: 65536, n: 128, temperature: 0, ignore_eos: true };
    const replies = [];
    const send = () => replies.push(this.ask('/v1/completions', body, control.signal));
    send();
    await until(async () => (await this.json('/slots')).every((slot) => slot.is_processing),
      'the slot is taken');
    send();
    await until(async () => (await this.metric('requests_deferred')) >= 1, 'one waits');
    return async () => {
      control.abort();
      for (const reply of await Promise.allSettled(replies)) assert.equal(reply.status, 'rejected');
    };
  }
}

// Whatever the work does, its error; it must fail.
export async function failure(work) {
  let result;
  try {
    result = await work();
  } catch (error) {
    return error;
  }
  assert.fail(`no error but ${JSON.stringify(result)}`);
}

// Runs them one after another, those alone whose names hold the first argument, and stops the
// servers. The exit code of the process says whether all were well.
export async function runCases(cases, ...servers) {
  const wanted = process.argv[2] ?? '';
  let failed = 0;
  let ran = 0;
  const judge = async (name, work) => {
    try {
      await work();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  };
  for (const [name, work] of Object.entries(cases)) {
    if (!name.includes(wanted)) continue;
    ran++;
    await judge(name, work);
  }
  for (const server of servers) await judge('the server ends with 0', () => server.stop());
  // Some clients keep timers.
  process.exit(failed === 0 && ran > 0 ? 0 : 1);
}
