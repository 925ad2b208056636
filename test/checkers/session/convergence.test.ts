/** Convergence is judged where a history has come to rest. */
import { expect, test } from 'vitest';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import type { HistoryEvent } from '../../../src/history/history.ts';
import { deliveredReads, transactionsFromEvents } from '../../../src/history/transactions-from-events.ts';

/** `0 w 1`, `1 r 0`: process, function, value; `…?` is an info. */
function history(...lines: string[]): HistoryEvent[] {
  return lines.flatMap((line) => {
    const [process, f, value] = line.split(' ') as [string, string, string];
    const base = { process: Number(process), f: f === 'w' ? 'write' : 'read', key: 'x' };
    const known = Number.parseInt(value, 10);
    return [
      { ...base, type: 'invoke', value: f === 'w' ? known : null } as const,
      { ...base, type: value.endsWith('?') ? 'info' : 'ok', value: known } as const,
    ];
  });
}
const verdict = (events: HistoryEvent[]) =>
  checkLevel(transactionsFromEvents(events, { initial: 0 }), 'eventual').verdict;

test('copies that agree after the last write have converged', () => {
  expect(verdict(history('0 w 1', '1 r 0', '1 r 1', '0 r 1'))).toBe('holds');
});

test('copies that still differ after the last write have not', () => {
  expect(verdict(history('0 w 1', '1 w 2', '0 r 1', '1 r 2'))).toBe('violated');
});

test('a write of unknown outcome may still arrive, so nothing is at rest', () => {
  expect(verdict(history('0 w 1', '1 w 2?', '0 r 1', '2 r 2'))).toBe('unknown');
});

test('reads at rest by one process alone say nothing', () => {
  expect(verdict(history('0 w 1', '1 r 1', '1 r 1'))).toBe('unknown');
});

test('a history without a read at rest says nothing', () => {
  expect(verdict(history('0 r 0', '0 w 1'))).toBe('unknown');
});

test('reads that had the same writes delivered must return the same', () => {
  const events = (second: number): HistoryEvent[] =>
    [1, second].flatMap((value, process) => [
      { process, type: 'invoke', f: 'read', key: 'x', value: null } as const,
      {
        process,
        type: 'ok',
        f: 'read',
        key: 'x',
        value: { value, delivered: process === 0 ? ['a', 'b'] : ['b', 'a'] },
      } as const,
    ]);
  const check = (second: number) =>
    checkLevel(transactionsFromEvents(events(second), { initial: 1 }), 'strong-eventual', {
      delivered: deliveredReads(events(second)),
    });
  expect(check(1).verdict).toBe('holds');
  expect(check(2).verdict).toBe('violated');
  expect(checkLevel(transactionsFromEvents(history('0 w 1')), 'strong-eventual').reason).toBe(
    'no read carries what had been delivered to it',
  );
});
