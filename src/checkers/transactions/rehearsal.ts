/**
 * An order of a level's nodes that keeps given edges and looks like an execution: the transactions are run one part
 * after the other, earliest first, and nobody overwrites a version that someone has still to read, nor writes a key that
 * an open transaction is about to write where the level forbids it. When all are held up, the earliest goes on even
 * so: the order is then no execution, but only around there. About n·log n.
 */
import type { Graph } from '../../base/graph.ts';
import { Heap } from '../../base/heap.ts';
import { source } from './reads-from.ts';
import type { Shape } from './shapes.ts';
import type { OpenGroup } from './writer-pairs.ts';

export interface Rehearsed {
  readonly count: number;
  readonly shape: Shape;
  readonly groups: readonly OpenGroup[];
  /** When a node would like to run. */
  readonly time: (node: number) => number;
}

/** Places of the nodes, or undefined when the edges have a cycle. */
export function rehearse(graph: Graph, what: Rehearsed): Int32Array | undefined {
  return new Rehearsal(graph, what).run();
}

class Rehearsal {
  private readonly graph: Graph;
  private readonly count: number;
  private readonly shape: Shape;
  private readonly missing: Int32Array;
  private readonly rank: Int32Array;
  private readonly ready: Heap;
  private readonly heldUp: Heap;
  /** By group: the nodes that wait for a change there. */
  private readonly waiting: number[][];
  /** By group: the version it holds, and the transaction that is about to write it; -1 for none. */
  private readonly current: Int32Array;
  private readonly lock: Int32Array;
  /** By version that somebody reads: who has still to do so, and its group. */
  private readonly pending: number[] = [];
  private readonly groupOf: number[] = [];
  /** By transaction: the versions it reads, and the groups it writes with the version it leaves there. */
  private readonly reads: number[][];
  private readonly writes: number[][];
  private placed = 0;

  constructor(graph: Graph, { count, shape, groups, time }: Rehearsed) {
    this.graph = graph;
    this.count = count;
    this.shape = shape;
    this.missing = new Int32Array(graph.nodes);
    for (let i = 0; i < graph.to.length; i++) this.missing[graph.to[i]!]!++;
    this.rank = new Int32Array(graph.nodes).fill(-1);
    const times = Float64Array.from({ length: graph.nodes }, (_, node) => time(node));
    const earlier = (a: number, b: number): boolean =>
      times[a]! < times[b]! || (times[a] === times[b] && a < b);
    this.ready = new Heap(earlier);
    this.heldUp = new Heap(earlier);
    this.waiting = groups.map(() => []);
    this.current = new Int32Array(groups.length).fill(-1);
    this.lock = new Int32Array(groups.length).fill(-1);
    this.reads = Array.from({ length: count }, () => []);
    this.writes = Array.from({ length: count }, () => []);
    for (const [number, group] of groups.entries()) this.enter(group, number);
  }

  private enter({ writers, readers }: OpenGroup, group: number): void {
    const versions = new Map<number, number>();
    for (const [writer, list] of readers) {
      const version = this.pending.push(list.length) - 1;
      this.groupOf.push(group);
      versions.set(writer, version);
      for (const reader of list) this.reads[reader]!.push(version);
    }
    this.current[group] = versions.get(source.initial) ?? -1;
    for (const t of writers) this.writes[t]!.push(group, versions.get(t) ?? -1);
  }

  run(): Int32Array | undefined {
    const { graph, missing, ready, heldUp, rank } = this;
    for (let v = 0; v < graph.nodes; v++) if (missing[v] === 0) ready.push(v);
    for (;;) {
      let node = ready.pop();
      if (node === undefined) {
        node = heldUp.pop();
        if (node === undefined) break;
        if (rank[node] === -1) this.place(node);
        continue;
      }
      if (rank[node] !== -1) continue;
      const group = this.obstacle(node);
      if (group === -1) this.place(node);
      else {
        this.waiting[group]!.push(node);
        heldUp.push(node);
      }
    }
    return this.placed === graph.nodes ? rank : undefined;
  }

  private begins(node: number): boolean {
    return this.shape.parts === 1 || node % 2 === 0;
  }

  private commits(node: number): boolean {
    return this.shape.parts === 1 || node % 2 === 1;
  }

  /** A group that must change before the node should run, or -1. */
  private obstacle(node: number): number {
    const t = Math.floor(node / this.shape.parts);
    if (t >= this.count) return -1;
    const writes = this.writes[t]!;
    for (let i = 0; i < writes.length; i += 2) {
      const group = writes[i]!;
      const version = this.current[group]!;
      if (this.commits(node) && version !== -1) {
        // With both parts in one, it is itself among those that have still to read.
        const own = this.shape.parts === 1 && this.reads[t]!.includes(version) ? 1 : 0;
        if (this.pending[version]! > own) return group;
      }
      const { conflicts, parts } = this.shape;
      if (conflicts && parts === 2 && this.begins(node) && this.lock[group] !== -1) return group;
    }
    return -1;
  }

  private place(node: number): void {
    const { graph, shape } = this;
    this.rank[node] = this.placed++;
    const t = Math.floor(node / shape.parts);
    if (t < this.count) {
      if (this.begins(node)) this.begin(t);
      if (this.commits(node)) this.commit(t);
    }
    for (let i = graph.start[node]!; i < graph.start[node + 1]!; i++) {
      if (--this.missing[graph.to[i]!]! === 0) this.ready.push(graph.to[i]!);
    }
  }

  private begin(t: number): void {
    for (const version of this.reads[t]!) {
      if (--this.pending[version]! === 0) this.wake(this.groupOf[version]!);
    }
    const writes = this.writes[t]!;
    for (let i = 0; i < writes.length; i += 2) this.lock[writes[i]!] = t;
  }

  private commit(t: number): void {
    const writes = this.writes[t]!;
    for (let i = 0; i < writes.length; i += 2) {
      const group = writes[i]!;
      this.current[group] = writes[i + 1]!;
      if (this.lock[group] === t) this.lock[group] = -1;
      this.wake(group);
    }
  }

  private wake(group: number): void {
    for (const node of this.waiting[group]!) this.ready.push(node);
    this.waiting[group] = [];
  }
}
