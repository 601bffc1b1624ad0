// The playground: joins the text, its colours, the panel and the server.

import { encode, infosOf, unitSize, UnitReader } from './bytes.js';
import { byId, h, onFrame } from './dom.js';
import { amount, count, milliseconds, percent, real } from './format.js';
import { Inspector } from './inspector.js';
import { known, Paper, total } from './paper.js';
import { complete, models, ServerError, stream, useKey } from './server.js';
import { fillsGaps, openSettings, sampling, wrongField } from './settings.js';
import { definePalette, Shade } from './shade.js';
import { Strip } from './strip.js';

const TOP = 5; // alternatives of each byte
const PAUSE = 350; // ms without a key before the text is read again
const READ_MOST = 16384; // bytes of a text whose surprise is shown
const SAMPLE = `def mean(numbers):
    """Return the arithmetic mean of a list of numbers."""
    total = 0
    for number in numbers:
        total += number
    return total / len(numbers)


def median(numbers):
    """Return the `;

const field = byId('text');
const paper = new Paper();
const shade = new Shade(byId('shade'), paper);
const inspector = new Inspector(byId('inspector'), (part) => choosePart(part));
const strip = new Strip(byId('strip'), paper, { hover: hoverByte, click: goTo });

let modelList = [];
let writing = null; // AbortController of what is written now
let reading = null; // of the text that is read for its surprise
let pause = 0; // timer before it is
let hovered = null; // { index, part } under the mouse
let chosen = { at: -1, part: 0 }; // byte of the character at a place of the cursor
let failed = null; // what "Try again" does

// ---- what is shown ----

paper.listeners = {
  splice: (index, removed, units) => {
    shade.splice(index, removed, units);
    redraw();
  },
  change: (from, to) => {
    shade.restyle(from, to);
    redraw();
  },
};

// The byte that the panel is about: under the mouse, the newest one, or behind the cursor.
function place() {
  if (hovered && hovered.index < paper.shown.length) return hovered;
  if (paper.open) return { index: Math.max(0, paper.to - 1), part: 0 };
  const at = field.selectionStart;
  const index = Math.min(paper.unitAt(at), paper.shown.length - 1);
  return { index: Math.max(0, index), part: chosen.at === at ? chosen.part : 0 };
}

const redraw = onFrame(() => {
  const { index, part: at } = place();
  const unit = paper.shown[index];
  const infos = unit ? known(unit) : null;
  const number = hovered ? Math.min(Math.floor(at * (infos?.length ?? 1)), (infos?.length ?? 1) - 1)
    : at;
  shade.mark(infos || hovered ? index : -1);
  inspector.show(paper.shown, index, number);
  strip.draw(unit ? { index, part: (number + 0.5) / (infos?.length ?? 1) - 1e-6 } : null);
  showTotal();
  showLegend();
});

function showTotal() {
  const { selectionStart: a, selectionEnd: b } = field;
  const chosen = b > a && !paper.open;
  const units = chosen ? paper.shown.slice(paper.unitAt(a), paper.unitAt(b)) : paper.shown;
  const sum = total(units);
  byId('bpb-name').textContent = chosen ? 'Bits per byte, chosen' : 'Bits per byte';
  byId('bpb').textContent = sum.bytes > 0 ? real(sum.bits / sum.bytes) : '–';
  byId('packed').replaceChildren(...(sum.bytes === 0 ? ['–'] :
    [count(Math.ceil(sum.bits / 8)), h('small', null, ` of ${count(sum.bytes)} bytes`)]));
}

function showLegend() {
  const rows = paper.shown.flatMap((unit) => known(unit) ?? []).filter((info) => info.gate);
  const parts = [h('span', null, 'expected'), h('span', { class: 'ramp' }),
    h('span', null, 'surprising (8 bits and more)')];
  ['fine', 'medium', 'coarse'].forEach((name, k) => {
    const mean = rows.reduce((sum, info) => sum + info.gate[k], 0) / rows.length;
    if (rows.length > 0)
      parts.push(h('span', { class: `dot ${name}` }, `${name} ${percent(mean)}`));
  });
  byId('legend').replaceChildren(...parts);
}

const say = (text) => {
  byId('status').textContent = text;
};

function showButtons() {
  byId('complete').hidden = writing !== null;
  byId('stop').hidden = writing === null;
  byId('keep').hidden = byId('drop').hidden = writing !== null || !paper.open;
  byId('paper').classList.toggle('proposing', paper.open);
}

// ---- the panel follows mouse and cursor ----

function hoverByte(byte) {
  hovered = byte ? { index: byte.index, part: byte.part } : null;
  redraw();
}

function goTo(byte) {
  if (!byte || paper.open) return;
  const at = paper.offsetOf(byte.index);
  chosen = { at, part: Math.floor(byte.part * unitSize(paper.shown[byte.index])) };
  field.focus();
  field.setSelectionRange(at, at);
  shade.show(byte.index);
}

function choosePart(number) {
  hovered = null;
  chosen = { at: field.selectionStart, part: number };
  redraw();
  byId('inspector').querySelectorAll('.parts button')[number]?.focus();
}

const hoverAt = onFrame((x, y) => {
  const found = shade.at(x, y);
  if (found || hovered) hoverByte(found);
});

// ---- trouble ----

function complain(error, again) {
  if (error.name === 'AbortError') return;
  const needsKey = error.status === 401;
  const wait = error.retry > 0 ? ` Try again in ${error.retry} s.` : '';
  byId('alert-text').textContent = needsKey
    ? 'This server wants an API key.' : `${error.message}${wait}`;
  byId('key-form').hidden = !needsKey;
  byId('again').hidden = needsKey || !again;
  byId('alert').hidden = false;
  failed = again;
  if (needsKey) byId('key').focus();
}

function calm() {
  byId('alert').hidden = true;
  failed = null;
}

// ---- models ----

const model = () => modelList.find((m) => m.id === byId('model').value) ?? modelList[0];

function showFacts() {
  const meta = model()?.meta;
  const facts = [];
  if (meta?.n_params) facts.push(`${amount(meta.n_params)} parameters`);
  if (meta?.n_ctx_train) facts.push(`reads ${count(meta.n_ctx_train)} bytes`);
  byId('facts').textContent = facts.join(', ');
  const fills = meta?.infill !== false;
  byId('gap').disabled = !fills;
  byId('gap-text').textContent = fills ? 'Fill in before the text behind the cursor'
    : 'This model cannot fill in: it was not trained to';
}

async function loadModels() {
  try {
    modelList = await models();
    calm();
    const chosen = byId('model').value;
    byId('model').replaceChildren(...modelList.map((m) =>
      h('option', { value: m.id, selected: m.id === chosen }, m.id)));
    showFacts();
    if (modelList.length === 0) say('The server has no model.');
    readSoon(0);
  } catch (error) {
    complain(error, loadModels);
  }
}

// ---- surprise of the text that is there ----

const request = () => ({ model: byId('model').value, logprobs: TOP, axl: { gates: true } });

function readSoon(wait = PAUSE) {
  clearTimeout(pause);
  reading?.abort();
  reading = null;
  if (shade.view === 'plain' || writing || paper.open || modelList.length === 0) return;
  pause = setTimeout(readText, wait);
}

// The units from the returned one on have at most so many bytes.
function readFrom() {
  let bytes = 0;
  let index = paper.shown.length;
  while (index > 0 && bytes + unitSize(paper.shown[index - 1]) <= READ_MOST)
    bytes += unitSize(paper.shown[--index]);
  return index;
}

async function readText() {
  const from = readFrom();
  if (paper.shown.slice(from).every(known)) return;
  const text = paper.shown.slice(from).map((unit) => unit.text).join('');
  const mine = reading = new AbortController();
  try {
    const answer = await complete({ ...request(), prompt: Array.from(encode(text)), max_tokens: 0,
      echo: true }, mine.signal);
    if (reading !== mine) return;
    paper.learn(from, infosOf(answer.choices[0]));
    calm();
    if (from > 0) say(`The last ${count(READ_MOST)} bytes of the text are shaded.`);
  } catch (error) {
    if (reading === mine) complain(error, () => readSoon(0));
  } finally {
    if (reading === mine) reading = null;
  }
}

// ---- writing ----

class Meter {
  begun = performance.now();
  first = 0;
  last = 0;
  bytes = 0;

  add(bytes) {
    if (bytes === 0) return;
    this.last = performance.now();
    this.first ||= this.last;
    this.bytes += bytes;
    this.show();
  }

  show() {
    byId('first').textContent = this.first ? milliseconds(this.first - this.begun) : '–';
    byId('written').replaceChildren(count(this.bytes), h('small', null, ' bytes'));
    const seconds = (this.last - this.first) / 1000;
    if (seconds > 0.05) this.speed(this.bytes / seconds);
  }

  speed(rate) {
    byId('speed').replaceChildren(count(Math.round(rate)), h('small', null, ' bytes/s'));
  }

  // What the server counted is better than what came through here.
  close({ usage, timings }) {
    if (usage) {
      const already = usage.prompt_tokens_details?.cached_tokens ?? 0;
      this.bytes = usage.completion_tokens;
      this.show();
      byId('cached').textContent = `${count(usage.prompt_tokens - already)} / ${count(already)}`;
    }
    if (timings?.predicted_per_second) this.speed(timings.predicted_per_second);
  }
}

function writeRequest(before, behind) {
  const body = { ...request(), ...sampling() };
  if (shade.view === 'plain') {
    delete body.logprobs;
    delete body.axl;
  }
  const fill = behind !== '' && fillsGaps() && model()?.meta?.infill !== false;
  // As numbers, what looks like one of the model's marks is text all the same.
  body.prompt = fill ? before : Array.from(encode(before));
  if (before === '') body.prompt = '';
  if (fill) body.suffix = behind;
  return body;
}

const ENDS = { stop: 'It stopped by itself.', length: 'As many bytes as were asked for.' };

// Adds what a chunk brings to the proposal.
function take(chunk, reader, meter, seen) {
  if (chunk.usage) meter.close(chunk);
  for (const note of chunk.notes ?? []) seen.notes.add(note);
  const choice = chunk.choices?.[0];
  if (!choice) return;
  const infos = infosOf(choice);
  const bytes = infos.length > 0 ? infos.filter((info) => typeof info.symbol === 'number').length
    : encode(choice.text).length;
  const units = infos.length > 0 || choice.logprobs ? reader.add(infos)
    : reader.addBytes(encode(choice.text));
  paper.grow(units);
  meter.add(bytes);
  if (choice.finish_reason) seen.end = choice.finish_reason;
  showNewest();
}

const showNewest = onFrame(() => {
  if (paper.open && paper.to > paper.from) shade.show(paper.to - 1);
});

async function write() {
  if (writing) return;
  if (paper.open) keep();
  const wrong = wrongField();
  if (wrong) {
    byId('settings').open = true;
    wrong.reportValidity();
    return;
  }
  calm();
  readSoon();
  const at = field.selectionEnd;
  const body = writeRequest(field.value.slice(0, at), field.value.slice(at));
  const mine = writing = new AbortController();
  const reader = new UnitReader();
  const meter = new Meter();
  const seen = { end: null, notes: new Set() };
  hovered = null;
  field.setSelectionRange(at, at);
  paper.propose(paper.unitAt(at));
  showButtons();
  meter.show();
  say('The model writes.');
  try {
    await stream(body, mine.signal, (chunk) => take(chunk, reader, meter, seen));
    say([ENDS[seen.end] ?? '', ...seen.notes].join(' '));
  } catch (error) {
    if (error.name === 'AbortError') say('Stopped.');
    else {
      say('');
      complain(error, error instanceof ServerError ? write : null);
    }
  }
  paper.grow(reader.end());
  writing = null;
  if (paper.to === paper.from) drop();
  else announce();
  showButtons();
}

// For those who do not see the proposal.
function announce() {
  const text = paper.shown.slice(paper.from, paper.to).map((unit) => unit.text).join('');
  byId('status').append(h('span', { class: 'unseen' }, ` The model proposes: ${text}`));
}

// Through the browser's own editing, so that its undo takes the text back.
function keep() {
  const text = paper.keep();
  showButtons();
  const before = document.activeElement;
  field.focus({ preventScroll: true });
  if (text !== '' && !document.execCommand('insertText', false, text))
    field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end');
  if (before !== field && before !== document.body) before.focus({ preventScroll: true });
  paper.setText(field.value);
  remember();
  readSoon();
}

function drop() {
  paper.drop();
  showButtons();
  redraw();
  readSoon();
}

// ---- keys and buttons ----

function onKey(event) {
  if (event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === 'Enter' && command) {
    event.preventDefault();
    write();
  } else if (event.key === 'Escape' && writing) {
    event.preventDefault();
    writing.abort();
  } else if (paper.open && !writing) {
    onProposalKey(event, command);
  } else if (writing && event.target === field && !command && event.key !== 'Tab') {
    event.preventDefault(); // the text stands still while the model writes into it
  }
}

// Escape and undo take the proposal back, Tab keeps it; to go on typing keeps it as well.
function onProposalKey(event, command) {
  if (event.key === 'Escape' || (command && event.key.toLowerCase() === 'z')) {
    event.preventDefault();
    drop();
    say('Taken back.');
  } else if (event.target === field && event.key === 'Tab' && !event.shiftKey) {
    event.preventDefault();
    keep();
    say('Kept.');
  } else if (event.target === field && !['Control', 'Shift', 'Alt', 'Meta'].includes(event.key)) {
    keep();
  }
}

function onInput() {
  if (paper.setText(field.value)) {
    remember();
    readSoon();
  }
}

function remember() {
  try {
    sessionStorage.setItem('axl.text', field.value);
  } catch { /* the text is lost when the page is left, then */ }
}

function recall() {
  try {
    return sessionStorage.getItem('axl.text') ?? SAMPLE;
  } catch {
    return SAMPLE;
  }
}

function listen() {
  document.addEventListener('keydown', onKey);
  field.addEventListener('input', onInput);
  field.addEventListener('beforeinput', (event) => {
    if (writing) event.preventDefault();
  });
  field.addEventListener('pointerdown', () => {
    if (paper.open && !writing) keep();
  });
  field.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'mouse') hoverAt(event.clientX, event.clientY);
  });
  field.addEventListener('pointerleave', () => hoverByte(null));
  document.addEventListener('selectionchange', () => {
    if (document.activeElement !== field) return;
    hovered = null;
    redraw();
  });
  byId('complete').addEventListener('click', write);
  byId('stop').addEventListener('click', () => writing?.abort());
  byId('keep').addEventListener('click', keep);
  byId('drop').addEventListener('click', drop);
  byId('again').addEventListener('click', () => failed?.());
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    useKey(byId('key').value);
    loadModels();
  });
  byId('view').addEventListener('change', (event) => {
    shade.setView(event.target.value);
    readSoon(0);
    redraw();
  });
  byId('model').addEventListener('change', () => {
    showFacts();
    for (const unit of paper.shown) unit.stale = true;
    shade.restyle(0, paper.shown.length);
    redraw();
    readSoon(0);
  });
  document.addEventListener('axl-theme', () => {
    definePalette();
    redraw();
  });
  new ResizeObserver(() => redraw()).observe(byId('strip-box'));
}

definePalette();
openSettings();
listen();
field.value = recall();
field.setSelectionRange(field.value.length, field.value.length);
paper.setText(field.value);
if (matchMedia('(pointer: fine)').matches) field.focus({ preventScroll: true });
loadModels();
