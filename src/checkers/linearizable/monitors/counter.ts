/**
 * Counters to which always the same amount is added, so that a value tells how many adds came before it. Lazily (see
 * `interchangeable.ts`) the counter is at any time as low as it can be, so a read that completes either was reached on
 * the way, or adds that have begun must bring the counter to its value, or it has been passed before the read began.
 *
 *     p0  |--add 1--|              |--add 1------------|
 *     p1               |--read 2--|                            only one add can have taken effect: not linearizable
 *
 * Exact with crashed operations too. It declines unequal amounts and numbers that are not whole.
 */
import type { Operation } from '../../../history/history.ts';
import { Pending, walk } from './interchangeable.ts';
import type { Monitor, MonitorVerdict } from './monitor.ts';

export const counterMonitor: Monitor = {
  name: 'counter monitor (equal amounts)',
  judge(operations, initial) {
    const { value } = initial as { value: unknown };
    const amount = amountOf(operations);
    if (amount === undefined || !Number.isSafeInteger(value)) return undefined;
    if (!Number.isSafeInteger(Math.abs(value as number) + Math.abs(amount) * operations.length))
      return undefined;
    return judge(operations, value as number, amount);
  },
};

/** What every add adds; `undefined` when that differs, or when an operation is none that the monitor knows. */
function amountOf(operations: readonly Operation[]): number | undefined {
  let amount: number | undefined;
  for (const { f, type, input, output } of operations) {
    if (f === 'read') {
      if (type === 'ok' && !Number.isSafeInteger(output)) return undefined;
    } else if (f !== 'add' || !Number.isSafeInteger(input) || input === 0) return undefined;
    else if (amount === undefined) amount = input as number;
    else if (amount !== input) return undefined;
  }
  return amount ?? 1;
}

function judge(operations: readonly Operation[], first: number, amount: number): MonitorVerdict {
  const adds = new Pending(operations);
  /** By value, the pending reads that wait for it. */
  const waiting = new Map<number, number[]>();
  const done = new Uint8Array(operations.length);
  const order: number[] = [];
  let value = first;
  const read = (operation: number): void => {
    done[operation] = 1;
    order.push(operation);
  };
  const add = (operation: number): void => {
    order.push(operation);
    value += amount;
    waiting.get(value)?.forEach(read);
    waiting.delete(value);
  };
  const invoke = (operation: number): void => {
    const { f, type, output } = operations[operation]!;
    if (f === 'add') adds.add(operation);
    else if (type === 'info') return;
    else if (output === value) read(operation);
    else {
      const same = waiting.get(output as number);
      if (same) same.push(operation);
      else waiting.set(output as number, [operation]);
    }
  };
  const complete = (operation: number): boolean => {
    if (operations[operation]!.f === 'add') {
      if (adds.remove(operation)) add(operation);
      return true;
    }
    const missing = ((operations[operation]!.output as number) - value) / amount;
    if (done[operation] === 1) return true;
    if (missing < 0 || !Number.isInteger(missing)) return false;
    for (let i = 0; i < missing; i++) {
      const next = adds.take();
      if (next === undefined) return false;
      add(next);
    }
    return true;
  };
  const stuck = walk(operations, invoke, complete);
  return stuck === undefined ? { valid: true, order } : { valid: false, culprits: [], operation: stuck };
}
