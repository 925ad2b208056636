/**
 * Mutex and semaphore: acquires and releases must alternate so that never more than all permits, nor fewer than none,
 * are free. Acquires are interchangeable, and so are releases: see `interchangeable.ts` for the algorithm.
 *
 *     p0  |--acquire--|                |--release--|
 *     p1        |--acquire-----|                            needs a release that has begun: not linearizable
 *
 * Exact with crashed operations too. It declines answers that are not plain success.
 */
import { canonicalJson } from '../../../base/json.ts';
import type { Operation } from '../../../history/history.ts';
import { Pending, walk } from './interchangeable.ts';
import type { Monitor, MonitorVerdict } from './monitor.ts';

export const mutexMonitor: Monitor = {
  name: 'mutex monitor',
  judge: (operations, initial) => judge(operations, (initial as { held: unknown }).held === false ? 1 : 0, 1),
};

export const semaphoreMonitor: Monitor = {
  name: 'semaphore monitor',
  judge(operations, initial) {
    const { free, permits } = initial as { free: unknown; permits: unknown };
    if (!Number.isSafeInteger(free) || !Number.isSafeInteger(permits) || (permits as number) < 1)
      return undefined;
    return judge(operations, free as number, permits as number);
  },
};

function judge(
  operations: readonly Operation[],
  freeAtFirst: number,
  permits: number,
): MonitorVerdict | undefined {
  if (!operations.every(succeeded)) return undefined;
  const acquires = new Pending(operations);
  const releases = new Pending(operations);
  const order: number[] = [];
  let free = freeAtFirst;
  const complete = (operation: number): boolean => {
    const acquiring = operations[operation]!.f === 'acquire';
    const [own, others] = acquiring ? [acquires, releases] : [releases, acquires];
    if (!own.remove(operation)) return true;
    if (free === (acquiring ? 0 : permits)) {
      const other = others.take();
      if (other === undefined) return false;
      order.push(other);
    } else free += acquiring ? -1 : 1;
    order.push(operation);
    return true;
  };
  const stuck = walk(
    operations,
    (operation) => (operations[operation]!.f === 'acquire' ? acquires : releases).add(operation),
    complete,
  );
  return stuck === undefined ? { valid: true, order } : { valid: false, culprits: [], operation: stuck };
}

/** Whether the operation, if it completed, did so with `true` or an echo of its input. */
function succeeded({ f, type, input, output }: Operation): boolean {
  if (f !== 'acquire' && f !== 'release') return false;
  if (type === 'info' || output === true) return true;
  return typeof input !== 'boolean' && canonicalJson(input) === canonicalJson(output!);
}
