/**
 * Reduces a violated history while the verdict holds: first to what a cycle at hand needs, then by halves
 * (delta debugging, Zeller and Hildebrandt 2002), then transaction by transaction and operation by operation, until
 * nothing can go, or the budget of checks is spent.
 */

import type { Transactions } from '../../history/transactions.ts';
import { type Restricted, restrict } from '../../history/transactions-restrict.ts';
import type { Budget } from '../budget.ts';

export interface ReduceOptions {
  /** Whether a part of the history still violates the level. */
  readonly violates: (transactions: Transactions) => boolean;
  /** Sets of transactions that may be enough by themselves; the first that is will do. */
  readonly seeds: Iterable<ReadonlySet<number>>;
  readonly budget: Budget;
}

export function reduce(full: Transactions, options: ReduceOptions): Restricted {
  const inTime = (): boolean => options.budget.exhausted() === undefined;
  // From here on the cost is that of what the seed left, not that of the history.
  const start = seeded(full, options) ?? restrict(full, () => true);
  const all = start.original.map((_, t) => t);
  const keep = (kept: readonly number[], dropped: ReadonlySet<number> = new Set()): Restricted => {
    const set = new Set(kept);
    return restrict(
      start.transactions,
      (t) => set.has(t),
      (op) => !dropped.has(op),
    );
  };
  const kept = halve(all, (candidate) => options.violates(keep(candidate).transactions), inTime);
  const { first } = start.transactions;
  const dropped = new Set<number>();
  for (const op of kept.flatMap((t) =>
    Array.from({ length: first[t + 1]! - first[t]! }, (_, i) => first[t]! + i),
  )) {
    if (!inTime() || kept.length > 64) break;
    dropped.add(op);
    if (!options.violates(keep(kept, dropped).transactions)) dropped.delete(op);
  }
  const last = keep(kept, dropped);
  return {
    transactions: last.transactions,
    original: last.original.map((t) => start.original[t]!),
    originalOperation: last.originalOperation.map((op) => start.originalOperation[op]!),
  };
}

function seeded(full: Transactions, { seeds, violates }: ReduceOptions): Restricted | undefined {
  for (const seed of seeds) {
    const part = restrict(full, (t) => seed.has(t));
    if (violates(part.transactions)) return part;
  }
  return undefined;
}

function halve(
  all: readonly number[],
  violates: (candidate: readonly number[]) => boolean,
  inTime: () => boolean,
): number[] {
  let kept = [...all];
  let size = Math.ceil(kept.length / 2);
  while (size >= 1 && inTime()) {
    let removed = false;
    for (let from = 0; from < kept.length && inTime(); ) {
      const candidate = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (candidate.length < kept.length && violates(candidate)) {
        kept = candidate;
        removed = true;
      } else from += size;
    }
    if (size === 1 && !removed) break;
    if (size > 1) size = Math.ceil(size / 2);
  }
  return kept;
}
