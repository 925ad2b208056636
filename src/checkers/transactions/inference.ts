/**
 * Orders of versions that a level forces, where the level contains the order of sessions: an order is forced when the
 * other one would close a cycle. That is what pruning with bit sets finds too, but vector clocks over k sessions take
 * 4·n·k bytes instead of n²/8, and of each session only the last writer of a key before a bound need be looked at, by
 * binary search (as AWDIT, 2025, does for causal consistency). With w' another writer of what r read from w:
 *   w' reaches r             w' is older than w, or r would have seen it
 *   w' reaches w             w' is older than w, and so is whoever read it: before w
 * Round after round until nothing is new, each about n·k·log n.
 */
import { buildGraph, EdgeList, topologicalOrder } from '../../base/graph.ts';
import type { Work } from '../work.ts';
import { Cone } from './cone.ts';
import { someCycle } from './find-cycle.ts';
import type { Polygraph } from './polygraph.ts';
import type { History } from './prepare.ts';
import { source } from './reads-from.ts';
import { type OrderLevel, type Shape, shapeOf } from './shapes.ts';
import type { OpenGroup } from './writer-pairs.ts';
import { lastBefore } from './writes-index.ts';

/** The known edges of a polygraph and all that they force; or, when they force a cycle, the nodes that it rests on. */
export type Inferred = { readonly edges: EdgeList } | { readonly broken: () => Iterable<number> };

export function inferOrders(
  history: History,
  level: OrderLevel,
  { polygraph, work }: { polygraph: Polygraph; work: Work },
): Inferred {
  return new Inference(history, level, polygraph).run(work);
}

class Inference {
  private readonly history: History;
  private readonly shape: Shape;
  private readonly nodes: number;
  private readonly groups: readonly OpenGroup[];
  private readonly edges = new EdgeList();
  private readonly width: number;
  /** Of each inferred edge the path that forces it; the recorded edges come before. */
  private readonly recorded: number;
  private readonly reasons: (readonly [from: number, to: number])[] = [];
  /** Row of a node, column of a session: how many nodes of the session precede it. */
  private clocks = new Int32Array(0);

  constructor(history: History, level: OrderLevel, { nodes, edges, groups }: Polygraph) {
    this.history = history;
    this.shape = shapeOf(level);
    this.nodes = nodes;
    this.groups = groups;
    this.width = history.sessions.count;
    for (let i = 0; i < edges.count; i++) this.edges.add(edges.from[i]!, edges.to[i]!);
    this.recorded = edges.count;
  }

  run(work: Work): Inferred {
    const { edges, groups, nodes } = this;
    for (;;) {
      work.demand(nodes * this.width);
      if (!this.wind()) return { broken: () => this.cone().take(someCycle(nodes, edges)).nodes };
      const before = edges.count;
      for (const group of groups) {
        work.demand(group.writers.length * this.width);
        const missed = this.orderReads(group);
        if (missed) return { broken: () => this.coneOfPath(...missed) };
        for (const writer of group.writers) this.orderWrites(group, writer);
      }
      if (edges.count === before) return { edges };
    }
  }

  private cone(): Cone {
    return new Cone(this.nodes, this.edges, (edge) =>
      edge < this.recorded ? [] : [this.reasons[edge - this.recorded]!],
    );
  }

  private coneOfPath(from: number, to: number): Iterable<number> {
    const cone = this.cone();
    return [from, to, ...cone.take(cone.path(from, to)!).nodes];
  }

  /** Sets the clocks by the edges so far; false on a cycle. */
  private wind(): boolean {
    const { nodes, width, shape, history } = this;
    const { sessions, transactions } = history;
    const graph = buildGraph(nodes, this.edges);
    const order = topologicalOrder(graph);
    if (order.length < nodes) return false;
    const clocks = new Int32Array(nodes * width);
    for (const node of order) {
      const t = Math.floor(node / shape.parts);
      const chain = t < transactions.count ? sessions.chain[t]! : -1;
      const row = node * width;
      for (let i = graph.start[node]!; i < graph.start[node + 1]!; i++) {
        const other = graph.to[i]! * width;
        for (let c = 0; c < width; c++)
          if (clocks[row + c]! > clocks[other + c]!) clocks[other + c] = clocks[row + c]!;
        if (chain !== -1) clocks[other + chain] = Math.max(clocks[other + chain]!, this.place(node) + 1);
      }
    }
    this.clocks = clocks;
    return true;
  }

  /** The place of a transaction's node in its session. */
  private place(node: number): number {
    const { parts } = this.shape;
    const t = Math.floor(node / parts);
    return this.history.sessions.position[t]! * parts + (node % parts);
  }

  private reaches(from: number, to: number): boolean {
    const chain = this.history.sessions.chain[Math.floor(from / this.shape.parts)]!;
    return this.clocks[to * this.width + chain]! > this.place(from);
  }

  private add(from: number, to: number, reason: readonly [number, number]): void {
    if (this.reaches(from, to)) return;
    this.edges.add(from, to);
    this.reasons.push(reason);
  }

  /** Writers that reach a reader are older than what it read; the path, when that was the initial version. */
  private orderReads({ key, readers }: OpenGroup): [number, number] | undefined {
    const { shape } = this;
    for (const [writer, list] of readers) {
      for (const reader of list) {
        const older = this.lastWriters(key, {
          node: shape.begin(reader),
          part: shape.commit(0),
          but: reader,
        });
        for (const other of older) {
          if (other === writer) continue;
          const path: [number, number] = [shape.commit(other), shape.begin(reader)];
          if (writer === source.initial) return path;
          this.add(shape.commit(other), shape.wwTarget(writer), path);
        }
      }
    }
    return undefined;
  }

  /** Writers that reach another are older, and so is whoever read them. */
  private orderWrites({ key, readers }: OpenGroup, writer: number): void {
    const { shape } = this;
    const before = { node: shape.commit(writer), part: shape.wwTarget(0), but: writer };
    for (const older of this.lastWriters(key, before)) {
      const path = [shape.wwTarget(older), shape.commit(writer)] as const;
      this.add(shape.commit(older), shape.wwTarget(writer), path);
      if (shape.forbidsPaths) continue;
      for (const reader of readers.get(older) ?? []) {
        if (reader !== writer) this.add(shape.begin(reader), shape.commit(writer), path);
      }
    }
  }

  /** Of each session the last writer of a key, but for one, of which a part (0 or 1) precedes a node. */
  private *lastWriters(
    key: number,
    { node, part, but }: { node: number; part: number; but: number },
  ): Iterable<number> {
    const { writes, sessions } = this.history;
    const { parts } = this.shape;
    for (let group = writes.groupStart[key]!; group < writes.groupStart[key + 1]!; group++) {
      const chain = writes.groupChain[group]!;
      const bound = this.clocks[node * this.width + chain]!;
      if (bound === 0) continue;
      const before = Math.floor((bound + parts - 1 - part) / parts);
      const own = chain === sessions.chain[but] ? sessions.position[but]! : before;
      const position = lastBefore(writes, group, Math.min(before, own));
      if (position !== -1) yield sessions.members[chain]![position]!;
    }
  }
}
