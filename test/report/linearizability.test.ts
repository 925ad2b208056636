import { expect, test } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { LimitedBudget } from '../../src/checkers/budget.ts';
import { linearizabilityChecker } from '../../src/checkers/linearizable/linearizable.ts';
import type { Operation } from '../../src/history/history.ts';
import { operationsOf } from '../../src/history/operations.ts';
import { explain } from '../../src/report/linearizability.ts';
import { explanationText } from '../../src/report/linearizability-text.ts';
import { timeline } from '../../src/report/timeline.ts';
import type { AnySpec } from '../../src/spec/spec.ts';
import { specs } from '../../src/spec/specs.ts';
import { generateHistory, type Wanted } from '../bench/generate-history.ts';
import { bruteForce } from '../checkers/linearizable/brute-force.ts';
import { randomHistory } from '../checkers/linearizable/random-history.ts';
import { shapes } from '../checkers/linearizable/shapes.ts';

function explained(spec: AnySpec, operations: readonly Operation[], initial?: Json) {
  const result = linearizabilityChecker(spec).check(operations, initial === undefined ? {} : { initial });
  if (result.valid !== false) throw new Error('expected a history that is not linearizable');
  const budget = new LimitedBudget({ timeMs: 20_000 });
  return explain(spec, operations, { culprits: result.culprits, failed: result.operation, initial, budget });
}

test.each([
  ['register', 'uniq', 4],
  ['cas-register', 'cas', 8],
  ['queue', 'queue', 4],
  ['stack', 'stack', 4],
  ['set', 'set', 3],
  ['grow-set', 'gset', 3],
] as const)('a bad history of 300 operations on a %s comes down to a few', (name, model, atMost) => {
  const wanted: Wanted = { model, clients: 4, operations: 300, infoPercent: 0, bad: true };
  const spec = specs.get(name) as AnySpec;
  const initial = model === 'uniq' || model === 'cas' ? null : undefined;
  const operations = operationsOf(generateHistory(wanted)).filter(
    (operation, _, all) =>
      name !== 'set' || operation.input === all.at(-1)?.input || Number(operation.input) > 1000,
  );
  const { minimal, isMinimal } = explained(spec, operations, initial);
  expect(isMinimal).toBe(true);
  expect(minimal.length).toBeLessThanOrEqual(atMost);
  expect(bruteForce(spec, minimal, initial === null ? { value: null } : undefined)).toBe(false);
});

test('what is kept is not linearizable by itself, and is when the answer that fails was never heard', () => {
  for (const name of ['register', 'cas-register', 'counter', 'queue', 'mutex']) {
    const shape = shapes[name]!;
    const random = new Random(7);
    for (let run = 0; run < 60; run++) {
      const size = { operations: 9, processes: 3, crash: 0.1, twist: 0.3 };
      const operations = operationsOf(randomHistory(shape, random, size));
      if (bruteForce(shape.spec, operations)) continue;
      const { minimal, operation } = explained(shape.spec, operations);
      expect(bruteForce(shape.spec, minimal)).toBe(false);
      const unheard = minimal.map(
        (one): Operation =>
          one.id === operation.id
            ? { ...one, type: 'info', output: undefined, completed: Number.POSITIVE_INFINITY }
            : one,
      );
      expect(bruteForce(shape.spec, unheard)).toBe(true);
    }
  }
});

test('a stale read is told with its reason, drawn, and with what it could have answered', () => {
  const operations = operationsOf([
    { process: 0, type: 'invoke', f: 'write', value: 1 },
    { process: 0, type: 'ok', f: 'write', value: 1 },
    { process: 2, type: 'invoke', f: 'read', value: null },
    { process: 2, type: 'ok', f: 'read', value: 1 },
    { process: 0, type: 'invoke', f: 'write', value: 2 },
    { process: 0, type: 'ok', f: 'write', value: 2 },
    { process: 1, type: 'invoke', f: 'read', value: null },
    { process: 1, type: 'ok', f: 'read', value: 1 },
  ]);
  const text = explanationText(explained(specs.get('register') as AnySpec, operations), {
    total: operations.length,
    key: undefined,
    where: ({ invoked }) => `line ${invoked + 1}`,
  });
  expect(text).toBe(`  read → 1 by process 1 (line 7) has no place.
  read could have answered 2.

  These 3 operations contradict each other, whatever became of the other one:

    process 0  |--write 1--| |--write 2--|
    process 1                              |--read → 1--|
                                           ^^^^^^^^^^^^^^

  The longest orders before read → 1, and the state each leaves:

    write 1, write 2  ⇒  {"value":2}`);
});

test('an operation without an outcome stays open in the drawing, and its process goes on behind it', () => {
  const operation = {
    process: 0,
    f: 'write',
    key: 'x',
    output: undefined,
    type: 'info',
    completed: Number.POSITIVE_INFINITY,
  } as const;
  expect(
    timeline([
      { ...operation, id: 0, input: 1, invoked: 0 },
      { ...operation, id: 1, input: 2, invoked: 1 },
    ]),
  ).toEqual(['process 0  |--write 1 → ?--… |--write 2 → ?--…']);
});

test('a drawing wider than the terminal is cut into panels, between labels where it can be', () => {
  const operation = { f: 'write', type: 'ok' } as const;
  const drawing = (width?: number) =>
    timeline(
      [
        { ...operation, id: 0, process: 0, input: 1, output: 1, invoked: 0, completed: 2 },
        { ...operation, id: 1, process: 1, input: 2, output: 2, invoked: 1, completed: 5 },
        { ...operation, id: 2, process: 0, input: 3, output: 3, invoked: 3, completed: 4 },
      ],
      new Set([2]),
      width,
    );
  const [wide, narrow] = [drawing(), drawing(36)];
  expect(Math.max(...wide.map((line) => line.length))).toBeGreaterThan(36);
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(36);
  expect(narrow).toEqual([
    'process 0  |--write 1--|',
    'process 1    |--write 2--',
    '',
    'process 0  |--write 3--|',
    '           ^^^^^^^^^^^^^',
    'process 1  --------------|',
  ]);
  expect(drawing(80)).toEqual(wide);
});
