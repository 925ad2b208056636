/**
 * Reduces a violated history while the verdict holds: first to what a cycle at hand needs, then by halves
 * (delta debugging, Zeller and Hildebrandt 2002), then transaction by transaction and operation by operation, until
 * nothing can go, or the budget of checks is spent.
 */

import type { Transactions } from '../../history/transactions.ts';
import { type Restricted, restrict } from '../../history/transactions-restrict.ts';

export interface ReduceOptions {
  /** Whether a part of the history still violates the level. */
  readonly violates: (transactions: Transactions) => boolean;
  /** Transactions that may be enough by themselves. */
  readonly seed?: ReadonlySet<number>;
  readonly milliseconds?: number;
}

export function reduce(full: Transactions, options: ReduceOptions): Restricted {
  const deadline = performance.now() + (options.milliseconds ?? 3000);
  const inTime = (): boolean => performance.now() < deadline;
  let kept = Array.from({ length: full.count }, (_, t) => t);
  const violates = (candidate: readonly number[]): boolean => {
    const set = new Set(candidate);
    return options.violates(restrict(full, (t) => set.has(t)).transactions);
  };
  if (options.seed && options.seed.size < kept.length) {
    const seed = kept.filter((t) => options.seed!.has(t));
    if (violates(seed)) kept = seed;
  }
  kept = halve(kept, violates, inTime);
  const set = new Set(kept);
  const operations: number[] = kept.flatMap((t) =>
    Array.from({ length: full.first[t + 1]! - full.first[t]! }, (_, i) => full.first[t]! + i),
  );
  const dropped = new Set<number>();
  for (const op of operations) {
    if (!inTime() || kept.length > 64) break;
    dropped.add(op);
    if (
      !options.violates(
        restrict(
          full,
          (t) => set.has(t),
          (o) => !dropped.has(o),
        ).transactions,
      )
    )
      dropped.delete(op);
  }
  return restrict(
    full,
    (t) => set.has(t),
    (o) => !dropped.has(o),
  );
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
