/**
 * A quick proof that a level holds: put the versions of each key in the order in which their writers committed as far
 * as the recording tells, among the orders that the known edges allow, and see whether the graph has no cycle then.
 * Histories of healthy databases mostly end here, in n·log n; a failed guess says nothing.
 */
import { buildGraph, EdgeList, type Graph, isAcyclic } from '../../base/graph.ts';
import { never } from '../../history/transactions.ts';
import { addFixedEdges, keyFacts, type OrderLevel, shapeOf } from './polygraph.ts';
import type { History } from './prepare.ts';
import { source } from './reads-from.ts';

export function guessHolds(history: History, level: OrderLevel): boolean {
  if (level.shape === 'parallel-snapshot' || history.lists || history.assumed.length > 0) return false;
  const { transactions } = history;
  const shape = shapeOf(level);
  const nodes = shape.nodes(transactions.count);
  const edges = new EdgeList();
  addFixedEdges(history, level, edges);
  const perTransaction = nodes / Math.max(1, transactions.count);
  const rank = orderByTime(buildGraph(nodes, edges), (node) => {
    const t = Math.floor(node / perTransaction);
    return transactions.completed[t] === never ? Number.POSITIVE_INFINITY : transactions.completed[t]!;
  });
  if (!rank) return false;
  for (const { writers, readers } of keyFacts(history)) {
    const order = [...writers].sort((a, b) => rank[shape.commit(a)]! - rank[shape.commit(b)]!);
    for (let i = -1; i < order.length; i++) {
      const next = order[i + 1];
      if (next === undefined) continue;
      const writer = i === -1 ? source.initial : order[i]!;
      if (i >= 0) edges.add(shape.commit(writer), shape.wwTarget(next));
      for (const reader of readers.get(writer) ?? []) {
        if (reader !== next) edges.add(shape.begin(reader), shape.commit(next));
        // Its own version follows the one it read, so the one after that is not its concern.
      }
    }
  }
  return isAcyclic(buildGraph(nodes, edges));
}

/** Places in a topological order that takes the earliest node that is free (a binary heap); undefined on a cycle. */
function orderByTime(graph: Graph, time: (node: number) => number): Int32Array | undefined {
  const { nodes, start, to } = graph;
  const missing = new Int32Array(nodes);
  for (let i = 0; i < to.length; i++) missing[to[i]!]!++;
  const times = Float64Array.from({ length: nodes }, (_, v) => time(v));
  const heap: number[] = [];
  const before = (a: number, b: number): boolean => times[a]! < times[b]! || (times[a] === times[b] && a < b);
  const push = (v: number): void => {
    let i = heap.push(v) - 1;
    while (i > 0 && before(v, heap[(i - 1) >> 1]!)) {
      heap[i] = heap[(i - 1) >> 1]!;
      i = (i - 1) >> 1;
    }
    heap[i] = v;
  };
  const pop = (): number => {
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let i = 0;
      for (let child = 1; child < heap.length; child = 2 * i + 1) {
        if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
        if (!before(heap[child]!, last)) break;
        heap[i] = heap[child]!;
        i = child;
      }
      heap[i] = last;
    }
    return top;
  };
  for (let v = 0; v < nodes; v++) if (missing[v] === 0) push(v);
  const rank = new Int32Array(nodes);
  let placed = 0;
  while (heap.length > 0) {
    const v = pop();
    rank[v] = placed++;
    for (let i = start[v]!; i < start[v + 1]!; i++) if (--missing[to[i]!]! === 0) push(to[i]!);
  }
  return placed === nodes ? rank : undefined;
}
