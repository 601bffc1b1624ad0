// One byte: what it cost, what else was expected, how the scales were weighted, and what each of
// them had read.

import { bytesOf } from './bytes.js';
import { h, svg } from './dom.js';
import { hex, percent, real, symbolName, symbolSign } from './format.js';
import { known } from './paper.js';
import { surpriseColour } from './shade.js';

const SCALES = [['fine', 1, '1 byte'], ['medium', 2, '2 bytes'], ['coarse', 4, '4 bytes']];
const PAST = 12; // bytes in the picture of what was read

// A server may name fewer alternatives than asked for, and adds the byte that came.
function alternatives(info) {
  const list = info.top.slice(0, 6);
  const rest = 1 - info.top.reduce((sum, option) => sum + option.p, 0);
  const rows = list.map((option) => {
    const came = option.symbol === info.symbol;
    return h('li', { class: came ? 'came' : null },
      h('span', { class: 'what' }, symbolName(option.symbol)),
      h('meter', { min: 0, max: 1, value: option.p, 'aria-label': symbolName(option.symbol) }),
      h('span', { class: 'much' }, percent(option.p)));
  });
  if (rest > 0.0005)
    rows.push(h('li', null, h('span', { class: 'what quiet' }, 'others'),
      h('meter', { min: 0, max: 1, value: rest, 'aria-label': 'others' }),
      h('span', { class: 'much quiet' }, percent(rest))));
  return [h('h3', null, 'What was expected here'), h('ul', { class: 'bars' }, rows)];
}

function weights(info) {
  const rows = SCALES.map(([name, , size], k) =>
    h('li', { class: name }, h('span', { class: 'what dot' }, name),
      h('meter', { min: 0, max: 1, value: info.gate[k], 'aria-label': `${name}, ${size}` }),
      h('span', { class: 'much' }, percent(info.gate[k]))));
  return [h('h3', null, 'How the scales were weighted'), h('ul', { class: 'bars' }, rows)];
}

// position: of the byte in the text, where BOS is 0. A scale of k bytes has read the groups of k
// positions that were whole before it.
function picture(info, position, before) {
  const cell = 21;
  const left = 62;
  const first = position - Math.min(PAST, position);
  const x = (p) => left + (p - (position - PAST)) * cell;
  const view = svg('svg', { class: 'sees', viewBox: `0 0 ${left + (PAST + 1) * cell} 112`,
    role: 'img', 'aria-label': 'What each scale had read: groups of 1, 2 and 4 bytes' });
  for (let p = first; p < position; p++)
    view.append(svg('text', { x: x(p) + cell / 2 - 1, y: 17 }, p === 0 ? '⊢' :
      symbolSign(before[before.length - (position - p)])));
  view.append(svg('rect', { class: 'target', x: x(position), y: 3, width: cell - 2, height: 20 }));
  view.append(svg('text', { x: x(position) + cell / 2 - 1, y: 17 }, symbolSign(info.symbol)));
  SCALES.forEach(([name, size], k) => {
    const y = 32 + 27 * k;
    const rows = svg('g', { class: name });
    rows.append(svg('text', { class: 'row', x: 0, y: y + 14 }, name));
    for (let p = first - (first % size); p < position; p += size) {
      const whole = p + size <= position;
      const box = svg('rect', { class: whole ? null : 'open', x: Math.max(x(p), left - 4), y,
        width: x(p + size) - 2 - Math.max(x(p), left - 4), height: 20 });
      if (whole) box.setAttribute('fill-opacity', (0.12 + 0.88 * info.gate[k]).toFixed(2));
      rows.append(box);
    }
    view.append(rows);
  });
  return view;
}

function sentence(info) {
  if (Number.isNaN(info.bits)) return 'The first byte: the model has nothing to go by.';
  const p = percent(info.p);
  if (info.bits < 0.15) return `As good as certain: ${p}.`;
  if (info.bits < 1) return `Expected: ${p}.`;
  if (info.bits < 3) return `One of a few: ${p}.`;
  return info.bits < 6 ? `Unexpected: ${p}.` : `A surprise: ${p}.`;
}

export class Inspector {
  #box;
  #choose;

  // choose: called with the number of a byte of the character, where it has several.
  constructor(box, choose) {
    this.#box = box;
    this.#choose = choose;
  }

  empty(text) {
    this.#box.replaceChildren(h('h2', null, 'The byte at the cursor'),
      h('p', { class: 'quiet hint' }, text));
  }

  #head(unit, info, byte) {
    const name = symbolName(byte);
    const sign = h('b', { class: name.length > 1 ? 'name' : null },
      unit.infos?.length > 1 ? unit.text : name);
    const colour = surpriseColour(info);
    if (colour) sign.style.setProperty('--c', colour);
    const cost = Number.isNaN(info.bits) ? '–' : `${real(info.bits)} bits`;
    return h('div', { class: 'glyph' }, sign, h('div', null,
      h('p', { class: 'cost' }, cost), h('p', { class: 'quiet' }, sentence(info)),
      h('p', { class: 'quiet' }, `byte ${byte}, ${hex(byte)}`)));
  }

  #parts(infos, part) {
    if (infos.length < 2) return null;
    return h('div', { class: 'parts', role: 'group', 'aria-label': 'Bytes of this character' },
      infos.map((info, i) => {
        const button = h('button', { type: 'button', 'aria-pressed': String(i === part) },
          hex(info.symbol));
        button.addEventListener('click', () => this.#choose(i));
        return button;
      }));
  }

  // units: of the text shown; part: number of the byte in the character.
  show(units, index, part) {
    const unit = units[index];
    const infos = unit ? known(unit) : null;
    if (!infos) {
      this.empty(unit ? 'Nothing is known of it yet.' : 'There is no text yet.');
      return;
    }
    const info = infos[Math.min(part, infos.length - 1)];
    const before = units.slice(Math.max(0, index - PAST), index).flatMap(bytesOf);
    before.push(...infos.slice(0, part).map((other) => other.symbol));
    let position = 1 + part;
    for (let i = 0; i < index; i++) position += bytesOf(units[i]).length;
    this.#box.replaceChildren(this.#head(unit, info, info.symbol),
      ...[this.#parts(infos, part)].filter(Boolean),
      ...(info.top.length > 0 ? alternatives(info) : []),
      ...(info.gate ? [...weights(info), picture(info, position, before)] : []),
      ...(info.gate || Number.isNaN(info.bits) ? [] :
        [h('p', { class: 'quiet hint' }, 'This server does not tell how the scales were weighted.')]));
  }
}
