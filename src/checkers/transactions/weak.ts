/**
 * Read committed (as Biswas and Enea define it), read atomic and transactional causal consistency, without a known
 * order of versions (Biswas and Enea, OOPSLA 2019; the algorithms follow AWDIT, 2025). Each axiom says: when reader
 * r saw t1's version of x, and another writer t2 of x is visible to r, then t2 commits before t1. Visible is:
 *   read-committed-be     t2 was read earlier in r's transaction
 *   read-atomic           t2 was read by r's transaction, or precedes it in its session (not transitively)
 *   transactional-causal  t2 is in r's causal past, (so ∪ wr)+
 * The level holds iff so ∪ wr ∪ these orders has no cycle, and no reader of an initial value can see a writer.
 * About n for the first two, n·k·log n for the causal one with k sessions (vector clocks, 4·n·k bytes).
 */
import { buildGraph, EdgeList, topologicalOrder } from '../../base/graph.ts';
import { unboundedWork, type Work } from '../work.ts';
import { findCycle, type Violation } from './find-cycle.ts';
import type { History } from './prepare.ts';
import { source } from './reads-from.ts';
import { baseEdges, initialState, labelOf, relation, type Step } from './relations.ts';
import { predecessor } from './sessions.ts';
import { lastBefore, writesKey } from './writes-index.ts';

export type WeakLevel = 'read-committed-be' | 'read-atomic' | 'transactional-causal';

/** Undefined when the level holds. Broken reads are the caller's business. */
export function weakViolation(
  history: History,
  level: WeakLevel,
  work = unboundedWork(),
): Violation | undefined {
  const edges = baseEdges(history.reads, history.sessions);
  addListOrder(history, edges);
  work.demand(edges.count);
  let stale: Stale | undefined;
  if (level === 'read-committed-be') stale = addReadCommitted(history, edges, work);
  else if (level === 'read-atomic') stale = addReadAtomic(history, edges, work);
  else {
    const clocks = causalClocks(history, work);
    if (clocks) stale = addCausal(history, { edges, clocks }, work);
  }
  if (stale) return staleCycle(stale);
  const nodes = history.reads.transactions.count;
  const graph = buildGraph(nodes, edges);
  return topologicalOrder(graph).length === nodes ? undefined : () => findCycle(graph);
}

/** The orders that causality gives to versions, from the older writer to the newer; undefined when it is broken. */
export function causalOrders(history: History, work: Work): EdgeList | undefined {
  const edges = new EdgeList();
  const clocks = causalClocks(history, work);
  return clocks && !addCausal(history, { edges, clocks }, work) ? edges : undefined;
}

/** A read of an initial value although a writer of the key was visible. */
interface Stale {
  readonly operation: number;
  readonly writer: number;
}

export function staleCycle({ operation, writer }: Stale): Violation {
  const steps: Step[] = [
    { from: initialState, to: writer, relation: 'ww', operation: -1 },
    { from: writer, to: initialState, relation: 'visible', operation },
  ];
  return () => ({ steps, shortest: true });
}

/** Orders of appends that reads have shown bind the commit order at every level. */
function addListOrder(history: History, edges: EdgeList): void {
  history.eachKnownOrder((from, to, operation) => edges.add(from, to, labelOf(relation.ww, operation)));
}

function addReadCommitted(history: History, edges: EdgeList, work: Work): Stale | undefined {
  const { reads, writes } = history;
  const { count, first, key, keys } = reads.transactions;
  const readBy = new Int32Array(keys.length).fill(-1);
  const seenBy = new Int32Array(count).fill(-1);
  const pending: number[][] = [];
  for (let t = 0; t < count; t++) {
    if (!reads.included[t]) continue;
    work.demand(first[t + 1]! - first[t]!);
    let external = 0;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      if (reads.source[op]! < source.initial) continue;
      external++;
      if (readBy[key[op]!] !== t) {
        readBy[key[op]!] = t;
        pending[key[op]!] = [];
      }
    }
    if (external < 2) continue;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const from = reads.source[op]!;
      if (from < source.initial) continue;
      for (const earlier of pending[key[op]!]!) {
        if (from === source.initial) return { operation: op, writer: earlier };
        if (earlier !== from) edges.add(earlier, from, labelOf(relation.visible, op));
      }
      if (from === source.initial || seenBy[from] === t) continue;
      seenBy[from] = t;
      for (let i = writes.start[from]!; i < writes.start[from + 1]!; i++) {
        if (readBy[writes.keys[i]!] === t) pending[writes.keys[i]!]!.push(from);
      }
    }
  }
  return undefined;
}

function addReadAtomic(history: History, edges: EdgeList, work: Work): Stale | undefined {
  const { reads, sessions, writes } = history;
  const { count, first, key, keys } = reads.transactions;
  const lastWriter = new Int32Array(keys.length);
  const lastChain = new Int32Array(keys.length).fill(-1);
  const seenBy = new Int32Array(count).fill(-1);
  for (let chain = 0; chain < sessions.count; chain++) {
    for (const t of sessions.members[chain]!) {
      work.demand(first[t + 1]! - first[t]!);
      for (let op = first[t]!; op < first[t + 1]!; op++) {
        const from = reads.source[op]!;
        if (from < source.initial) continue;
        const own = lastChain[key[op]!] === chain ? lastWriter[key[op]!]! : -1;
        if (own !== -1 && own !== from) {
          if (from === source.initial) return { operation: op, writer: own };
          edges.add(own, from, labelOf(relation.visible, op));
        }
        if (from === source.initial || seenBy[from] === t) continue;
        seenBy[from] = t;
        const stale = orderSeen(history, edges, t, from);
        if (stale) return stale;
      }
      for (let i = writes.start[t]!; i < writes.start[t + 1]!; i++) {
        lastWriter[writes.keys[i]!] = t;
        lastChain[writes.keys[i]!] = chain;
      }
    }
  }
  return undefined;
}

/** t read from `seen`, so every other version that t read of a key that `seen` wrote is newer. */
function orderSeen(history: History, edges: EdgeList, t: number, seen: number): Stale | undefined {
  const { reads, writes } = history;
  const { first, key } = reads.transactions;
  if (writes.start[seen + 1]! - writes.start[seen]! === 0) return undefined;
  for (let op = first[t]!; op < first[t + 1]!; op++) {
    const from = reads.source[op]!;
    if (from < source.initial || from === seen || !writesKey(writes, seen, key[op]!)) continue;
    if (from === source.initial) return { operation: op, writer: seen };
    edges.add(seen, from, labelOf(relation.visible, op));
  }
  return undefined;
}

/** Row t, column c: how many transactions of chain c precede t in (so ∪ wr)+. Undefined when that has a cycle. */
export function causalClocks(history: History, work: Work): Int32Array | undefined {
  const { reads, sessions } = history;
  const { count, first } = reads.transactions;
  const width = sessions.count;
  const order = topologicalOrder(buildGraph(count, baseEdges(reads, sessions)));
  if (order.length < count) return undefined;
  const clocks = new Int32Array(count * width);
  const merged = new Int32Array(count).fill(-1);
  for (const t of order) {
    if (!reads.included[t]) continue;
    work.demand(width);
    const row = t * width;
    const before = predecessor(sessions, t);
    if (before !== -1) {
      clocks.copyWithin(row, before * width, before * width + width);
      clocks[row + sessions.chain[before]!] = sessions.position[before]! + 1;
      merged[before] = t;
    }
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const from = reads.source[op]!;
      if (from < 0 || merged[from] === t) continue;
      merged[from] = t;
      const chain = sessions.chain[from]!;
      const position = sessions.position[from]!;
      // What is already known to precede t brings nothing new.
      if (clocks[row + chain]! > position) continue;
      const other = from * width;
      for (let c = 0; c < width; c++)
        if (clocks[other + c]! > clocks[row + c]!) clocks[row + c] = clocks[other + c]!;
      clocks[row + chain] = position + 1;
    }
  }
  return clocks;
}

function addCausal(
  history: History,
  { edges, clocks }: { edges: EdgeList; clocks: Int32Array },
  work: Work,
): Stale | undefined {
  const { reads, sessions, writes } = history;
  const { count, first, key } = reads.transactions;
  const width = sessions.count;
  const { groupStart, groupChain } = writes;
  for (let t = 0; t < count; t++) {
    if (!reads.included[t]) continue;
    work.demand(width);
    const row = t * width;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const from = reads.source[op]!;
      if (from < source.initial) continue;
      const k = key[op]!;
      for (let group = groupStart[k]!; group < groupStart[k + 1]!; group++) {
        const chain = groupChain[group]!;
        const bound = clocks[row + chain]!;
        // Writers that precede the version read are ordered already; only newer ones say something.
        const known = from === source.initial ? 0 : clocks[from * width + chain]!;
        if (bound <= known) continue;
        const position = lastBefore(writes, group, bound);
        if (position < known) continue;
        const writer = sessions.members[chain]![position]!;
        if (writer === from) continue;
        if (from === source.initial) return { operation: op, writer };
        edges.add(writer, from, labelOf(relation.visible, op));
      }
    }
  }
  return undefined;
}
