/**
 * Orders of register versions under assumptions that a user states, as Elle's rw-register checker takes them: keys
 * that are each sequential or linearizable on their own, writes that follow the reads of their transaction, or a
 * transaction order known from inside the database. An assumption that contradicts the others is dropped and
 * reported as cyclic-versions: then the assumption, or the database, is wrong.
 */
import { buildGraph, EdgeList, isAcyclic } from '../../base/graph.ts';
import { micro, status, type Transactions } from '../../history/transactions.ts';
import type { Anomaly, ReadsFrom } from './reads-from.ts';
import { realTimeEdges } from './real-time.ts';
import { addSessionOrder } from './relations.ts';
import type { Sessions } from './sessions.ts';
import type { VersionPair } from './version-pair.ts';

/** The parts of a prepared history that this needs: it is one of them itself. */
interface History {
  readonly transactions: Transactions;
  readonly reads: ReadsFrom;
  readonly sessions: Sessions;
}

export interface VersionAssumptions {
  readonly sequentialKeys?: boolean;
  readonly linearizableKeys?: boolean;
  readonly writesFollowReads?: boolean;
  /** Places of transactions in the order of the database. */
  readonly transactionOrder?: ReadonlyMap<number, number>;
}

export interface RegisterVersions {
  readonly pairs: readonly VersionPair[];
  readonly anomalies: readonly Anomaly[];
}

/** Neighbours among the versions of each key that have a number and took effect. */
export function statedVersions({
  transactions,
  reads,
}: Pick<History, 'transactions' | 'reads'>): VersionPair[] {
  const { versionNumber, versionKey } = transactions;
  if (!versionNumber) return [];
  const byKey = new Map<number, number[]>();
  for (let v = 0; v < versionKey.length; v++) {
    const write = reads.writer[v]!;
    if (Number.isNaN(versionNumber[v]) || write < 0 || !reads.included[reads.owner[write]!]) continue;
    const list = byKey.get(versionKey[v]!);
    if (list) list.push(v);
    else byKey.set(versionKey[v]!, [v]);
  }
  return [...byKey.values()].flatMap((list) => {
    list.sort((a, b) => versionNumber[a]! - versionNumber[b]!);
    return list.slice(1).map((after, i) => ({ before: list[i]!, after }));
  });
}

/** A relation between versions (not transactions): a read of a value nobody wrote has a version too. */
type Versions = [before: number, after: number][];

export function registerVersions(history: History, assumptions: VersionAssumptions): RegisterVersions {
  const sources: Versions[] = [];
  if (assumptions.transactionOrder) sources.push(byOrder(history, assumptions.transactionOrder));
  if (assumptions.writesFollowReads) sources.push(withinTransactions(history));
  if (assumptions.sequentialKeys) {
    const edges = new EdgeList();
    addSessionOrder(edges, history.sessions);
    sources.push(alongEdges(history, edges));
  }
  if (assumptions.linearizableKeys) {
    const edges = new EdgeList();
    realTimeEdges(history.transactions, history.reads.included, (a, b) => edges.add(a, b));
    sources.push(alongEdges(history, edges));
  }
  let accepted: Versions = [];
  const anomalies: Anomaly[] = [];
  for (const found of sources) {
    const together = [...accepted, ...found];
    const cyclic = cyclicKey(history, together);
    if (cyclic === -1) accepted = together;
    else anomalies.push({ type: 'cyclic-versions', transactions: [], key: cyclic });
  }
  return { pairs: accepted.map(([before, after]) => ({ before, after })), anomalies };
}

function cyclicKey(history: History, versions: Versions): number {
  const byKey = new Map<number, EdgeList>();
  for (const [before, after] of versions) {
    const key = history.transactions.versionKey[after]!;
    let edges = byKey.get(key);
    if (!edges) byKey.set(key, (edges = new EdgeList()));
    edges.add(before, after);
  }
  // Nothing precedes the initial version.
  for (const [, after] of versions)
    if (history.transactions.isInitial[after]) return history.transactions.versionKey[after]!;
  for (const [key, edges] of byKey) {
    if (!isAcyclic(buildGraph(history.transactions.versionKey.length, edges))) return key;
  }
  return -1;
}

/** The version of each key that a transaction first and last dealt with, seen from outside. */
function touched(history: History, t: number): Map<number, { first: number; last: number }> {
  const { first, kind, key, version } = history.transactions;
  const known = history.transactions.status[t] === status.ok;
  const found = new Map<number, { first: number; last: number }>();
  for (let op = first[t]!; op < first[t + 1]!; op++) {
    const v = version[op]!;
    if (v < 0 || (kind[op] === micro.read && !known)) continue;
    const entry = found.get(key[op]!);
    if (!entry) found.set(key[op]!, { first: v, last: v });
    else if (kind[op] === micro.write) {
      // Overwritten by itself before anyone saw it: what it first dealt with is its last write.
      if (history.reads.writer[entry.first]! >= first[t]! && history.reads.writer[entry.first]! < op)
        entry.first = v;
      entry.last = v;
    }
  }
  return found;
}

function withinTransactions(history: History): Versions {
  const versions: Versions = [];
  for (let t = 0; t < history.transactions.count; t++) {
    if (!history.reads.included[t]) continue;
    for (const { first, last } of touched(history, t).values())
      if (first !== last) versions.push([first, last]);
  }
  return versions;
}

function byOrder(history: History, order: ReadonlyMap<number, number>): Versions {
  const perKey = new Map<number, { rank: number; version: number }[]>();
  const { first, key, version } = history.transactions;
  for (const [t, rank] of order) {
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      if (!history.reads.isFinal[op]) continue;
      const list = perKey.get(key[op]!) ?? [];
      perKey.set(key[op]!, list);
      list.push({ rank, version: version[op]! });
    }
  }
  const versions: Versions = [];
  for (const list of perKey.values()) {
    list.sort((a, b) => a.rank - b.rank);
    for (let i = 1; i < list.length; i++) versions.push([list[i - 1]!.version, list[i]!.version]);
  }
  return versions;
}

/** Along an order of transactions, the next ones to touch a key have the same version of it or a newer one. */
function alongEdges(history: History, edges: EdgeList): Versions {
  const { count } = history.transactions;
  const graph = buildGraph(count, edges);
  const versions: Versions = [];
  const touches = Array.from({ length: count }, (_, t) =>
    history.reads.included[t] ? touched(history, t) : new Map(),
  );
  for (let t = 0; t < count; t++) {
    for (const [key, { last }] of touches[t]!) {
      const seen = new Set<number>([t]);
      const ahead = [t];
      for (let at = 0; at < ahead.length; at++) {
        for (let i = graph.start[ahead[at]!]!; i < graph.start[ahead[at]! + 1]!; i++) {
          const next = graph.to[i]!;
          if (seen.has(next)) continue;
          seen.add(next);
          const entry = touches[next]!.get(key);
          if (!entry) ahead.push(next);
          else if (entry.first !== last) versions.push([last, entry.first]);
        }
      }
    }
  }
  return versions;
}
