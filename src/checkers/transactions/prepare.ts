/** What every level's check starts from: reads resolved, sessions chained, writes indexed, list orders recovered. */
import type { Transactions } from '../../history/transactions.ts';
import { type ListVersions, listVersions } from './list-versions.ts';
import { type Anomaly, type ReadsFrom, type ReadsFromOptions, resolveReads } from './reads-from.ts';
import { chainSessions, type Sessions } from './sessions.ts';
import { indexWrites, type WritesIndex } from './writes-index.ts';

export interface History {
  readonly transactions: Transactions;
  readonly reads: ReadsFrom;
  readonly sessions: Sessions;
  readonly writes: WritesIndex;
  readonly lists: ListVersions | undefined;
  readonly anomalies: readonly Anomaly[];
  /** Visits the pairs of neighbours in known version orders, with the later one's write. */
  eachKnownOrder(visit: (from: number, to: number, operation: number) => void): void;
}

export function prepare(transactions: Transactions, options: ReadsFromOptions = {}): History {
  return prepareReads(resolveReads(transactions, options));
}

export function prepareReads(reads: ReadsFrom): History {
  const { transactions } = reads;
  const sessions = chainSessions(transactions, reads.included);
  const lists = transactions.hasLists ? listVersions(reads) : undefined;
  return {
    transactions,
    reads,
    sessions,
    writes: indexWrites(reads, sessions),
    lists,
    anomalies: lists ? [...reads.anomalies, ...lists.anomalies] : reads.anomalies,
    eachKnownOrder: (visit) => {
      if (lists) eachNeighbour(reads, lists, visit);
    },
  };
}

function eachNeighbour(
  reads: ReadsFrom,
  lists: ListVersions,
  visit: (from: number, to: number, operation: number) => void,
): void {
  lists.order.forEach((versions, key) => {
    let previous = -1;
    for (const version of versions) {
      const op = reads.writer[version]!;
      if (op < 0 || !reads.included[reads.owner[op]!]) continue;
      const t = reads.owner[op]!;
      if (previous !== -1 && previous !== t) visit(previous, t, op);
      previous = t;
    }
    if (previous === -1) return;
    for (const op of lists.unseen[key]!)
      if (reads.owner[op] !== previous) visit(previous, reads.owner[op]!, op);
  });
}
