// The page of a run: asks every second for what is new and shows it.

import { Chart } from './chart.js';
import { byId, h } from './dom.js';
import { amount, count, duration, percent, real, size } from './format.js';

const SOON = 1000; // ms between questions
const LATER = 5000; // while nobody looks
const LOST = 4; // questions without an answer, before it is said
const SAMPLES = 12;

// Rates span many powers of ten: 0.5, 0.02, 3e-4.
const rateOf = (value, digits) => (value === 0 ? '0'
  : value >= 0.01 ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1));
const bytes = (value) => size(value).replace(' bytes', '');

const loss = new Chart(byId('loss'), {
  label: 'Bits per byte of training and held-out text over the bytes seen',
  series: [{ name: 'training', style: 'train' }, { name: 'held-out', style: 'held', dots: true }],
  x: bytes, y: (value) => value.toFixed(1), exact: (value) => value.toFixed(3), most: 8,
});
const rates = new Chart(byId('rates'), {
  label: 'Learning rate over the bytes seen', series: [{ style: 'plain-line' }],
  x: bytes, y: (value) => rateOf(value, 1), exact: (value) => rateOf(value, 3), zero: true,
});
const speeds = new Chart(byId('speeds'), {
  label: 'Bytes per second over the bytes seen', series: [{ style: 'plain-line' }],
  x: bytes, y: (value) => amount(value), exact: (value) => `${count(Math.round(value))} bytes/s`,
  zero: true,
});

let last = 0; // number of the newest thing that was told
let first = null; // row of this session, for the pace
let newest = null;
let held = NaN;
let lost = 0; // questions without an answer
let over = false;

// ---- what is shown ----

const states = { preparing: 'Getting ready', running: 'Training', evaluating: 'Evaluating',
  ended: 'The run has ended', stopped: 'The run was stopped', failed: 'The run failed' };

function showState(state, text) {
  byId('state').dataset.state = state;
  byId('state').textContent = text;
  document.title = `${text} · ${byId('run').textContent}`;
}

function showFacts(plan) {
  const rows = [
    ['Preset', plan.preset || 'none'],
    ['Parameters', count(plan.params)],
    ['Shape', `d ${plan.d_model}, ${plan.n_heads} heads, d_ff ${plan.d_ff}, ` +
      `${plan.n_layers_per_scale} layers a scale`],
    ['Context', `${count(plan.max_seq_len)} bytes`],
    ['A step', `${plan.batch} × ${count(plan.length)} bytes`],
    ['Steps', plan.steps ? count(plan.steps) : '–'],
    ['Text', `${size(plan.train_bytes)}, held out ${size(plan.held_bytes)}`],
    ['Passes over it', plan.passes ? real(plan.passes) : '–'],
    ['Memory, at most', size(plan.memory)],
    ['A checkpoint', size(plan.checkpoint)],
  ];
  byId('plan').replaceChildren(...rows.flatMap(([name, value]) => [h('dt', null, name),
    h('dd', null, value)]));
  loss.end = rates.end = speeds.end = plan.bytes || 0;
}

// By the pace of this session: an earlier one may have run on another machine.
function secondsLeft() {
  const part = newest.fraction - first.fraction;
  const pace = part > 0 ? (newest.seconds - first.seconds) / part
    : newest.seconds / newest.fraction;
  return pace * (1 - newest.fraction);
}

function showRows(rows) {
  for (const row of rows) {
    first ??= row;
    newest = row;
    if (row.train_bits !== null) loss.points[0].push([row.bytes, row.train_bits]);
    if (row.held_bits !== null) {
      loss.points[1].push([row.bytes, row.held_bits]);
      held = row.held_bits;
    }
    if (row.rate !== null) rates.points[0].push([row.bytes, row.rate]);
    if (row.bytes_per_s !== null) speeds.points[0].push([row.bytes, row.bytes_per_s]);
  }
  if (rows.length === 0) return;
  for (const chart of [loss, rates, speeds]) chart.draw();
  byId('held').textContent = real(held, 3);
  byId('trained').textContent = real(newest.train_bits ?? NaN, 3);
  byId('rate').textContent = newest.rate === null ? '–' : rateOf(newest.rate, 3);
  byId('speed').replaceChildren(amount(newest.bytes_per_s ?? 0), h('small', null, ' bytes/s'));
  byId('speed-name').textContent = newest.share ? `Speed, ${percent(newest.share)} of the peak` : 'Speed';
  byId('memory').textContent = size(newest.resident);
  byId('left').textContent = duration(secondsLeft());
  byId('progress').value = newest.fraction;
  byId('done').textContent = `${percent(newest.fraction)}, step ${count(newest.step)}, ` +
    `${size(newest.bytes)} seen`;
}

function showSamples(samples) {
  if (samples.length === 0) return;
  const box = byId('samples');
  if (!box.querySelector('.sample')) box.replaceChildren();
  for (const sample of samples)
    box.prepend(h('div', { class: 'sample' },
      h('span', { class: 'quiet' }, `after step ${count(sample.step)}`),
      h('pre', { tabindex: 0 }, sample.prompt, h('ins', null, sample.text))));
  while (box.childElementCount > SAMPLES) box.lastElementChild.remove();
}

function showNotes(notes) {
  byId('notes-box').hidden = byId('notes').childElementCount + notes.length === 0;
  for (const note of notes) byId('notes').append(h('li', null, note.text));
}

function showResult(told) {
  const result = told.result;
  let text = `${states[told.state]}.`;
  if (result?.bpb != null)
    text += ` The model needs ${real(result.bpb, 3)} bits for a byte of the held-out text` +
      (result.xz_bpb != null ? `; xz needs ${real(result.xz_bpb, 3)}` : '') +
      (result.gzip_bpb != null ? `, gzip ${real(result.gzip_bpb, 3)}` : '') + '.';
  if (told.message) text += ` ${told.message}`;
  if (result?.bpb != null) byId('held').textContent = real(result.bpb, 3);
  byId('ended').dataset.state = told.state;
  byId('ended').textContent = text;
  byId('ended').hidden = false;
  byId('left-name').textContent = 'Time used';
  byId('left').textContent = duration(result?.seconds ?? newest?.seconds ?? NaN);
  if (told.state === 'ended') byId('progress').value = 1;
}

function show(told) {
  last = told.last;
  byId('run').textContent = told.run || 'Training';
  const { evaluation } = told;
  showState(told.state, evaluation
    ? `Evaluating ${evaluation.what}: ${percent(evaluation.done / (evaluation.total || 1))}`
    : states[told.state]);
  if (told.plan && byId('plan').childElementCount === 0) showFacts(told.plan);
  showRows(told.rows);
  showSamples(told.samples);
  showNotes(told.notes);
  over = ['ended', 'stopped', 'failed'].includes(told.state);
  if (over) showResult(told);
}

function showLost() {
  showState('lost', 'No answer');
  byId('ended').dataset.state = 'lost';
  byId('ended').textContent = newest
    ? 'The run does not answer any more: it has ended, or its program has. What is shown is what it ' +
      'told last.'
    : 'There is no run here. A page like this one comes with axl train --dashboard.';
  byId('ended').hidden = false;
}

// ---- questions ----

async function ask() {
  try {
    const response = await fetch(`/train.json?after=${last}`, { cache: 'no-store' });
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.json());
    if (lost >= LOST && !over) byId('ended').hidden = true;
    lost = 0;
  } catch {
    if (++lost === LOST) showLost();
  }
  if (!over) setTimeout(ask, document.hidden ? LATER : SOON);
}

ask();
