// What the page asks of the server: its models, and completions as a whole or as a stream.

export class ServerError extends Error {
  constructor(status, message, retry) {
    super(message);
    this.status = status; // 0: no answer came
    this.retry = retry; // seconds to wait; 0: not told
  }
}

const keep = {
  read() {
    try {
      return sessionStorage.getItem('axl.key') ?? '';
    } catch {
      return '';
    }
  },
  write(key) {
    try {
      sessionStorage.setItem('axl.key', key);
    } catch { /* it is known until the page is left, then */ }
  },
};
let key = keep.read();

export function useKey(text) {
  key = text.trim();
  keep.write(key);
}

async function failure(response) {
  let message = `The server answered ${response.status}.`;
  try {
    const body = await response.json();
    message = body.error?.message ?? body.error ?? message;
  } catch { /* no JSON: the status has to do */ }
  return new ServerError(response.status, String(message),
    Number(response.headers.get('Retry-After')) || 0);
}

async function ask(path, options) {
  const headers = { ...options.headers };
  if (key) headers.Authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: 'no-store' });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ServerError(0, 'The server cannot be reached.', 0);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

export async function models() {
  const body = await (await ask('/v1/models', {})).json();
  return body.data ?? [];
}

const post = (body, signal) => ask('/v1/completions', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
  signal,
});

export async function complete(body, signal) {
  return (await post(body, signal)).json();
}

// Events of a body of text/event-stream, as JSON values; ends with [DONE].
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new ServerError(0, 'The answer broke off.', 0);
    rest += value;
    const lines = rest.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const text = line.slice(5).trim();
      if (text === '[DONE]') return;
      yield JSON.parse(text);
    }
  }
}

// Calls onChunk with each chunk as it comes.
export async function stream(body, signal, onChunk) {
  const response = await post({ ...body, stream: true,
    stream_options: { include_usage: true } }, signal);
  for await (const chunk of events(response.body)) {
    if (chunk.error) throw new ServerError(0, chunk.error.message ?? String(chunk.error), 0);
    onChunk(chunk);
  }
}
