// The fields of a request that a person may set. They stay as they are when the page is left.

import { byId } from './dom.js';

const standard = {
  temperature: '0.7', max_tokens: '256', top_p: '0.95', top_k: '40', min_p: '0', seed: '', stops: '',
};
const NAME = 'axl.settings';

// Backslash escapes as in C; any other backslash is one.
const unescape = (text) =>
  text.replace(/\\([ntr\\])/g, (_, c) => ({ n: '\n', t: '\t', r: '\r', '\\': '\\' })[c]);

function kept() {
  try {
    return JSON.parse(localStorage.getItem(NAME)) ?? {};
  } catch {
    return {};
  }
}

function write() {
  const values = { gap: byId('gap').checked };
  for (const name of Object.keys(standard)) values[name] = byId(name).value;
  try {
    localStorage.setItem(NAME, JSON.stringify(values));
  } catch { /* they hold for this page, then */ }
}

function show(values) {
  for (const [name, value] of Object.entries(standard)) byId(name).value = values[name] ?? value;
  byId('gap').checked = values.gap ?? true;
  byId('temperature-shown').textContent = Number(byId('temperature').value).toFixed(2);
}

export function openSettings() {
  show(kept());
  byId('settings').addEventListener('input', () => {
    byId('temperature-shown').textContent = Number(byId('temperature').value).toFixed(2);
    write();
  });
  byId('standard').addEventListener('click', () => {
    show({});
    write();
  });
}

export const fillsGaps = () => byId('gap').checked;

// The first field that holds no value of its range; null: all are well.
export const wrongField = () => Object.keys(standard).map(byId).find((field) =>
  !field.checkValidity()) ?? null;

// The fields of a request; an empty one is left to the model.
export function sampling() {
  const fields = {};
  for (const name of ['temperature', 'max_tokens', 'top_p', 'top_k', 'min_p', 'seed'])
    if (byId(name).value !== '') fields[name] = Number(byId(name).value);
  const stops = byId('stops').value.split('\n').filter((line) => line !== '').map(unescape);
  if (stops.length > 0) fields.stop = stops;
  return fields;
}
