// The programs of docs/serving.md, as they stand there but for the address, and what they must
// print.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCases, Server } from './box.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const page = readFileSync(join(here, '../../docs/serving.md'), 'utf8');
const server = await Server.start(['--name', 'my-model']);
const box = mkdtempSync(join(tmpdir(), 'axl-examples-'));

const complete = async (more) => (await server.json('/v1/completions', { model: 'my-model',
  temperature: 0, max_tokens: 64, prompt: 'def main(', ...more })).choices[0].text;
const chat = async (more) => (await server.json('/v1/chat/completions', { model: 'my-model',
  temperature: 0, max_tokens: 64, messages: [{ role: 'user', content: 'Write a function.' }],
  ...more })).choices[0].message.content;
const suffix = '\n    return 0\n';

// By the package that the program imports first.
const expected = {
  openai: async () => `${await complete()}\n${await complete({ suffix, max_tokens: 32 })}`,
  '@langchain/openai': async () => `${await complete()}\n32 numbers\n`,
  '@langchain/ollama': async () => `${await chat()}\n`,
  '@llamaindex/openai': async () => `${await chat({ top_p: 1 })}\n`,
  '@ai-sdk/openai-compatible': () => chat(),
  ollama: async () => `${await complete({ suffix })}\n`,
};

async function runProgram(text) {
  const file = join(box, 'program.mjs');
  writeFileSync(file, text.replaceAll('http://127.0.0.1:8880', server.url));
  const child = spawn(process.execPath, ['--import', join(here, 'modules.mjs'), file]);
  let out = '';
  let complaints = '';
  child.stdout.on('data', (part) => { out += part; });
  child.stderr.on('data', (part) => { complaints += part; });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, complaints);
  return out;
}

const programs = new Map(Array.from(page.matchAll(/^```js\n([^]*?)^```$/gm), ([, text]) =>
  [/^import .* from '(.*)';$/m.exec(text)[1], text]));

const cases = {
  'every client has a program there'() {
    assert.deepEqual([...programs.keys()].sort(), Object.keys(expected).sort());
  },
};
for (const [name, text] of programs)
  cases[`the program for ${name}`] = async () =>
    assert.equal(await runProgram(text), await expected[name]());
process.on('exit', () => rmSync(box, { recursive: true }));
await runCases(cases, server);
