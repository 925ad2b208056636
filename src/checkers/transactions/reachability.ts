/** Which node reaches which, as one bit each: nodes²/8 bytes, edges × nodes/32 steps to build. */
import { type Graph, topologicalOrder } from '../../base/graph.ts';

export class Reachability {
  private readonly bits: Int32Array;
  private readonly words: number;

  private constructor(nodes: number) {
    this.words = (nodes + 31) >>> 5;
    this.bits = new Int32Array(nodes * this.words);
  }

  /** Undefined when the graph has a cycle. */
  static of(graph: Graph): Reachability | undefined {
    const order = topologicalOrder(graph);
    if (order.length < graph.nodes) return undefined;
    const reach = new Reachability(graph.nodes);
    const { bits, words } = reach;
    for (let at = order.length - 1; at >= 0; at--) {
      const v = order[at]!;
      const row = v * words;
      for (let i = graph.start[v]!; i < graph.start[v + 1]!; i++) {
        const to = graph.to[i]!;
        if (reach.has(v, to)) continue;
        const other = to * words;
        for (let w = 0; w < words; w++) bits[row + w]! |= bits[other + w]!;
        bits[row + (to >>> 5)]! |= 1 << (to & 31);
      }
    }
    return reach;
  }

  has(from: number, to: number): boolean {
    return (this.bits[from * this.words + (to >>> 5)]! & (1 << (to & 31))) !== 0;
  }

  /** Whether none of the edges (flat pairs) would close a cycle. */
  allows(edges: readonly number[]): boolean {
    for (let i = 0; i < edges.length; i += 2) {
      if (edges[i] === edges[i + 1] || this.has(edges[i + 1]!, edges[i]!)) return false;
    }
    return true;
  }
}
