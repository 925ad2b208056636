import { expect, test } from 'vitest';
import { levels } from '../../src/checkers/ladder/lattice.ts';
import type { History, HistoryEvent } from '../../src/history/history.ts';
import { causal, consistent, sequential } from '../../src/property/consistent.ts';
import { kv } from '../../src/spec/kv.ts';
import { mutex } from '../../src/spec/mutex.ts';
import { register } from '../../src/spec/register.ts';
import { transactionalRegisters } from '../../src/spec/transactions.ts';

const event = (process: number, type: HistoryEvent['type'], f: string, value: number | null) =>
  ({ process, type, f, value }) as const;

/** Session 1 sees the two writes of session 0 in the wrong order. */
const backwards: History = [
  event(0, 'invoke', 'write', 1),
  event(0, 'ok', 'write', 1),
  event(0, 'invoke', 'write', 2),
  event(0, 'ok', 'write', 2),
  event(1, 'invoke', 'read', null),
  event(1, 'ok', 'read', 2),
  event(1, 'invoke', 'read', null),
  event(1, 'ok', 'read', 1),
];

test('a violated level comes with its argument', () => {
  const verdict = causal(register).judge(backwards);
  expect(verdict).toMatchObject({ valid: false, explanation: expect.stringContaining('contradiction') });
});

test('the level names the property', () => {
  expect(causal(kv).name).toBe('causal kv');
  expect(sequential(kv).name).toBe('sequential kv');
  expect(consistent('linearizable', kv).name).toBe('linearizable kv');
});

test('every level judges the empty history, and none by default', () => {
  for (const level of levels) {
    const verdict = consistent(level, transactionalOr(level)).judge([]);
    expect(verdict.valid, level).toBe(level === 'strong-eventual' ? 'unknown' : true);
  }
});

const transactionalOr = (level: (typeof levels)[number]) =>
  levels.indexOf(level) >= levels.indexOf('read-uncommitted') ? transactionalRegisters : kv;

test('a write of an unknown outcome may have been seen, and its session ends with it', () => {
  const seen: History = [
    event(0, 'invoke', 'write', 1),
    event(0, 'info', 'write', 1),
    event(1, 'invoke', 'read', null),
    event(1, 'ok', 'read', 1),
    event(4, 'invoke', 'read', null),
    event(4, 'ok', 'read', 0),
  ];
  expect(causal(register).judge(seen)).toEqual({ valid: true });
});

test('a search that may take no steps is unknown, never valid', () => {
  const concurrent: History = [
    event(0, 'invoke', 'write', 1),
    event(1, 'invoke', 'write', 2),
    event(0, 'ok', 'write', 1),
    event(1, 'ok', 'write', 2),
    event(0, 'invoke', 'read', null),
    event(0, 'ok', 'read', 2),
    event(1, 'invoke', 'read', null),
    event(1, 'ok', 'read', 1),
  ];
  const verdict = consistent('sequential', register, { steps: 0 }).judge(concurrent);
  expect(verdict.valid).not.toBe(true);
});

test('a level that cannot judge the spec is refused when the property is made', () => {
  expect(() => causal(mutex)).toThrow(/causal judges read, get, .* and mutex has only acquire, release/);
  expect(() => causal(transactionalRegisters)).toThrow('expected a spec of reads and writes');
  // @ts-expect-error a level that does not exist
  expect(() => consistent('casual', kv)).toThrow("'casual'");
});
