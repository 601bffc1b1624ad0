// The whole text as one picture: above, a bar of surprise for each byte; below, how the scales were
// weighted. Where there are more bytes than columns, a column is the mean of several.

import { known, total } from './paper.js';
import { real } from './format.js';

const TALL = 56; // of 92: the rest is for the scales
const GAP = 8;
const MOST = 8; // bits

function bytesShown(paper) {
  const bytes = [];
  paper.shown.forEach((unit, index) => {
    const infos = known(unit);
    const size = infos?.length ?? 1;
    for (let part = 0; part < size; part++) {
      const proposed = paper.open && index >= paper.from && index < paper.to;
      bytes.push({ index, part: (part + 0.5) / size, info: infos?.[part] ?? null, proposed });
    }
  });
  return bytes;
}

export class Strip {
  #canvas;
  #paper;
  #bytes = [];
  #wide = 1;

  constructor(canvas, paper, listeners) {
    this.#canvas = canvas;
    this.#paper = paper;
    canvas.addEventListener('pointermove', (event) => listeners.hover(this.#at(event)));
    canvas.addEventListener('pointerleave', () => listeners.hover(null));
    canvas.addEventListener('click', (event) => listeners.click(this.#at(event)));
  }

  #at(event) {
    if (this.#bytes.length === 0) return null;
    const x = event.clientX - this.#canvas.getBoundingClientRect().left;
    return this.#bytes[Math.min(this.#bytes.length - 1, Math.max(0, Math.floor(x / this.#wide)))];
  }

  draw(here) {
    const canvas = this.#canvas;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const scale = devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const g = canvas.getContext('2d');
    g.setTransform(scale, 0, 0, scale, 0, 0);
    g.clearRect(0, 0, width, height);
    this.#bytes = bytesShown(this.#paper);
    const count = this.#bytes.length;
    if (count === 0 || width === 0) return;
    this.#wide = Math.min(12, width / count);
    this.#columns(g, width, height, colours());
    this.#position(g, here, height);
    const sum = total(this.#paper.shown);
    canvas.setAttribute('aria-label', sum.bytes === 0 ? 'Nothing is known of the text yet' :
      `The surprise of ${sum.bytes} bytes: ${real(sum.bits / sum.bytes)} bits on the average`);
  }

  #columns(g, width, height, palette) {
    const columns = Math.min(this.#bytes.length, Math.ceil(width));
    const each = this.#bytes.length / columns;
    for (let c = 0; c < columns; c++) {
      const some = this.#bytes.slice(Math.floor(c * each),
        Math.max(Math.floor((c + 1) * each), Math.floor(c * each) + 1));
      const x = c * each * this.#wide;
      const wide = each * this.#wide - (this.#wide > 3 ? 1 : 0);
      if (some[0].proposed) {
        g.fillStyle = palette.proposed;
        g.fillRect(x, 0, each * this.#wide, height);
      }
      bar(g, some, x, wide, palette);
      stack(g, some, x, each * this.#wide + 0.3, height, palette);
    }
  }

  #position(g, here, height) {
    if (!here) return;
    const at = this.#bytes.findIndex((byte) => byte.index === here.index && byte.part >= here.part);
    const first = at < 0 ? this.#bytes.findLastIndex((byte) => byte.index === here.index) : at;
    if (first < 0) return;
    g.strokeStyle = getComputedStyle(this.#canvas).color;
    g.lineWidth = 1.5;
    g.strokeRect(first * this.#wide + 0.25, 1, Math.max(this.#wide - 0.5, 2), height - 2);
  }
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    heat: Array.from({ length: 17 }, (_, i) => of(`--s${i}`)),
    scales: [of('--fine'), of('--medium'), of('--coarse')],
    quiet: of('--rule'),
    proposed: of('--proposed'),
  };
}

const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;

function bar(g, some, x, wide, palette) {
  const bits = some.map((byte) => Math.min(byte.info?.bits ?? NaN, 2 * MOST))
    .filter((value) => !Number.isNaN(value));
  if (bits.length === 0) {
    g.fillStyle = palette.quiet;
    g.fillRect(x, TALL - 2, wide, 1);
    return;
  }
  const most = Math.min(MOST, mean(bits));
  const tall = Math.max(1.5, (TALL - 6) * most / MOST);
  // A bar of few bits would be as good as not there in the text's own colours.
  g.fillStyle = palette.heat[Math.max(4, Math.round(2 * most))];
  g.fillRect(x, TALL - tall, wide, tall);
}

function stack(g, some, x, wide, height, palette) {
  const gates = some.map((byte) => byte.info?.gate).filter((row) => row);
  if (gates.length === 0) return;
  let y = TALL + GAP;
  const tall = height - y;
  for (let k = 0; k < 3; k++) {
    const part = tall * mean(gates.map((row) => row[k]));
    g.fillStyle = palette.scales[k];
    g.fillRect(x, y, wide, part + 0.3);
    y += part;
  }
}
