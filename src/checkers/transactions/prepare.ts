/**
 * What every level's check starts from: reads resolved, sessions chained, writes indexed, list orders recovered, and
 * the orders of register versions that the user's assumptions give.
 */
import { status, type Transactions } from '../../history/transactions.ts';
import { type ListVersions, listVersions } from './list-versions.ts';
import { type Anomaly, type ReadsFrom, type ReadsFromOptions, resolveReads } from './reads-from.ts';
import { registerVersions, statedVersions, type VersionAssumptions } from './register-versions.ts';
import { chainSessions, type Sessions } from './sessions.ts';
import type { VersionPair } from './version-pair.ts';
import { indexWrites, type WritesIndex } from './writes-index.ts';

export interface History {
  readonly transactions: Transactions;
  readonly reads: ReadsFrom;
  readonly sessions: Sessions;
  readonly writes: WritesIndex;
  readonly lists: ListVersions | undefined;
  /** Orders of register versions that the history states, or that the user's assumptions give. */
  readonly assumed: readonly VersionPair[];
  /** Whether there are assumptions: they speak of the whole history and not of its parts. */
  readonly assumes: boolean;
  readonly anomalies: readonly Anomaly[];
  /** Visits the pairs of writers in known version orders (lists: neighbours), with the later one's write. */
  eachKnownOrder(visit: (from: number, to: number, operation: number) => void): void;
}

export interface PrepareOptions extends ReadsFromOptions {
  readonly assume?: VersionAssumptions;
}

export function prepare(transactions: Transactions, options: PrepareOptions = {}): History {
  return prepareReads(resolveReads(transactions, options), options.assume);
}

export function prepareReads(reads: ReadsFrom, assume: VersionAssumptions = {}): History {
  const { transactions } = reads;
  const sessions = chainSessions(transactions, reads.included);
  const lists = transactions.hasLists ? listVersions(reads) : undefined;
  const versions = lists ? undefined : registerVersions({ transactions, reads, sessions }, assume);
  const assumed = [...statedVersions({ transactions, reads }), ...(versions?.pairs ?? [])];
  return {
    transactions,
    reads,
    sessions,
    writes: indexWrites(reads, sessions),
    lists,
    assumed,
    assumes: (versions?.pairs.length ?? 0) > 0,
    anomalies: [...reads.anomalies, ...(lists?.anomalies ?? []), ...(versions?.anomalies ?? [])],
    eachKnownOrder: (visit) => {
      if (lists) eachNeighbour(reads, lists, visit);
      for (const { before, after } of assumed) {
        const [a, b] = [reads.writer[before]!, reads.writer[after]!];
        if (a >= 0 && b >= 0 && reads.owner[a] !== reads.owner[b]) visit(reads.owner[a]!, reads.owner[b]!, b);
      }
    },
  };
}

/** The same history with other writers chosen for some reads. */
export function withSources(history: History, changes: ReadonlyMap<number, number>): History {
  const source = history.reads.source.slice();
  for (const [operation, writer] of changes) source[operation] = writer;
  return { ...history, reads: { ...history.reads, source } };
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
      if (op < 0 || reads.transactions.status[reads.owner[op]!] === status.fail) continue;
      const t = reads.owner[op]!;
      if (previous !== -1 && previous !== t) visit(previous, t, op);
      previous = t;
    }
    if (previous === -1) return;
    for (const op of lists.unseen[key]!)
      if (reads.owner[op] !== previous) visit(previous, reads.owner[op]!, op);
  });
}
