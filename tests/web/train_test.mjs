// The page of a run in a real browser, before a run that is told what to say (mock.mjs).

import assert from 'node:assert/strict';
import { launch, openPage, runCases, shoot, until } from './browser.mjs';
import { startMock } from './mock.mjs';

const browser = await launch();

const plan = { preset: 'micro-lion', params: 12799744, d_model: 256, n_heads: 8, d_ff: 688,
  n_layers_per_scale: 4, max_seq_len: 1024, batch: 8, length: 512, memory: 812000000,
  checkpoint: 154000000, train_bytes: 12000000, held_bytes: 600000, train_documents: 900,
  held_documents: 40, steps: 4000, bytes: 16384000, seconds: 600, passes: 1.4, bytes_per_s: 27000 };

// Row i of 4000 steps.
function rowOf(i, held) {
  const step = 20 * i;
  return { step, bytes: step * 4096, seconds: 0.15 * step, fraction: step / 4000,
    train_bits: 1.8 + 6 / (1 + step / 60) + 0.06 * Math.sin(i), held_bits: held ?
      1.9 + 6 / (1 + step / 60) : null, rate: 3e-4 * Math.min(1, step / 200) *
      (1 + Math.cos(Math.PI * step / 4000)) / 2, norm: 0.4, skipped: 0,
    bytes_per_s: 27000 + 900 * Math.sin(3 * i), share: 0.71, resident: 790000000 };
}

// A run that has `run.rows` and what else it is given; answers as src/api/train_feed.c does.
function startRun(mock) {
  const run = { state: 'preparing', message: '', rows: [], samples: [], notes: [], result: null,
    asked: [], broken: false };
  mock.state.train = (request, response) => {
    const after = Number(new URL(request.url, mock.url).searchParams.get('after'));
    run.asked.push(after);
    if (run.broken) {
      response.destroy();
      return;
    }
    const all = [...run.rows.map((row) => ['rows', row]),
      ...run.samples.map((sample) => ['samples', sample]),
      ...run.notes.map((note) => ['notes', note])];
    const fresh = (kind) => all.slice(after).filter(([of]) => of === kind).map(([, it]) => it);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ run: 'runs/micro', state: run.state, message: run.message,
      last: all.length, ...(run.state === 'preparing' ? {} : { plan }),
      ...(run.result ? { result: run.result } : {}),
      ...(run.evaluation ? { evaluation: run.evaluation } : {}),
      rows: fresh('rows'), samples: fresh('samples'), notes: fresh('notes') }));
  };
  return run;
}

const shown = (page, id) => page.textContent(`#${id}`);
const isState = (page, text) =>
  page.waitForFunction((want) => document.getElementById('state').textContent === want, text);

function fill(run, count) {
  run.state = 'running';
  run.rows = Array.from({ length: count }, (_, i) => rowOf(i + 1, (i + 1) % 10 === 0));
}

const cases = {
  async 'a run as it goes on'(page, run) {
    await isState(page, 'Getting ready');
    fill(run, 100);
    run.samples = [{ step: 1000, prompt: 'def mean(', text: 'numbers):\n    return <b>1</b>' }];
    run.notes = [{ step: 0, text: '3 files were left out' }];
    await isState(page, 'Training');
    await page.waitForFunction(() => document.querySelectorAll('#loss .held circle').length === 10);
    assert.equal(await shown(page, 'run'), 'runs/micro');
    assert.equal(await shown(page, 'held'), rowOf(100, true).held_bits.toFixed(3));
    assert.equal(await shown(page, 'trained'), rowOf(100, true).train_bits.toFixed(3));
    assert.equal(await shown(page, 'done'), '50.0 %, step 2,000, 8.19 MB seen');
    assert.equal(await shown(page, 'left'), '5:00 min');
    assert.match(await shown(page, 'plan'), /12,799,744/);
    assert.match(await shown(page, 'samples'), /<b>1<\/b>/); // text, never markup
    assert.match(await shown(page, 'notes'), /3 files/);
    for (const id of ['loss', 'rates', 'speeds'])
      assert.ok(await page.locator(`#${id} path`).first().getAttribute('d'));
    await shoot(page, 'train');
    await until(() => run.asked.at(-1) === 102, 'it asks for what is newer only');
  },

  async 'the curve is read with mouse and keys'(page, run) {
    fill(run, 50);
    await page.waitForSelector('#loss .curve');
    const box = await page.locator('#loss svg').boundingBox();
    await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
    await page.waitForFunction(() => /training \d\.\d{3} · held-out \d\.\d{3}/
      .test(document.querySelector('#loss .readout').textContent));
    await page.mouse.move(2, 2);
    await page.waitForFunction(() => document.querySelector('#loss .readout').textContent === '');
    await page.focus('#loss svg');
    await page.keyboard.press('ArrowLeft');
    const wanted = rowOf(50, false).train_bits.toFixed(3);
    await page.waitForFunction((value) => document.querySelector('#loss .readout').textContent
      .includes(`training ${value}`), wanted);
  },

  // The first rows of a model that knows nothing are above the top of the axis.
  async 'a run that has hardly begun'(page, run) {
    fill(run, 2);
    run.rows.forEach((row) => { row.train_bits = 8.1; });
    await page.waitForSelector('#loss .train path', { state: 'attached' });
    const line = await page.getAttribute('#loss .train path', 'd');
    assert.match(line, /^M[\d.]+ [\d.]+L[\d.]+ [\d.]+$/);
    const [from, to] = Array.from(line.matchAll(/[ML]([\d.]+)/g), (found) => Number(found[1]));
    const { width } = await page.locator('#loss svg').boundingBox();
    assert.ok(to - from > 0.2 * width, `${from} to ${to} of ${width}`);
  },

  async 'the end, with its figures'(page, run) {
    fill(run, 200);
    run.state = 'evaluating';
    run.evaluation = { what: 'held-out text', done: 30, total: 120 };
    await isState(page, 'Evaluating held-out text: 25.0 %');
    run.evaluation = null;
    run.state = 'ended';
    run.result = { steps: 4000, bytes: 16384000, seconds: 601, bpb: 1.8765, gzip_bpb: 3.2,
      xz_bpb: 2.9 };
    await isState(page, 'The run has ended');
    assert.equal(await shown(page, 'ended'), 'The run has ended. The model needs 1.877 bits for a ' +
      'byte of the held-out text; xz needs 2.900, gzip 3.200.');
    assert.equal(await shown(page, 'left'), '10:01 min');
    await shoot(page, 'train-ended');
  },

  async 'a failure, and what it says'(page, run) {
    fill(run, 3);
    run.state = 'failed';
    run.message = 'step 61: the loss is not finite';
    await isState(page, 'The run failed');
    assert.match(await shown(page, 'ended'), /step 61: the loss is not finite/);
  },

  async 'a run that is gone'(page, run) {
    fill(run, 3);
    await isState(page, 'Training');
    run.broken = true;
    await isState(page, 'No answer');
    assert.match(await shown(page, 'ended'), /does not answer any more/);
    run.broken = false; // it was only slow
    await isState(page, 'Training');
    await page.waitForSelector('#ended', { state: 'hidden' });
    page.errors = page.errors.filter((error) => !error.includes('ERR_'));
  },

  async 'a narrow screen in the dark'(page, run) {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 360, height: 740 });
    fill(run, 120);
    run.samples = [{ step: 1000, prompt: 'def mean(', text: 'numbers):\n    return 1' }];
    await page.waitForSelector('.sample');
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} of 360`);
    await shoot(page, 'train-narrow');
  },
};

const status = await runCases(cases, async (run) => {
  const mock = await startMock();
  const told = startRun(mock);
  const page = await openPage(browser, mock.url, {}, '/train.html');
  try {
    await run(page, told);
    assert.deepEqual(page.errors, []);
  } finally {
    await page.context().close();
    mock.close();
  }
});
await browser.close();
process.exit(status);
