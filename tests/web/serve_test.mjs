// The pages before the real things: a run of axl train and a server of axl serve, with a model that
// is made here in a second. AXL_PROGRAM names the program.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, openPage, runCases, shoot, until } from './browser.mjs';

const program = process.env.AXL_PROGRAM;
if (!program) {
  console.log('skipped: AXL_PROGRAM is not said');
  process.exit(77);
}
const browser = await launch();
const box = mkdtempSync(join(tmpdir(), 'axl-web-'));

const lines = Array.from({ length: 400 }, (_, i) =>
  `def function_${i}(value):\n    return value + ${i * i}\n\n`);
writeFileSync(join(box, 'text.py'), lines.join(''));

// A port that nobody has at the moment.
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

// A child whose stderr is kept.
function start(args) {
  const child = spawn(program, args, { cwd: box, stdio: ['ignore', 'pipe', 'pipe'] });
  child.text = '';
  child.stdout.on('data', (part) => { child.text += part; });
  child.stderr.on('data', (part) => { child.text += part; });
  child.ended = once(child, 'exit').then(([code]) => code);
  return child;
}

async function stop(child) {
  child.kill('SIGTERM');
  return child.ended;
}

const training = (out, steps) => ['train', '--data', 'text.py', '--out', out, '--steps', String(steps),
  '--quick', '--threads', '1', ...['d_model=32', 'n_heads=2', 'd_ff=48', 'n_layers_per_scale=1',
    'max_seq_len=128', 'batch=2', 'vocab_size=264', 'log_every=10'].flatMap((setting) =>
    ['--set', setting])];

async function train() {
  const run = start(training('model', 300));
  assert.equal(await run.ended, 0, run.text);
}

// A run without an end, so that it goes on however long the browser takes; then it is stopped.
async function watch() {
  const port = await freePort();
  const run = start([...training('other', 1e9), '--prompt', 'def ', '--set', 'sample_every=1',
    `--dashboard=${port}`]);
  try {
    await until(() => run.text.includes(`http://127.0.0.1:${port}/`), 'it says where its page is');
    const page = await openPage(browser, `http://127.0.0.1:${port}`);
    await page.waitForSelector('.sample');
    await page.waitForSelector('#loss .train path', { state: 'attached' });
    assert.doesNotMatch(await page.getAttribute('#loss .train path', 'd'), /NaN/);
    assert.equal(await page.textContent('#state'), 'Training');
    assert.match(await page.textContent('#run'), /other$/);
    assert.match(await page.textContent('.sample pre'), /^def /);
    assert.match(await page.textContent('#trained'), /^\d\.\d{3}$/);
    await shoot(page, 'real-train');
    assert.deepEqual(page.errors, []);
    assert.equal(await stop(run), 130);
    // Where the page was too slow to hear of it, it says that nobody answers.
    await page.waitForSelector('#ended:not([hidden])');
    assert.match(await page.textContent('#ended'), /^The run was stopped|does not answer any more/);
    await page.context().close();
  } finally {
    run.kill('SIGKILL');
  }
}

async function serve() {
  const server = start(['serve', 'model', '--port', '0', '--threads', '1']);
  await until(() => /listening at (http:\S+)/.test(server.text), 'the server listens');
  server.url = /listening at (http:\S+)/.exec(server.text)[1];
  return server;
}

const isShaded = (page) => page.waitForFunction(() => {
  const spans = Array.from(document.querySelectorAll('#shade span'));
  return spans.length > 1 && spans.slice(1).every((span) => span.style.getPropertyValue('--c'));
});

async function complete(page) {
  await page.focus('#text');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('#keep:not([hidden])');
}

async function setText(page, value, cursor) {
  await page.fill('#text', value);
  await page.evaluate((at) => document.getElementById('text').setSelectionRange(at, at), cursor);
}

const cases = {
  async 'surprise and scales of a real model'(page) {
    await page.fill('#text', 'def function_\u00e9(value):\n');
    await isShaded(page);
    const bits = Number(await page.textContent('#bpb'));
    assert.ok(bits > 0 && bits < 8, String(bits));
    const means = (await page.textContent('#legend')).match(/[\d.]+ %/g).map(parseFloat);
    assert.equal(means.length, 3);
    assert.ok(Math.abs(means.reduce((sum, x) => sum + x, 0) - 100) < 0.5, String(means));
    assert.ok(await page.locator('#inspector .bars .came').count() === 1);
    assert.ok(await page.locator('#inspector .sees').count() === 1);
    await shoot(page, 'real-surprise');
  },

  async 'a text longer than what the model reads'(page) {
    await page.fill('#text', lines.slice(100, 140).join('')); // some 2,000 bytes, of which it reads 128
    await isShaded(page);
    const bits = Number(await page.textContent('#bpb'));
    assert.ok(bits > 0 && bits < 4, String(bits));
    await page.fill('#max_tokens', '8');
    await complete(page);
    assert.match(await page.textContent('#status'), /bytes of the prompt did not fit/);
  },

  async 'the same seed, the same text'(page) {
    await page.fill('#text', 'def function_7(');
    await page.fill('#seed', '5');
    await page.fill('#max_tokens', '40');
    const texts = [];
    for (let i = 0; i < 2; i++) {
      await complete(page);
      assert.match(await page.textContent('#written'), /^[1-9]\d? bytes$/);
      await page.keyboard.press('Tab');
      texts.push(await page.inputValue('#text'));
      assert.ok(texts[i].length > 'def function_7('.length);
      await page.keyboard.press('Control+z');
      assert.equal(await page.inputValue('#text'), 'def function_7(');
    }
    assert.equal(texts[0], texts[1]);
  },

  async 'a gap is filled'(page) {
    await setText(page, 'def function_7():\n    return 49\n', 15);
    await page.fill('#max_tokens', '8');
    await complete(page);
    await page.keyboard.press('Tab');
    assert.match(await page.inputValue('#text'), /^def function_7\([^]+\):\n {4}return 49\n$/);
    await isShaded(page);
  },

  async 'Escape ends the work'(page, server) {
    await page.fill('#max_tokens', '65536');
    await page.fill('#temperature', '1.5');
    await page.fill('#text', 'def ');
    await page.focus('#text');
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(() => /^[1-9]/.test(document.getElementById('written').textContent));
    await page.keyboard.press('Escape');
    await page.waitForSelector('#keep:not([hidden])');
    await until(async () => {
      const slots = await (await fetch(`${server.url}/slots`)).json();
      return slots.length > 0 && slots.every((slot) => slot.is_processing === false);
    }, 'nothing is written any more');
  },
};

let status = 1;
try {
  await train();
  await watch();
  console.log('ok      a run and its page');
  const server = await serve();
  status = await runCases(cases, async (run) => {
    const page = await openPage(browser, server.url);
    try {
      await page.waitForFunction(() => document.getElementById('model').value === 'model');
      await run(page, server);
      assert.deepEqual(page.errors, []);
    } finally {
      await page.context().close();
    }
  });
  assert.equal(await stop(server), 0);
} catch (error) {
  console.log(`FAILED\n${error.stack}`);
  status = 1;
} finally {
  await browser.close();
  rmSync(box, { recursive: true, force: true });
}
process.exit(status);
