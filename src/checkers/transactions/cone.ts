/**
 * What a contradiction rests on. Inferred edges are there because of paths that were there before them, and these of
 * edges before them in turn; so from the edges of a cycle one comes back to the recorded ones, and to the few
 * transactions that they relate. A breadth-first search for each inferred edge that is met.
 */
import type { EdgeList } from '../../base/graph.ts';

/** Paths any one of which is the reason for an edge; none for edges that were recorded. */
export type Reasons = (edge: number) => readonly (readonly [from: number, to: number])[];

export class Cone {
  /** The nodes on the paths, without those inside a run of recorded order. */
  readonly nodes = new Set<number>();
  private readonly edges: EdgeList;
  private readonly reasons: Reasons;
  private readonly start: Int32Array;
  private readonly incoming: Int32Array;
  private readonly queue: number[] = [];
  private readonly queued = new Set<number>();

  constructor(nodes: number, edges: EdgeList, reasons: Reasons) {
    this.edges = edges;
    this.reasons = reasons;
    this.start = new Int32Array(nodes + 1);
    for (let i = 0; i < edges.count; i++) this.start[edges.to[i]! + 1]!++;
    for (let v = 0; v < nodes; v++) this.start[v + 1]! += this.start[v]!;
    const next = this.start.slice();
    this.incoming = new Int32Array(edges.count);
    for (let i = 0; i < edges.count; i++) this.incoming[next[edges.to[i]!]!++] = i;
  }

  /** Takes in a cycle or a path, given by its edges, with all that they rest on. */
  take(edges: Iterable<number>): this {
    for (const edge of edges) this.enqueue(edge);
    for (let edge = this.queue.pop(); edge !== undefined; edge = this.queue.pop()) {
      this.nodes.add(this.edges.from[edge]!).add(this.edges.to[edge]!);
      for (const [from, to] of this.reasons(edge)) {
        const path = this.path(from, to, edge);
        if (!path) continue;
        for (const step of path) this.enqueue(step);
        this.nodes.add(from).add(to);
        break;
      }
    }
    return this;
  }

  private enqueue(edge: number): void {
    if (this.queued.has(edge)) return;
    this.queued.add(edge);
    this.queue.push(edge);
  }

  /** The shortest path of edges before `limit`, as edges. */
  path(from: number, to: number, limit = this.edges.count): number[] | undefined {
    if (from === to) return [];
    const via = new Map<number, number>([[to, -1]]);
    const ahead = [to];
    for (const v of ahead) {
      for (let i = this.start[v]!; i < this.start[v + 1]!; i++) {
        const edge = this.incoming[i]!;
        const before = this.edges.from[edge]!;
        if (edge >= limit || via.has(before)) continue;
        via.set(before, edge);
        if (before === from) return this.unwind(from, to, via);
        ahead.push(before);
      }
    }
    return undefined;
  }

  private unwind(from: number, to: number, via: ReadonlyMap<number, number>): number[] {
    const path: number[] = [];
    for (let v = from; v !== to; v = this.edges.to[path[path.length - 1]!]!) path.push(via.get(v)!);
    return path;
  }
}
