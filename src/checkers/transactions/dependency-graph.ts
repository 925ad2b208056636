/**
 * Adya's dependency graph with what is known of the version orders: ww from a writer to the next, wr from a writer
 * to its readers, rw from a reader to the writer of the next version; and session order or real time when asked for.
 * Lists show their orders. Registers do not: their orders come as pairs "a's version of k is older than b's".
 */
import { EdgeList } from '../../base/graph.ts';
import type { History } from './prepare.ts';
import { source } from './reads-from.ts';
import { realTimeEdges } from './real-time.ts';
import type { VersionPair } from './register-versions.ts';
import { addReadsFrom, addSessionOrder, labelOf, relation } from './relations.ts';

export interface DependencyOptions {
  readonly order?: 'none' | 'session' | 'real-time';
  readonly versions?: readonly VersionPair[];
}

export function dependencyEdges(history: History, options: DependencyOptions = {}): EdgeList {
  const edges = new EdgeList();
  addReadsFrom(edges, history.reads);
  if (history.lists) addListOrders(history, edges);
  addVersionPairs(history, edges, [
    ...initialPairs(history),
    ...history.assumed,
    ...(options.versions ?? []),
  ]);
  if (options.order === 'session') addSessionOrder(edges, history.sessions);
  if (options.order === 'real-time') {
    realTimeEdges(history.transactions, history.reads.included, (a, b) =>
      edges.add(a, b, labelOf(relation.rt)),
    );
  }
  return edges;
}

/** The initial version of a register is older than all that were written. */
export function initialPairs(history: History): VersionPair[] {
  if (history.lists) return [];
  const { transactions, reads } = history;
  const initial = new Map<number, number>();
  for (let op = 0; op < reads.source.length; op++) {
    if (reads.source[op] === source.initial) initial.set(transactions.key[op]!, transactions.version[op]!);
  }
  const pairs: VersionPair[] = [];
  for (let op = 0; op < reads.isFinal.length; op++) {
    const before =
      reads.isFinal[op] && reads.included[reads.owner[op]!] ? initial.get(transactions.key[op]!) : undefined;
    if (before !== undefined) pairs.push({ before, after: transactions.version[op]! });
  }
  return pairs;
}

function addVersionPairs(history: History, edges: EdgeList, pairs: readonly VersionPair[]): void {
  if (pairs.length === 0) return;
  const { reads } = history;
  const readers = versionReaders(history);
  for (const { before, after } of pairs) {
    const write = reads.writer[after]!;
    if (write < 0) continue;
    const later = reads.owner[write]!;
    const earlier = reads.writer[before]!;
    if (earlier >= 0 && reads.owner[earlier] !== later) {
      edges.add(reads.owner[earlier]!, later, labelOf(relation.ww, write));
    }
    for (const op of readers.get(before) ?? []) {
      if (reads.owner[op] !== later) edges.add(reads.owner[op]!, later, labelOf(relation.rw, op));
    }
  }
}

/** External reads by the version they saw, whoever wrote it. */
export function versionReaders(history: History): Map<number, number[]> {
  const { reads, transactions } = history;
  const found = new Map<number, number[]>();
  for (let op = 0; op < reads.source.length; op++) {
    if (reads.source[op] === source.none || reads.source[op] === source.broken) continue;
    const version = transactions.version[op]!;
    const list = found.get(version);
    if (list) list.push(op);
    else found.set(version, [op]);
  }
  return found;
}

/** Neighbours in the observed order; readers of a version precede the writer of the next one. */
function addListOrders(history: History, edges: EdgeList): void {
  const { reads, transactions } = history;
  const lists = history.lists!;
  history.eachKnownOrder((from, to, operation) => edges.add(from, to, labelOf(relation.ww, operation)));
  const { kind, key, listStart, elements } = transactions;
  for (let op = 0; op < kind.length; op++) {
    if (reads.source[op]! < source.initial) continue;
    const k = key[op]!;
    const order = lists.order[k]!;
    const reader = reads.owner[op]!;
    const end = reads.externalEnd[op]!;
    const at = end === listStart[op] ? -1 : lists.place[elements[end - 1]!]!;
    // The next version by another transaction than the one whose version was read, or all that nobody saw.
    let next = at + 1;
    while (next < order.length && !isIncluded(history, order[next]!)) next++;
    if (next < order.length) {
      const writer = reads.owner[reads.writer[order[next]!]!]!;
      if (writer !== reader) edges.add(reader, writer, labelOf(relation.rw, op));
      continue;
    }
    for (const append of lists.unseen[k]!) {
      if (reads.owner[append] !== reader) edges.add(reader, reads.owner[append]!, labelOf(relation.rw, op));
    }
  }
}

function isIncluded(history: History, version: number): boolean {
  const op = history.reads.writer[version]!;
  return op >= 0 && history.reads.included[history.reads.owner[op]!] === 1;
}
