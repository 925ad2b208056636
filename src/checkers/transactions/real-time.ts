/**
 * Real-time order: a transaction that completed before another was invoked precedes it. Only the edges that do not
 * follow from others are visited (the transitive reduction): those from the transactions which, at the invocation,
 * had completed and were not yet succeeded by a completed one. As many as transactions times concurrency.
 */
import { never, status, type Transactions } from '../../history/transactions.ts';

export function realTimeEdges(
  transactions: Transactions,
  included: Uint8Array,
  visit: (from: number, to: number) => void,
): void {
  const { count, invoked, completed } = transactions;
  const ids: number[] = [];
  for (let t = 0; t < count; t++) if (included[t]) ids.push(t);
  const byInvocation = [...ids].sort((a, b) => invoked[a]! - invoked[b]!);
  const byCompletion = ids
    .filter((t) => transactions.status[t] === status.ok && completed[t] !== never)
    .sort((a, b) => completed[a]! - completed[b]!);
  const before = new Map<number, readonly number[]>();
  let frontier: number[] = [];
  let next = 0;
  for (const t of byInvocation) {
    while (next < byCompletion.length && completed[byCompletion[next]!]! < invoked[t]!) {
      const done = byCompletion[next++]!;
      const superseded = before.get(done)!;
      before.delete(done);
      frontier = frontier.filter((a) => !superseded.includes(a));
      frontier.push(done);
    }
    for (const a of frontier) visit(a, t);
    before.set(t, frontier);
    frontier = [...frontier];
  }
}
