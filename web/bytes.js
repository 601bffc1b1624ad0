// Between texts, bytes and what a server says about bytes.
//
// A unit is one character of the text with what is known of its bytes:
//   { text, infos: [info, ...] | null, stale }      null: nothing is known yet
// An info is what the model expected in the place of one byte:
//   { symbol, bits, p, top: [{ symbol, p }], gate: [fine, medium, coarse] | null }
// where bits and p are NaN for the first byte of a text.

const encoder = new TextEncoder();

export const encode = (text) => encoder.encode(text);

export const unitsOf = (text) =>
  Array.from(text, (character) => ({ text: character, infos: null, stale: false }));

// A lone surrogate is written as U+FFFD, which has three bytes as well.
export function unitSize(unit) {
  const code = unit.text.codePointAt(0);
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

export const bytesOf = (unit) => Array.from(encoder.encode(unit.text));

// What stands for a token: a byte, or a name.
export function symbolOf(token) {
  if (token.length === 1) return token.charCodeAt(0);
  const named = /^bytes:\\x([0-9a-f]{2})$/.exec(token);
  return named ? parseInt(named[1], 16) : token;
}

const bitsOf = (logprob) => (logprob <= -9999 ? Infinity : -logprob / Math.LN2 || 0);

function infoOf(token, logprob, others, gate) {
  const known = typeof logprob === 'number';
  const top = Object.entries(others ?? {}).map(([name, value]) =>
    ({ symbol: symbolOf(name), p: Math.exp(value) }));
  top.sort((a, b) => b.p - a.p);
  return {
    symbol: symbolOf(token),
    bits: known ? bitsOf(logprob) : NaN,
    p: known ? Math.exp(logprob) : NaN,
    top,
    gate: gate ?? null,
  };
}

// Of a choice of /v1/completions; [] where it has no probabilities.
export function infosOf(choice) {
  const probs = choice.logprobs;
  if (!probs) return [];
  const gates = choice.axl?.gates;
  return probs.tokens.map((token, i) =>
    infoOf(token, probs.token_logprobs[i], probs.top_logprobs?.[i], gates?.[i]));
}

const bare = (byte) => ({ symbol: byte, bits: NaN, p: NaN, top: [], gate: null });

// How many bytes the character that begins with this byte has; 0: none begins with it.
function lengthFrom(byte) {
  if (byte < 0x80) return 1;
  if (byte >= 0xC2 && byte < 0xE0) return 2;
  if (byte >= 0xE0 && byte < 0xF0) return 3;
  return byte >= 0xF0 && byte < 0xF5 ? 4 : 0;
}

// Makes units of bytes that come one after another; what is no UTF-8 becomes U+FFFD.
export class UnitReader {
  #held = [];

  // infos: of bytes alone. Returns the units that are complete.
  add(infos) {
    const units = [];
    for (const info of infos) {
      if (typeof info.symbol !== 'number') continue;
      this.#held.push(info);
      this.#take(units, false);
    }
    return units;
  }

  addBytes(bytes) {
    return this.add(Array.from(bytes, bare));
  }

  end() {
    const units = [];
    this.#take(units, true);
    return units;
  }

  #take(units, all) {
    while (this.#held.length > 0) {
      const need = lengthFrom(this.#held[0].symbol);
      const have = this.#held.slice(0, need);
      const goes = need > 0 && have.slice(1).every((info) => (info.symbol & 0xC0) === 0x80);
      if (goes && have.length < need && !all) return;
      const text = goes && have.length === need ? decode(have) : null;
      const infos = this.#held.splice(0, text === null ? 1 : need);
      const known = text !== null && infos.every((info) => !Number.isNaN(info.bits));
      units.push({ text: text ?? '\uFFFD', infos: known ? infos : null, stale: false });
    }
  }
}

// null: a character that there is not, as half of a pair of surrogates.
function decode(infos) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(Uint8Array.from(infos, (info) => info.symbol));
  } catch {
    return null;
  }
}
