// Makes the models of the tests in a second each: `fills` knows the symbols of fill-in-the-middle,
// `plain` does not. Both write Python-like lines of ASCII.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { models, run } from './box.mjs';

rmSync(models, { recursive: true, force: true });
mkdirSync(models, { recursive: true });
const text = Array.from({ length: 400 }, (_, i) =>
  `def function_${i}(value):\n    return value + ${i * i}\n\n`).join('');
writeFileSync(join(models, 'text.py'), text);

for (const [name, vocabulary] of [['fills', 264], ['plain', 258]]) {
  const settings = ['d_model=32', 'n_heads=2', 'd_ff=48', 'n_layers_per_scale=1', 'max_seq_len=256',
    'batch=2', `vocab_size=${vocabulary}`];
  const { code, text: said } = await run(['train', '--data', join(models, 'text.py'), '--out',
    join(models, name), '--steps', '300', '--quick', '--threads', '1',
    ...settings.flatMap((setting) => ['--set', setting])]);
  assert.equal(code, 0, said);
}
