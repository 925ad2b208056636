import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkLinearizable } from '../../../src/checkers/linearizable/linearizable.ts';
import { readHistory } from '../../../src/history/codecs/read.ts';
import type { AnySpec } from '../../../src/spec/spec.ts';
import { specs } from '../../../src/spec/specs.ts';

const root = fileURLToPath(new URL('../../../histories/examples/', import.meta.url));
// Folders of transactional specs hold histories of other levels.
const folders = readdirSync(root).filter((name) => specs.has(name) && !name.startsWith('txn-'));

const files = folders.flatMap((spec) =>
  (['valid', 'invalid'] as const).flatMap((verdict) =>
    readdirSync(`${root}${spec}/${verdict}`).map((file) => ({ spec, verdict, file })),
  ),
);

test.each(files)('$spec: $file is $verdict', async ({ spec, verdict, file }) => {
  const { events } = await readHistory(`${root}${spec}/${verdict}/${file}`);
  expect(checkLinearizable(specs.get(spec) as AnySpec, events).valid).toBe(verdict === 'valid');
});

test('every spec of an object has an example of both verdicts', () => {
  const objects = [...specs.keys()].filter((name) => !name.startsWith('txn-'));
  expect(folders.sort()).toEqual(objects.sort());
});
