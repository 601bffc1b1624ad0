// How numbers and bytes are written for people.

const grouped = new Intl.NumberFormat('en');

export const count = (n) => grouped.format(n);

export function real(x, digits = 2) {
  if (!Number.isFinite(x)) return x > 0 ? '∞' : '–';
  return x.toFixed(digits);
}

export function percent(p) {
  if (p >= 0.9995 && p < 1) return '> 99.9 %';
  if (p > 0 && p < 0.0005) return p < 1e-6 ? '< 0.0001 %' : `${(100 * p).toPrecision(1)} %`;
  return `${(100 * p).toFixed(p < 0.1 ? 2 : 1)} %`;
}

export function size(bytes) {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? `${count(bytes)} bytes` : `${value.toPrecision(3)} ${units[unit]}`;
}

export function amount(n) {
  const units = ['', 'K', 'M', 'B'];
  let unit = 0;
  let value = n;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return unit === 0 ? count(n) : `${value.toPrecision(3)}${units[unit]}`;
}

export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

export function duration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, '0');
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)} min`;
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)} h`;
}

const controls = ['nul', 'soh', 'stx', 'etx', 'eot', 'enq', 'ack', 'bel', 'bs', 'tab', 'line feed',
  'vt', 'ff', 'return', 'so', 'si', 'dle', 'dc1', 'dc2', 'dc3', 'dc4', 'nak', 'syn', 'etb', 'can',
  'em', 'sub', 'esc', 'fs', 'gs', 'rs', 'us'];

export const hex = (byte) => `0x${byte.toString(16).padStart(2, '0').toUpperCase()}`;

// A symbol is a byte, or the name of one that is none.
export function symbolName(symbol) {
  if (typeof symbol !== 'number') return symbol;
  if (symbol < 32) return controls[symbol];
  if (symbol === 32) return 'space';
  if (symbol === 127) return 'del';
  return symbol < 127 ? String.fromCharCode(symbol) : hex(symbol);
}

// Short enough for a box that one letter fits in.
export function symbolSign(symbol) {
  if (typeof symbol !== 'number') return '◦';
  if (symbol === 10) return '↵';
  if (symbol === 9) return '⇥';
  if (symbol === 32) return '␣';
  if (symbol > 32 && symbol < 127) return String.fromCharCode(symbol);
  return symbol.toString(16).padStart(2, '0').toUpperCase();
}
