import { expect, test } from 'vitest';
import type { EventType, HistoryEvent } from '../../src/history/history.ts';
import { operationsOf } from '../../src/history/operations.ts';

/** `'0 invoke write 1'` as an event. */
function history(...lines: string[]): HistoryEvent[] {
  return lines.map((line) => {
    const [process, type, f, value = 'null'] = line.split(' ') as [string, EventType, string, string?];
    return { process: Number(process), type, f, value: JSON.parse(value) };
  });
}

test('an operation is an invocation and its completion', () => {
  const operations = operationsOf(
    history('0 invoke write 1', '1 invoke read', '1 ok read 1', '0 ok write 1'),
  );
  expect(operations).toEqual([
    { id: 0, process: 0, f: 'write', input: 1, output: 1, type: 'ok', invoked: 0, completed: 3 },
    { id: 1, process: 1, f: 'read', input: null, output: 1, type: 'ok', invoked: 1, completed: 2 },
  ]);
});

test('a failed operation did not happen, and ids close the gap', () => {
  const operations = operationsOf(
    history('0 invoke write 1', '0 fail write 1', '0 invoke read', '0 ok read 0'),
  );
  expect(operations.map(({ id, f }) => [id, f])).toEqual([[0, 'read']]);
});

test('an operation without an outcome may take effect at any later time', () => {
  const operations = operationsOf(history('0 invoke write 1', '0 info write 1', '1 invoke write 2'));
  expect(operations.map(({ type, output, completed }) => [type, output, completed])).toEqual([
    ['info', undefined, Number.POSITIVE_INFINITY],
    ['info', undefined, Number.POSITIVE_INFINITY],
  ]);
});

test.each([
  [['0 ok read 1'], "event 1: process 0 completes 'read' (ok), which it has not invoked"],
  [
    ['0 invoke read', '0 invoke write 1'],
    "event 2: process 0 invokes 'write' while its 'read' of event 1 is still open",
  ],
  [
    ['0 invoke read', '0 ok write 1'],
    "event 2: process 0 completes 'write' (ok), but its open operation is 'read' of event 1",
  ],
  [
    ['0 invoke read', '0 ok read 1', '0 ok read 1'],
    "event 3: process 0 completes 'read' (ok), which it has not invoked",
  ],
])('%j is refused', (lines, message) => {
  expect(() => operationsOf(history(...lines))).toThrow(message);
});
