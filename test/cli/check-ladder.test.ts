/** `clew check --consistency …` on the examples: the borders of the ladder, and what each says of one level. */
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unlimited } from '../../src/checkers/budget.ts';
import { judgeFile } from '../../src/cli/check-job.ts';
import { readHistory } from '../../src/history/codecs/read.ts';
import { specs } from '../../src/spec/specs.ts';

const examples = join(import.meta.dirname, '..', '..', 'histories', 'examples');

async function check(file: string, consistency: string, dot?: string) {
  const path = join(examples, file);
  return judgeFile(
    path,
    await readHistory(path),
    specs.get(file.split('/')[0]!)!,
    {
      spec: '',
      consistency,
      initial: undefined,
      nilReadsAny: false,
      independent: false,
      witness: false,
      dot,
    },
    unlimited,
  );
}

const borders: readonly [file: string, holds: readonly string[], violated: readonly string[]][] = [
  ['txn-list-append/valid/in-turn.edn', ['strict-serializable'], []],
  ['txn-list-append/invalid/write-skew.edn', ['strong-snapshot-isolation'], ['repeatable-read']],
  [
    'txn-rw-register/invalid/long-fork.jsonl',
    ['parallel-snapshot-isolation'],
    ['prefix', 'repeatable-read', 'snapshot-isolation'],
  ],
  [
    'txn-rw-register/invalid/lost-update.jsonl',
    ['prefix'],
    ['parallel-snapshot-isolation', 'repeatable-read', 'snapshot-isolation'],
  ],
  ['txn-rw-register/valid/unknown-write-was-seen.jsonl', ['strict-serializable'], []],
  ['kv/valid/in-turn.jsonl', ['linearizable'], []],
  [
    'kv/invalid/each-sees-its-own-order.jsonl',
    ['causal-memory', 'monotonic-reads'],
    ['eventual', 'read-your-writes'],
  ],
];

for (const [file, holds, violated] of borders) {
  test(`${file}: the strongest that hold are ${holds}; the weakest violated ${violated.join(', ') || 'none'}`, async () => {
    const { json, exit, text } = await check(file, 'ladder');
    expect([...(json['holds'] as string[])].sort()).toEqual(holds);
    expect([...(json['violated'] as string[])].sort()).toEqual(violated);
    expect(json['valid']).toBe(violated.length === 0);
    expect(exit).toBe(violated.length === 0 ? 0 : 1);
    expect(Object.keys(json['levels'] as object)).toHaveLength(26);
    for (const level of violated) expect(text).toContain(`Not ${level}:`);
    const linearizable = await check(file, 'linearizable');
    expect(linearizable.json['valid'], 'the folder states the verdict').toBe(file.includes('/valid/'));
  });
}

test('one level is answered with its story, and its graph is written', async () => {
  const dot = join(tmpdir(), `clew-${process.pid}.dot`);
  const { json, text } = await check('txn-rw-register/invalid/lost-update.jsonl', 'snapshot-isolation', dot);
  expect(json['valid']).toBe(false);
  expect(json['anomaly']).toMatchObject({ kind: 'lost-update', level: 'snapshot-isolation' });
  expect(text).toContain('T1 and T2 both read x = null and then wrote x');
  expect(readFileSync(dot, 'utf8')).toMatch(/^digraph violation \{/);
  rmSync(dot);
});

test('anomalies are named as Adya and Elle name them', async () => {
  const { json } = await check('txn-list-append/invalid/write-skew.edn', 'ladder');
  expect(json['found']).toEqual({ 'G2-item': 1 });
});

test('a level for single operations refuses a history of transactions', async () => {
  await expect(check('txn-rw-register/invalid/long-fork.jsonl', 'causal')).rejects.toThrow(
    'causal judges single reads and writes, and this history has transactions; expected one of: read-uncommitted',
  );
});

test('the text form, which says nothing of real time, is not judged for linearizability', async () => {
  const recorded = { events: [], format: 'txn-text', lineOf: () => 1 };
  const options = {
    spec: '',
    initial: undefined,
    nilReadsAny: false,
    independent: false,
    witness: false,
    dot: undefined,
  };
  const spec = specs.get('txn-rw-register')!;
  expect(() =>
    judgeFile('h.txt', recorded, spec, { ...options, consistency: 'linearizable' }, unlimited),
  ).toThrow('the text form says nothing about real time');
  const { json } = judgeFile(
    'h.txt',
    recorded,
    spec,
    { ...options, consistency: 'strict-serializable' },
    unlimited,
  );
  expect(json['valid']).toBe('unknown');
});
