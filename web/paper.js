// The text as units (bytes.js) and, somewhere in it, what the model proposes:
//
//   shown = text before | proposal [from, to) | text behind
//
// The proposal is no part of the text until it is kept. Whoever shows the units listens to two
// things: units came in the place of others, and what is known of some has changed.

import { bytesOf, unitsOf, unitSize } from './bytes.js';

export class Paper {
  shown = [];
  from = 0;
  to = 0;
  open = false; // there is a proposal, though it may be empty yet
  listeners = { splice: () => {}, change: () => {} };

  // The text without the proposal.
  get units() {
    return this.open ? [...this.shown.slice(0, this.from), ...this.shown.slice(this.to)] : this.shown;
  }

  #splice(index, removed, added) {
    this.shown.splice(index, removed, ...added);
    this.listeners.splice(index, removed, added);
  }

  // What stands behind a change was expected after another text.
  #spoil(from) {
    for (let i = from; i < this.shown.length; i++) this.shown[i].stale = true;
    this.listeners.change(from, this.shown.length);
  }

  // The text is this one now. No proposal is open.
  setText(text) {
    const next = unitsOf(text);
    const old = this.shown;
    const least = Math.min(next.length, old.length);
    let head = 0;
    let tail = 0;
    while (head < least && old[head].text === next[head].text) head++;
    while (tail < least - head &&
           old[old.length - 1 - tail].text === next[next.length - 1 - tail].text) tail++;
    if (head === next.length && head === old.length) return false;
    this.#splice(head, old.length - head - tail, next.slice(head, next.length - tail));
    this.#spoil(next.length - tail);
    return true;
  }

  propose(index) {
    this.open = true;
    this.from = this.to = index;
  }

  grow(units) {
    const at = this.to;
    this.to += units.length;
    this.#splice(at, 0, units);
  }

  // The proposal is text from now on. Returns it.
  keep() {
    const text = this.shown.slice(this.from, this.to).map((unit) => unit.text).join('');
    const { from, to } = this;
    this.open = false;
    this.listeners.change(from, to);
    if (to > from) this.#spoil(to);
    return text;
  }

  drop() {
    const removed = this.to - this.from;
    this.open = false;
    this.#splice(this.from, removed, []);
  }

  // What is known of the bytes of the units from index on. Where a server speaks of other bytes than
  // those of the text, it is left alone.
  learn(index, infos) {
    let at = 0;
    for (let i = index; i < this.shown.length; i++) {
      const unit = this.shown[i];
      const size = unitSize(unit);
      const bytes = bytesOf(unit);
      const part = infos.slice(at, at + size);
      if (part.length < size || part.some((info, k) => info.symbol !== bytes[k])) break;
      unit.infos = part;
      unit.stale = false;
      at += size;
    }
    this.listeners.change(index, this.shown.length);
  }

  // Between places in the text, as text areas count them, and units of the text.
  unitAt(offset) {
    let at = 0;
    let index = 0;
    for (; index < this.shown.length && at < offset; index++) at += this.shown[index].text.length;
    return index;
  }

  offsetOf(index) {
    let at = 0;
    for (let i = 0; i < index; i++) at += this.shown[i].text.length;
    return at;
  }
}

// What is known of a unit and still true.
export const known = (unit) => (unit.infos && !unit.stale ? unit.infos : null);

// Sum of the bits over units, and the bytes that they are of.
export function total(units) {
  let bits = 0;
  let bytes = 0;
  for (const unit of units) {
    for (const info of known(unit) ?? []) {
      if (!Number.isFinite(info.bits)) continue;
      bits += info.bits;
      bytes++;
    }
  }
  return { bits, bytes };
}
