// A chart of curves over one axis, drawn anew when its points or its size change. It is read with
// the mouse, or with the arrow keys while it has the focus.

import { h, onFrame, svg } from './dom.js';

const LEFT = 52;
const RIGHT = 14;
const TOP = 14;
const BOTTOM = 28;

// About `wanted` round numbers from low to high.
export function ticks(low, high, wanted) {
  const raw = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.999);
  const list = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high * (1 + 1e-9); k++) list.push(k * step + 0);
  return list;
}

// At most two points a column, the least and the greatest, in their order.
export function thin(points, columns) {
  if (points.length <= 2 * columns) return points;
  const kept = [];
  for (let c = 0; c < columns; c++) {
    const part = points.slice(Math.floor(c * points.length / columns),
      Math.floor((c + 1) * points.length / columns));
    const least = part.reduce((a, b) => (b[1] < a[1] ? b : a));
    const most = part.reduce((a, b) => (b[1] > a[1] ? b : a));
    kept.push(...(least === most ? [least] : [least, most].sort((a, b) => a[0] - b[0])));
  }
  return kept;
}

export class Chart {
  // how: { label, series: [{ name, style, dots }], x: (value) => text, y, most: of y, zero }
  constructor(box, how) {
    this.how = how;
    this.points = how.series.map(() => []); // [[x, y], ...] ascending
    this.end = 0; // of the whole axis, where it is known
    this.at = null; // x that is read
    this.view = svg('svg', { tabindex: 0, role: 'img', 'aria-label': how.label });
    this.readout = h('output', { class: 'readout', 'aria-live': 'polite' });
    box.append(this.view, this.readout);
    this.draw = onFrame(() => this.#draw());
    new ResizeObserver(() => this.draw()).observe(box);
    this.view.addEventListener('pointermove', (event) => this.#point(event));
    this.view.addEventListener('pointerleave', () => this.#read(null));
    this.view.addEventListener('blur', () => this.#read(null));
    this.view.addEventListener('keydown', (event) => this.#key(event));
  }

  #read(x) {
    this.at = x;
    this.draw();
  }

  #point(event) {
    if (!this.scale) return;
    const { x0, x1, wide } = this.scale;
    const part = (event.clientX - this.view.getBoundingClientRect().left - LEFT) / wide;
    this.#read(x0 + Math.min(1, Math.max(0, part)) * (x1 - x0));
  }

  #key(event) {
    const list = this.points[0];
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move || list.length === 0) return;
    event.preventDefault();
    const now = this.at === null ? list.length : nearest(list, this.at);
    this.#read(list[Math.min(list.length - 1, Math.max(0, now + move))][0]);
  }

  #ranges() {
    const all = this.points.flat();
    const ys = all.map((point) => Math.min(point[1], this.how.most ?? Infinity));
    const x0 = all.reduce((least, point) => Math.min(least, point[0]), Infinity);
    const seen = all.reduce((most, point) => Math.max(most, point[0]), 0);
    // A long run fills half of its axis at least: the axis is a half, a quarter, ... of the whole.
    let x1 = Math.max(this.end, seen);
    while (x1 / 2 > seen) x1 /= 2;
    let low = this.how.zero ? 0 : ys.reduce((a, b) => Math.min(a, b));
    let high = ys.reduce((a, b) => Math.max(a, b));
    if (high === low) low -= Math.abs(low) / 4;
    if (high === low) high++;
    const room = 0.06 * (high - low);
    if (!this.how.zero) low = Math.max(0, low - room);
    return { x0, x1: x1 > x0 ? x1 : x0 + 1, low, high: high + room };
  }

  #draw() {
    const width = this.view.clientWidth;
    const height = this.view.clientHeight;
    if (width === 0 || this.points.every((list) => list.length === 0)) return;
    const { x0, x1, low, high } = this.#ranges();
    const wide = width - LEFT - RIGHT;
    const tall = height - TOP - BOTTOM;
    const x = (value) => LEFT + wide * (value - x0) / (x1 - x0);
    const y = (value) => TOP + tall * (high - Math.min(value, high)) / (high - low);
    this.scale = { x0, x1, wide };
    this.view.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.view.replaceChildren(...this.#axes({ x, y, x0, x1, low, high, width, height }),
      ...this.#curves(x, y, Math.max(1, Math.floor(wide))), ...this.#cross(x, y, height));
  }

  #axes({ x, y, x0, x1, low, high, width, height }) {
    const parts = [];
    for (const value of ticks(low, high, (height - TOP - BOTTOM) / 46)) {
      parts.push(svg('line', { class: 'grid', x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }),
        svg('text', { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }, this.how.y(value)));
    }
    for (const value of ticks(x0, x1, width / 90)) {
      parts.push(svg('line', { class: 'axis', x1: x(value), x2: x(value), y1: height - BOTTOM,
        y2: height - BOTTOM + 4 }));
      parts.push(svg('text', { x: x(value), y: height - 8, 'text-anchor':
        x(value) > width - 60 ? 'end' : 'middle' }, this.how.x(value)));
    }
    parts.push(svg('line', { class: 'axis', x1: LEFT, x2: width - RIGHT, y1: height - BOTTOM,
      y2: height - BOTTOM }));
    return parts;
  }

  #curves(x, y, columns) {
    const parts = [];
    this.how.series.forEach((series, i) => {
      const list = thin(this.points[i], columns);
      const line = list.map((point, k) =>
        `${k === 0 ? 'M' : 'L'}${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`).join('');
      const group = svg('g', { class: series.style });
      group.append(svg('path', { class: series.dots ? 'curve' : 'curve thin', d: line }));
      if (series.dots && list.length < 80)
        for (const point of list)
          group.append(svg('circle', { cx: x(point[0]), cy: y(point[1]), r: 3.2 }));
      if (series.name)
        group.append(svg('text', { class: 'name', y: TOP + 6,
          x: this.view.clientWidth - RIGHT - 88 * (this.how.series.length - i) }, series.name));
      parts.push(group);
    });
    return parts;
  }

  #cross(x, y, height) {
    this.readout.textContent = '';
    if (this.at === null || this.points[0].length === 0) return [];
    const found = this.points[0][nearest(this.points[0], this.at)];
    const parts = [svg('line', { class: 'cross', x1: x(found[0]), x2: x(found[0]), y1: TOP,
      y2: height - BOTTOM })];
    const texts = [this.how.x(found[0])];
    this.points.forEach((list, i) => {
      if (list.length === 0) return;
      const point = list[nearest(list, found[0])];
      const { name, style } = this.how.series[i];
      parts.push(svg('g', { class: style },
        svg('circle', { class: 'mark', cx: x(point[0]), cy: y(point[1]), r: 4 })));
      texts.push(`${name ? `${name} ` : ''}${(this.how.exact ?? this.how.y)(point[1])}`);
    });
    this.readout.textContent = texts.join(' · ');
    return parts;
  }
}

// The number of the point whose x is nearest.
export function nearest(list, x) {
  let low = 0;
  let high = list.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][0] < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - list[low - 1][0] < list[low][0] - x ? low - 1 : low;
}
