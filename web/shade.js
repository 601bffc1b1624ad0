// The text under the text area: one element a unit, coloured by what is known of it.

import { known } from './paper.js';

export const LEVELS = 16; // of surprise, half a bit each
const GATE_LEVELS = 8;
const SCALES = ['fine', 'medium', 'coarse'];

// Bits to colours: [bits, red, green, blue, opacity]. Ink stays readable on all of them.
const heat = {
  light: [[0, 255, 224, 102, 0], [0.5, 255, 224, 102, 0.2], [2, 255, 205, 82, 0.75],
    [4, 255, 164, 84, 0.9], [6, 255, 126, 103, 0.95], [8, 250, 98, 132, 1]],
  dark: [[0, 140, 100, 10, 0], [0.5, 140, 100, 10, 0.25], [2, 150, 98, 6, 0.8],
    [4, 172, 74, 12, 0.9], [6, 186, 46, 40, 0.95], [8, 190, 24, 84, 1]],
};
const gate = {
  light: { fine: '47 124 246', medium: '240 158 20', coarse: '16 170 122', most: 0.72 },
  dark: { fine: '60 128 240', medium: '196 128 16', coarse: '18 146 104', most: 0.85 },
};

function heatOf(stops, bits) {
  let i = 1;
  while (i < stops.length - 1 && bits > stops[i][0]) i++;
  const [a, b] = [stops[i - 1], stops[i]];
  const t = Math.min(1, Math.max(0, (bits - a[0]) / (b[0] - a[0])));
  const [red, green, blue, opacity] = [1, 2, 3, 4].map((k) => a[k] + t * (b[k] - a[k]));
  return `rgb(${red.toFixed(0)} ${green.toFixed(0)} ${blue.toFixed(0)} / ${opacity.toFixed(3)})`;
}

// Sets --s0..--s16 and --g0-0..--g2-8 for the whole page, so that a change of theme recolours all.
export function definePalette() {
  const style = document.documentElement.style;
  const theme = document.documentElement.dataset.theme;
  for (let i = 0; i <= LEVELS; i++) style.setProperty(`--s${i}`, heatOf(heat[theme], i / 2));
  SCALES.forEach((scale, k) => {
    for (let i = 0; i <= GATE_LEVELS; i++) {
      const opacity = 0.1 + (gate[theme].most - 0.1) * (i / GATE_LEVELS);
      style.setProperty(`--g${k}-${i}`, `rgb(${gate[theme][scale]} / ${opacity.toFixed(3)})`);
    }
  });
}

export const surpriseColour = (info) =>
  (Number.isNaN(info.bits) ? null : `var(--s${Math.min(LEVELS, Math.round(2 * info.bits))})`);

// The scale that weighs most, and how far it is above a third.
export function gateColour(info) {
  if (!info.gate) return null;
  const most = Math.max(...info.gate);
  const level = Math.round(GATE_LEVELS * Math.min(1, Math.max(0, (most - 1 / 3) * 1.5)));
  return `var(--g${info.gate.indexOf(most)}-${level})`;
}

function colourOf(unit, view) {
  const infos = view === 'plain' ? null : known(unit);
  if (!infos) return null;
  const colours = infos.map(view === 'scales' ? gateColour : surpriseColour);
  if (colours.every((colour) => colour === colours[0])) return colours[0];
  const part = 100 / colours.length;
  const stops = colours.map((colour, i) =>
    `${colour ?? 'transparent'} ${i * part}% ${(i + 1) * part}%`);
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}

export class Shade {
  #pre;
  #spans = [];
  #paper;
  #view = 'surprise';
  #here = null;

  constructor(pre, paper) {
    this.#pre = pre;
    this.#paper = paper;
    // A line that is empty has no height of its own.
    pre.append(document.createTextNode('\u200B'));
  }

  get view() {
    return this.#view;
  }

  setView(view) {
    this.#view = view;
    this.#pre.closest('.paper').classList.toggle('plain-view', view === 'plain');
    this.restyle(0, this.#spans.length);
  }

  splice(index, removed, units) {
    for (const span of this.#spans.slice(index, index + removed)) span.remove();
    const made = units.map((unit) => {
      const span = document.createElement('span');
      span.textContent = unit.text;
      if (unit.text === '\n') span.className = 'break';
      return span;
    });
    this.#pre.insertBefore(fragment(made),
      this.#spans[index + removed] ?? this.#pre.lastChild);
    this.#spans.splice(index, removed, ...made);
    this.restyle(Math.max(0, index - 1), index + made.length);
  }

  restyle(from, to) {
    const { open, from: first, to: end, shown } = this.#paper;
    for (let i = from; i < Math.min(to, this.#spans.length); i++) {
      const span = this.#spans[i];
      const colour = colourOf(shown[i], this.#view);
      if (colour) span.style.setProperty('--c', colour);
      else span.style.removeProperty('--c');
      span.classList.toggle('new', open && i >= first && i < end);
      span.classList.toggle('tip', open && i === end - 1);
    }
  }

  mark(index) {
    this.#here?.classList.remove('here');
    this.#here = this.#spans[index] ?? null;
    this.#here?.classList.add('here');
  }

  // The unit at a place on the screen and where in it, 0 to 1; null: there is none.
  at(x, y) {
    for (const element of document.elementsFromPoint(x, y)) {
      const index = element.parentNode === this.#pre ? this.#spans.indexOf(element) : -1;
      if (index < 0) continue;
      const box = Array.from(element.getClientRects()).find((rect) =>
        x >= rect.left && x <= rect.right) ?? element.getBoundingClientRect();
      return { index, part: box.width > 0 ? (x - box.left) / box.width : 0 };
    }
    return null;
  }

  show(index) {
    this.#spans[index]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

function fragment(nodes) {
  const all = document.createDocumentFragment();
  all.append(...nodes);
  return all;
}
