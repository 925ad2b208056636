/**
 * A quick proof that a level holds: put the versions of each key in the order of a rehearsed execution that keeps the
 * known edges (`rehearsal.ts`), and see whether the graph has no cycle then. What is known besides the level's own edges
 * is only a hint, where to look: recorded times, sessions, and what causality would say.
 * Histories of healthy databases mostly end here, in n·log n. A failed guess proves nothing, but tells where the
 * trouble is: in the cycles it made.
 */
import { buildGraph, components, EdgeList, type Graph, topologicalOrder } from '../../base/graph.ts';
import { never } from '../../history/transactions.ts';
import { clocksOf } from './clocks.ts';
import type { Polygraph } from './polygraph.ts';
import type { History } from './prepare.ts';
import { rehearse } from './rehearsal.ts';
import { type OrderLevel, type Shape, shapeOf } from './shapes.ts';
import { eachOrderedEdge } from './writer-pairs.ts';

export interface Guess {
  readonly holds: boolean;
  /** Transactions that stand on cycles with each other, in the order guessed; the smallest group first. */
  readonly tangles: readonly (readonly number[])[];
}

/** `hints` are edges between the level's nodes that lead the guess where they can all be kept. */
export function guess(
  history: History,
  level: OrderLevel,
  { polygraph, hints }: { polygraph: Polygraph; hints: EdgeList },
): Guess {
  const shape = shapeOf(level);
  const { nodes } = polygraph;
  const rank = rankOf(history, shape, { polygraph, hints });
  const edges = copyOf(polygraph.edges);
  const antidependencies: number[] = [...polygraph.forbidden];
  for (const group of polygraph.groups) {
    eachOrderedEdge(
      group,
      { shape, rank: (t) => rank[shape.commit(t)]! },
      {
        ww: (from, to) => edges.add(from, to),
        rw: (from, to) => (shape.forbidsPaths ? antidependencies.push(from, to) : edges.add(from, to)),
      },
    );
  }
  const graph = buildGraph(nodes, edges);
  const order = topologicalOrder(graph);
  if (order.length === nodes && !closesPath(history, { graph, order, pairs: antidependencies })) {
    return { holds: true, tangles: [] };
  }
  for (let i = 0; i < antidependencies.length; i += 2)
    edges.add(antidependencies[i]!, antidependencies[i + 1]!);
  return { holds: false, tangles: tanglesOf(history, { graph: buildGraph(nodes, edges), shape, rank }) };
}

/** Whether the second of a pair reaches the first. Each session is a path of the graph here, so clocks tell. */
function closesPath(
  history: History,
  { graph, order, pairs }: { graph: Graph; order: Int32Array; pairs: readonly number[] },
): boolean {
  if (pairs.length === 0) return false;
  const { sessions } = history;
  const clocks = clocksOf(history, graph, order);
  for (let i = 0; i < pairs.length; i += 2) {
    const [to, from] = [pairs[i]!, pairs[i + 1]!];
    if (clocks[to * sessions.count + sessions.chain[from]!]! > sessions.position[from]!) return true;
  }
  return false;
}

function tanglesOf(
  history: History,
  { graph, shape, rank }: { graph: Graph; shape: Shape; rank: Int32Array },
): number[][] {
  const { of, size, count } = components(graph);
  const members: (number[] | undefined)[] = new Array(count);
  const seen = new Int32Array(history.transactions.count).fill(-1);
  for (let node = 0; node < shape.parts * history.transactions.count; node++) {
    const component = of[node]!;
    const t = Math.floor(node / shape.parts);
    if (size[component] === 1 || seen[t] === component) continue;
    seen[t] = component;
    const list = members[component];
    if (list) list.push(t);
    else members[component] = [t];
  }
  const place = (t: number): number => rank[shape.commit(t)]!;
  return members
    .filter((list) => list !== undefined)
    .map((list) => list.sort((a, b) => place(a) - place(b)))
    .sort((a, b) => a.length - b.length);
}

function copyOf(edges: EdgeList, more?: EdgeList): EdgeList {
  const copy = new EdgeList();
  for (const list of more ? [edges, more] : [edges]) {
    for (let i = 0; i < list.count; i++) copy.add(list.from[i]!, list.to[i]!);
  }
  return copy;
}

/** Places of the nodes in an order that keeps the known edges and, if that is possible, the hints. */
function rankOf(
  history: History,
  shape: Shape,
  { polygraph, hints }: { polygraph: Polygraph; hints: EdgeList },
): Int32Array {
  const { count } = history.transactions;
  const { nodes, edges, groups } = polygraph;
  const attempt = (known: EdgeList): Int32Array | undefined => {
    const graph = buildGraph(nodes, known);
    const order = topologicalOrder(graph);
    if (order.length < nodes) return undefined;
    const time = history.transactions.timed ? recordedTime(history, shape) : logicalTime(graph, order);
    return rehearse(graph, { count, shape, groups, time });
  };
  return attempt(copyOf(edges, hints)) ?? attempt(edges)!;
}

function recordedTime({ transactions }: History, { parts }: Shape): (node: number) => number {
  const { completed, count } = transactions;
  return (node) => {
    const t = Math.floor(node / parts);
    if (t >= count) return -1;
    return completed[t] === never ? Number.POSITIVE_INFINITY : completed[t]!;
  };
}

/** How far along the longest path through it a node stands: from 0, at the beginning, to 1. */
function logicalTime(graph: Graph, order: Int32Array): (node: number) => number {
  const before = new Int32Array(graph.nodes);
  const after = new Int32Array(graph.nodes);
  for (const v of order) {
    for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) {
      before[graph.to[i]!] = Math.max(before[graph.to[i]!]!, before[v]! + 1);
    }
  }
  for (let at = order.length - 1; at >= 0; at--) {
    const v = order[at]!;
    for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) {
      after[v] = Math.max(after[v]!, after[graph.to[i]!]! + 1);
    }
  }
  return (node) => before[node]! / Math.max(1, before[node]! + after[node]!);
}
