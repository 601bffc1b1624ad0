// A server for the page that does as it is told, so that what a real one does seldom can be shown:
// keys, a full queue, answers that break off. Its model counts which bytes follow which in this
// folder's files.
//
//   const mock = await startMock(); mock.url, mock.state, mock.close()

import { createServer } from 'node:http';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const media = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml' };

// The policy that the server sends, from the only place that it is written in.
function policy() {
  const header = readFileSync(join(root, 'src/server/page.h'), 'utf8');
  const text = /#define PAGE_POLICY([^#]*)/.exec(header)[1];
  return Array.from(text.matchAll(/"([^"]*)"/g), (found) => found[1]).join('');
}

// ---- the model ----

const ORDER = 4;

function countBytes() {
  const tables = new Map(); // the last bytes, as a text -> [counts of what follows, their sum]
  for (const file of readdirSync(join(root, 'web'))) {
    const bytes = readFileSync(join(root, 'web', file)).toString('latin1');
    for (let i = 0; i < bytes.length; i++) {
      for (let order = 0; order <= Math.min(ORDER, i); order++) {
        const key = bytes.slice(i - order, i);
        if (!tables.has(key)) tables.set(key, [new Map(), 0]);
        const row = tables.get(key);
        row[0].set(bytes[i], (row[0].get(bytes[i]) ?? 0) + 1);
        row[1]++;
      }
    }
  }
  return tables;
}

const tables = countBytes();

// [256] probabilities behind a text of bytes: each longer context takes its share of the shorter.
function expect(text) {
  let p = new Array(256).fill(1 / 256);
  for (let order = 0; order <= Math.min(ORDER, text.length); order++) {
    const row = tables.get(text.slice(text.length - order));
    if (!row) break;
    const share = row[1] / (row[1] + row[0].size);
    p = p.map((x) => x * (1 - share));
    for (const [byte, n] of row[0]) p[byte.charCodeAt(0)] += share * n / row[1];
  }
  return p;
}

// Words begin with the coarse scale and end with the fine one.
function gateOf(text) {
  const inside = /[A-Za-z]*$/.exec(text)[0].length;
  const row = [1 + inside, 2, 3 / (1 + inside) + (text.length % 4 === 3 ? 1 : 0)];
  const sum = row[0] + row[1] + row[2];
  return row.map((x) => Number((x / sum).toFixed(6)));
}

const spell = (byte) =>
  (byte < 128 ? String.fromCharCode(byte) : `bytes:\\x${byte.toString(16)}`);

function reported(text, byte, top) {
  const p = expect(text);
  const order = p.map((x, i) => i).sort((a, b) => p[b] - p[a]).slice(0, top);
  const others = {};
  for (const i of [...order, byte]) others[spell(i)] = Math.log(p[i]);
  return { token: spell(byte), logprob: Math.log(p[byte]), others, gate: gateOf(text) };
}

function logprobsOf(rows, firstUnknown) {
  return {
    tokens: rows.map((row) => row.token),
    token_logprobs: rows.map((row, i) => (i === 0 && firstUnknown ? null : row.logprob)),
    top_logprobs: rows.map((row, i) => (i === 0 && firstUnknown ? null : row.others)),
    text_offset: rows.map((_, i) => i),
  };
}

// ---- the server ----

function sendError(response, status, message, fields = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...fields });
  response.end(JSON.stringify({ error: { message, type: 'x', param: null, code: null } }));
}

const promptOf = (body) => (Array.isArray(body.prompt)
  ? Buffer.from(body.prompt).toString('latin1') : Buffer.from(body.prompt ?? '').toString('latin1'));

function choiceOf(body, rows, firstUnknown, end, decoder = new TextDecoder()) {
  const bytes = Uint8Array.from(rows, (row) => row.byte);
  const text = decoder.decode(bytes, { stream: end === null });
  const choice = { index: 0, text, logprobs: null, finish_reason: end };
  if (body.logprobs !== undefined && rows.length > 0) {
    choice.logprobs = logprobsOf(rows, firstUnknown);
    if (body.axl?.gates)
      choice.axl = { gates: rows.map((row, i) => (i === 0 && firstUnknown ? null : row.gate)) };
  }
  return choice;
}

function echo(body, response) {
  const text = promptOf(body);
  const rows = Array.from(text, (c, i) =>
    ({ byte: c.charCodeAt(0), ...reported(text.slice(0, i), c.charCodeAt(0), body.logprobs) }));
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ object: 'text_completion',
    choices: [choiceOf(body, rows, true, 'length')] }));
}

// Writes the words that state.script holds, then what is most probable.
async function* bytesOf(body, state) {
  let text = promptOf(body);
  const script = Buffer.from(state.script).toString('latin1');
  for (let i = 0; i < (body.max_tokens ?? 16); i++) {
    const p = expect(text);
    const byte = i < script.length ? script.charCodeAt(i) : p.indexOf(Math.max(...p));
    yield { byte, ...reported(text, byte, body.logprobs ?? 0) };
    text += String.fromCharCode(byte);
  }
}

async function streamTo(body, response, state) {
  const send = (chunk) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  const counts = { prompt_tokens: promptOf(body).length, completion_tokens: 0,
    prompt_tokens_details: { cached_tokens: 4 } };
  response.on('close', () => {
    if (!response.writableFinished) state.left++;
  });
  const decoder = new TextDecoder();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for await (const row of bytesOf(body, state)) {
    if (response.destroyed) return;
    send({ choices: [choiceOf(body, [row], false, null, decoder)], usage: null });
    counts.completion_tokens++;
    if (state.breakAfter && counts.completion_tokens === state.breakAfter) {
      response.destroy();
      return;
    }
    await new Promise((go) => setTimeout(go, state.pace));
  }
  send({ choices: [choiceOf(body, [], false, 'length', decoder)], notes: state.notes, usage: null });
  send({ choices: [], usage: counts, timings: { predicted_per_second: 1234.5 } });
  response.end('data: [DONE]\n\n');
}

async function completions(request, response, state) {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  const body = JSON.parse(text);
  state.requests.push(body);
  if (state.refuse) {
    const { status, message, retry } = state.refuse;
    state.refuse = null;
    sendError(response, status, message, retry ? { 'Retry-After': String(retry) } : {});
  } else if (body.echo) {
    echo(body, response);
  } else {
    await streamTo(body, response, state);
  }
}

const models = { object: 'list', data: [
  { id: 'axl-mock', object: 'model',
    meta: { n_ctx_train: 1024, n_params: 12799744, infill: true } },
  { id: 'axl-plain', object: 'model',
    meta: { n_ctx_train: 256, n_params: 999960, infill: false } }] };

function file(path, response, state) {
  const name = path === '/' ? '/index.html' : path;
  const type = media[extname(name)];
  if (!type || !readdirSync(join(root, 'web')).includes(name.slice(1))) {
    sendError(response, 404, `there is no ${path}`);
    return;
  }
  response.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': state.policy });
  response.end(readFileSync(join(root, 'web', name.slice(1))));
}

function answer(request, response, state) {
  const path = new URL(request.url, 'http://mock').pathname;
  const needsKey = path.startsWith('/v1/') && state.key;
  if (needsKey && request.headers.authorization !== `Bearer ${state.key}`) {
    sendError(response, 401, 'a key is needed');
  } else if (path === '/v1/models') {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(models));
  } else if (path === '/v1/completions') {
    completions(request, response, state).catch(() => response.destroy());
  } else if (path === '/train.json') {
    state.train(request, response);
  } else {
    file(path, response, state);
  }
}

export async function startMock() {
  const state = { key: '', refuse: null, breakAfter: 0, pace: 1, script: '', notes: [], left: 0,
    requests: [], policy: policy(), train: (_, response) => sendError(response, 404, 'no run') };
  const server = createServer((request, response) => answer(request, response, state));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, state, close };
}
