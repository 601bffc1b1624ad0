// The page at / in a real browser, before a server that does as it is told (mock.mjs).

import assert from 'node:assert/strict';
import { launch, openPage, runCases, shoot, until } from './browser.mjs';
import { startMock } from './mock.mjs';

const browser = await launch();

// ---- what the cases do again and again ----

const text = (page) => page.inputValue('#text');
const shown = (page, id) => page.textContent(`#${id}`);
const last = (mock) => mock.state.requests.at(-1);
const writes = (mock) => mock.state.requests.filter((body) => body.stream);
const isShaded = (page) => page.waitForFunction(() => {
  const spans = Array.from(document.querySelectorAll('#shade span'));
  return spans.length > 1 && spans.slice(1).every((span) => span.style.getPropertyValue('--c'));
});

async function setText(page, value, cursor = value.length) {
  await page.fill('#text', value);
  await page.evaluate((at) => {
    const field = document.getElementById('text');
    field.focus();
    field.setSelectionRange(at, at);
  }, cursor);
}

const isProposed = (page) => page.waitForSelector('#keep:not([hidden])');

async function complete(page) {
  await page.focus('#text');
  await page.keyboard.press('Control+Enter');
  await isProposed(page);
}

async function hover(page, number) {
  const box = await page.locator('#shade span').nth(number).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
}

const cost = (page) => page.textContent('#inspector .cost');

// ---- cases ----

const cases = {
  async 'models and their facts'(page) {
    assert.equal(await page.inputValue('#model'), 'axl-mock');
    await page.waitForFunction(() => document.getElementById('facts').textContent !== '');
    assert.equal(await shown(page, 'facts'), '12.8M parameters, reads 1,024 bytes');
    await page.selectOption('#model', 'axl-plain');
    assert.equal(await shown(page, 'facts'), '1.00M parameters, reads 256 bytes');
    assert.equal(await page.isDisabled('#gap'), true);
  },

  async 'every byte is shaded by its surprise'(page, mock) {
    await setText(page, 'const x = encode(text);');
    await isShaded(page);
    const body = last(mock);
    assert.deepEqual(body.prompt, Array.from(Buffer.from('const x = encode(text);')));
    assert.deepEqual([body.max_tokens, body.echo, body.logprobs, body.axl],
      [0, true, 5, { gates: true }]);
    const answer = await (await fetch(`${mock.url}/v1/completions`,
      { method: 'POST', body: JSON.stringify(body) })).json();
    const bits = answer.choices[0].logprobs.token_logprobs.slice(1)
      .map((logprob) => -logprob / Math.LN2);
    const mean = bits.reduce((sum, x) => sum + x, 0) / bits.length;
    await page.waitForFunction((value) => document.getElementById('bpb').textContent === value,
      mean.toFixed(2));
    const colours = await page.$$eval('#shade span', (spans) =>
      spans.map((span) => span.style.getPropertyValue('--c')));
    assert.equal(colours[0], ''); // nothing can be said of the first byte
    bits.forEach((value, i) =>
      assert.equal(colours[i + 1], `var(--s${Math.min(16, Math.round(2 * value))})`));
    await shoot(page, 'surprise');
  },

  async 'the panel follows mouse, keys and the picture'(page) {
    await setText(page, 'export const a');
    await isShaded(page);
    await hover(page, 7);
    await page.waitForSelector('#inspector .bars .came');
    await page.waitForFunction(() => document.querySelector('#inspector .came .what')
      ?.textContent === 'c');
    const options = await page.$$eval('#inspector ul:first-of-type meter', (meters) =>
      meters.map((meter) => meter.value));
    assert.ok(Math.abs(options.reduce((sum, p) => sum + p, 0) - 1) < 0.01, String(options));
    assert.match(await cost(page), /^\d+\.\d\d bits$/);
    await page.mouse.move(2, 2);
    await page.waitForFunction(() => document.querySelector('#inspector .came .what')
      ?.textContent === 'a');
    await page.keyboard.press('Home');
    await page.waitForFunction(() =>
      document.querySelector('#inspector .cost')?.textContent === '–');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('#inspector .came .what')
      ?.textContent === 'x');
    await page.locator('#strip').click({ position: { x: 2 * 12 + 5, y: 30 } });
    assert.equal(await page.evaluate(() => document.getElementById('text').selectionStart), 2);
  },

  async 'bytes of one character, each by itself'(page) {
    await setText(page, 'a\u{1F600}', 1);
    await isShaded(page);
    const names = () => page.$$eval('#inspector .parts button', (buttons) =>
      buttons.map((button) => `${button.textContent}${button.getAttribute('aria-pressed')}`));
    await page.waitForSelector('#inspector .parts');
    assert.deepEqual(await names(), ['0xF0true', '0x9Ffalse', '0x98false', '0x80false']);
    await page.locator('#inspector .parts button').nth(2).click();
    assert.deepEqual(await names(), ['0xF0false', '0x9Ffalse', '0x98true', '0x80false']);
    assert.match(await page.textContent('#inspector .glyph'), /byte 152, 0x98/);
  },

  async 'how the scales were weighted'(page, mock) {
    await setText(page, 'one two');
    await isShaded(page);
    await page.check('#view input[value="scales"]', { force: true });
    await hover(page, 5);
    await page.waitForFunction(() => document.querySelector('#inspector .came .what')
      ?.textContent === 'w');
    // The gate of the mock behind "one t": 2, 2 and 1.5 parts, one more where 4 bytes are whole.
    const rows = await page.$$eval('#inspector .bars .fine, .bars .medium, .bars .coarse', (list) =>
      list.map((row) => row.querySelector('meter').value));
    const expected = [2, 2, 1.5].map((x) => x / 5.5);
    rows.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 1e-5, String(rows)));
    const colours = await page.$$eval('#shade span', (spans) =>
      spans.map((span) => span.style.getPropertyValue('--c')));
    assert.equal(colours[0], '');
    colours.slice(1).forEach((colour) => assert.match(colour, /^var\(--g[012]-\d\)$/));
    // Eight bytes of the picture are read: BOS and the text before. The pair of "t" is whole.
    assert.equal(await page.locator('.sees .medium rect:not(.open)').count(), 3);
    assert.equal(await page.locator('.sees .coarse rect:not(.open)').count(), 1);
    assert.equal(await page.locator('.sees .coarse rect.open').count(), 1);
    assert.ok(mock.state.requests.length > 0);
    await shoot(page, 'scales');
  },

  async 'a completion is kept, and undone as one step'(page, mock) {
    mock.state.script = 'arithm\u00e9tique \u{1F600}.';
    await setText(page, 'const mean = "');
    await page.fill('#max_tokens', String(Buffer.from(mock.state.script).length));
    await complete(page);
    assert.equal(await text(page), 'const mean = "');
    assert.equal(await shown(page, 'shade'), 'const mean = "arithm\u00e9tique \u{1F600}.\u200b');
    assert.equal(await shown(page, 'speed'), '1,235 bytes/s');
    assert.equal(await shown(page, 'cached'), '10 / 4');
    assert.match(await shown(page, 'first'), /\d (ms|s)$/);
    assert.match(await shown(page, 'status'), /The model proposes: arithm\u00e9tique/);
    await shoot(page, 'proposal');
    await page.focus('#text');
    await page.keyboard.press('Tab');
    assert.equal(await text(page), 'const mean = "arithm\u00e9tique \u{1F600}.');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'text');
    await page.keyboard.press('Control+z');
    assert.equal(await text(page), 'const mean = "');
    await page.waitForFunction(() =>
      document.getElementById('shade').textContent === 'const mean = "\u200b');
    await page.keyboard.press('Tab'); // no trap: without a proposal it goes on to the next control
    assert.notEqual(await page.evaluate(() => document.activeElement.id), 'text');
  },

  async 'a completion is taken back, or kept by going on'(page, mock) {
    mock.state.script = 'ten';
    await page.fill('#max_tokens', '3');
    await setText(page, 'of');
    await complete(page);
    await page.keyboard.press('Escape');
    assert.equal(await shown(page, 'shade'), 'of\u200b');
    await complete(page);
    await page.keyboard.type('!');
    assert.equal(await text(page), 'often!');
    await complete(page);
    await complete(page); // keeps the first one and asks for another
    assert.equal(await text(page), 'often!ten');
    assert.equal(writes(mock).length, 4);
  },

  async 'Escape stops, and the server hears it'(page, mock) {
    mock.state.pace = 20;
    await page.fill('#max_tokens', '5000');
    await setText(page, 'import');
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(() => parseInt(document.getElementById('written').textContent, 10) > 4);
    assert.equal(await page.isVisible('#stop'), true);
    await page.keyboard.type('x'); // the text stands still meanwhile
    assert.equal(await text(page), 'import');
    await page.keyboard.press('Escape');
    await isProposed(page);
    await until(() => mock.state.left === 1, 'the server sees that the client left');
    assert.equal(await shown(page, 'status').then((s) => s.startsWith('Stopped.')), true);
    await page.click('#keep');
    const length = (await text(page)).length;
    assert.ok(length > 10 && length < 2000, String(length));
  },

  async 'fill in the middle'(page, mock) {
    mock.state.script = 'MIDDLE';
    await page.fill('#max_tokens', '6');
    await setText(page, 'before <fim_middle>|after', 20);
    await complete(page);
    const body = writes(mock).at(-1);
    assert.equal(body.prompt, 'before <fim_middle>|');
    assert.equal(body.suffix, 'after');
    await page.keyboard.press('Tab');
    assert.equal(await text(page), 'before <fim_middle>|MIDDLEafter');
    await setText(page, 'ab', 1);
    await page.uncheck('#gap');
    await complete(page);
    assert.equal(writes(mock).at(-1).suffix, undefined);
    await page.keyboard.press('Escape');
    await page.check('#gap');
    await page.selectOption('#model', 'axl-plain');
    await complete(page);
    assert.deepEqual([writes(mock).at(-1).model, writes(mock).at(-1).suffix,
      writes(mock).at(-1).prompt], ['axl-plain', undefined, [97]]);
  },

  async 'settings are sent, checked and remembered'(page, mock) {
    const fields = { temperature: '0.25', max_tokens: '2', top_p: '0.5', top_k: '7', min_p: '0.1',
      seed: '42' };
    for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
    await page.fill('#stops', '\\n\\n\nEND\\\\');
    await page.reload();
    await page.waitForFunction(() => document.getElementById('model').value !== '');
    await complete(page);
    const body = writes(mock).at(-1);
    for (const [name, value] of Object.entries(fields)) assert.equal(body[name], Number(value));
    assert.deepEqual(body.stop, ['\n\n', 'END\\']);
    await page.keyboard.press('Escape');
    await page.fill('#top_p', '3');
    await page.focus('#text');
    await page.keyboard.press('Control+Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'top_p');
    assert.equal(writes(mock).length, 1);
    await page.click('#standard');
    assert.equal(await page.inputValue('#top_p'), '0.95');
    assert.equal(await page.inputValue('#seed'), '');
  },

  async 'a key where one is needed'(page, mock) {
    mock.state.key = 's3cret';
    await page.reload();
    await page.waitForSelector('#key-form:not([hidden])');
    assert.equal(await page.getAttribute('#key', 'type'), 'password');
    await page.fill('#key', 'wrong');
    await page.keyboard.press('Enter');
    await page.waitForResponse((response) => response.status() === 401);
    await page.fill('#key', 's3cret');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#alert', { state: 'hidden' });
    await isShaded(page);
    page.errors = page.errors.filter((error) => !error.includes('401'));
  },

  async 'a full queue says when to come again'(page, mock) {
    await isShaded(page);
    await page.fill('#max_tokens', '3');
    mock.state.refuse = { status: 503, message: 'the queue is full', retry: 2 };
    await page.focus('#text');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('#alert:not([hidden])');
    assert.equal(await shown(page, 'alert-text'), 'the queue is full Try again in 2 s.');
    assert.equal(await page.isVisible('#keep'), false);
    await page.click('#again');
    await isProposed(page);
    assert.equal(await page.isVisible('#alert'), false);
    page.errors = page.errors.filter((error) => !error.includes('503'));
  },

  async 'an answer that breaks off'(page, mock) {
    await setText(page, 'x');
    await isShaded(page).catch(() => {});
    mock.state.breakAfter = 3;
    mock.state.script = 'abcdef';
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('#alert:not([hidden])');
    assert.match(await shown(page, 'alert-text'), /broke off|cannot be reached|network/i);
    assert.match(await shown(page, 'shade'), /^xa?b?c?\u200b$/);
    page.errors = page.errors.filter((error) => !error.includes('ERR_'));
  },

  async 'notes of the server are shown'(page, mock) {
    mock.state.notes = ['21 bytes of the prompt did not fit into the context of 64'];
    await page.fill('#max_tokens', '2');
    await complete(page);
    assert.match(await shown(page, 'status'), /21 bytes of the prompt did not fit/);
  },

  async 'plain asks for no probabilities'(page, mock) {
    await page.check('#view input[value="plain"]', { force: true });
    await page.fill('#max_tokens', '4');
    mock.state.script = '\u00e9ab';
    await setText(page, 'q');
    const before = mock.state.requests.filter((body) => body.echo).length;
    await complete(page);
    assert.equal(writes(mock).at(-1).logprobs, undefined);
    assert.equal(await shown(page, 'written'), '4 bytes');
    assert.equal(mock.state.requests.filter((body) => body.echo).length, before);
  },

  // Where the two texts break lines alike, the upper one fits exactly over the lower one.
  async 'the letters lie under the cursor'(page) {
    const texts = ['\tTabs\tand  spaces   \n\n', 'x'.repeat(300), `${' '.repeat(300)}y`,
      'word '.repeat(200), '\u00e9\u4e2d\u{1F600}e\u0301 '.repeat(60), 'end\n'];
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      for (const value of texts) {
        await setText(page, value);
        const [over, under] = await page.evaluate(() => {
          const field = document.getElementById('text');
          field.style.height = '0';
          const needed = field.scrollHeight;
          field.style.height = '';
          return [needed, document.getElementById('shade').scrollHeight];
        });
        const room = await page.evaluate(() => document.getElementById('paper').clientHeight);
        assert.ok(over === under || (under === room && over < room),
          `${JSON.stringify(value.slice(0, 12))} at ${width}: ${over} over ${under}`);
      }
      assert.ok(await page.evaluate(() => {
        const paper = document.getElementById('paper');
        return paper.scrollWidth <= paper.clientWidth;
      }));
    }
  },

  async 'a narrow screen, and the other colours'(page) {
    await page.setViewportSize({ width: 320, height: 700 });
    await isShaded(page);
    const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
    assert.ok(wide <= 320, `${wide} of 320`);
    await shoot(page, 'narrow');
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(), 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    await page.setViewportSize({ width: 1280, height: 900 });
    await shoot(page, 'dark');
    await page.click('#theme'); // light whatever the system says
    assert.equal(await theme(), 'light');
    await page.reload();
    assert.equal(await theme(), 'light');
    await page.click('#theme');
    assert.equal(await theme(), 'dark');
  },

  async 'every control has a name'(page) {
    const nameless = await page.evaluate(() =>
      Array.from(document.querySelectorAll('button, input, select, textarea, summary, canvas'))
        .filter((element) => !(element.getAttribute('aria-label') || element.textContent.trim() ||
          Array.from(element.labels ?? []).some((label) => label.textContent.trim())))
        .map((element) => element.outerHTML));
    assert.deepEqual(nameless, []);
  },
};

const status = await runCases(cases, async (run) => {
  const mock = await startMock();
  const page = await openPage(browser, mock.url);
  try {
    await page.waitForFunction(() => document.getElementById('model').value !== '');
    await run(page, mock);
    assert.deepEqual(page.errors, []);
  } finally {
    await page.context().close();
    mock.close();
  }
});
await browser.close();
process.exit(status);
