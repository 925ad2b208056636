/**
 * Directed graphs over the integers 0 … n-1, stored as flat arrays (compressed sparse rows), so that a graph of a
 * million edges is a few megabytes. Edges carry a small integer label that says why they are there.
 * Strongly connected components by Tarjan (1972), without recursion; topological order by Kahn (1962). Linear.
 */

/** Collects edges; duplicates are kept, for they may differ in label. */
export class EdgeList {
  count = 0;
  from = new Int32Array(1024);
  to = new Int32Array(1024);
  label = new Int32Array(1024);

  add(from: number, to: number, label = 0): void {
    if (this.count === this.from.length) this.grow();
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.label[this.count++] = label;
  }

  private grow(): void {
    const bigger = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(old.length * 2);
      copy.set(old);
      return copy;
    };
    this.from = bigger(this.from);
    this.to = bigger(this.to);
    this.label = bigger(this.label);
  }
}

/** The edges that leave node `v` are `to[start[v]] … to[start[v + 1] - 1]`; `edge` gives their place in the edge list. */
export interface Graph {
  readonly nodes: number;
  readonly start: Int32Array;
  readonly to: Int32Array;
  readonly label: Int32Array;
}

export function buildGraph(nodes: number, edges: EdgeList): Graph {
  const start = new Int32Array(nodes + 1);
  for (let i = 0; i < edges.count; i++) start[edges.from[i]! + 1]!++;
  for (let v = 0; v < nodes; v++) start[v + 1]! += start[v]!;
  const next = start.slice(0, nodes);
  const to = new Int32Array(edges.count);
  const label = new Int32Array(edges.count);
  for (let i = 0; i < edges.count; i++) {
    const slot = next[edges.from[i]!]!++;
    to[slot] = edges.to[i]!;
    label[slot] = edges.label[i]!;
  }
  return { nodes, start, to, label };
}

/** An order in which every edge points forward; shorter than the graph when there is a cycle. */
export function topologicalOrder(graph: Graph): Int32Array {
  const { nodes, start, to } = graph;
  const missing = new Int32Array(nodes);
  for (let i = 0; i < to.length; i++) missing[to[i]!]!++;
  const order = new Int32Array(nodes);
  let tail = 0;
  for (let v = 0; v < nodes; v++) if (missing[v] === 0) order[tail++] = v;
  for (let head = 0; head < tail; head++) {
    const v = order[head]!;
    for (let i = start[v]!; i < start[v + 1]!; i++) if (--missing[to[i]!]! === 0) order[tail++] = to[i]!;
  }
  return order.subarray(0, tail);
}

export function isAcyclic(graph: Graph): boolean {
  return topologicalOrder(graph).length === graph.nodes;
}

/** The component of each node, numbered so that edges between components lead from higher numbers to lower ones. */
export function components(graph: Graph): {
  readonly count: number;
  readonly of: Int32Array;
  readonly size: Int32Array;
} {
  const { nodes, start, to } = graph;
  const index = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const cursor = new Int32Array(nodes);
  const of = new Int32Array(nodes).fill(-1);
  const stack = new Int32Array(nodes);
  const path = new Int32Array(nodes);
  let stackTop = 0;
  let visited = 0;
  let count = 0;
  for (let root = 0; root < nodes; root++) {
    if (index[root] !== -1) continue;
    let depth = 0;
    path[0] = root;
    index[root] = low[root] = visited++;
    cursor[root] = start[root]!;
    stack[stackTop++] = root;
    while (depth >= 0) {
      const v = path[depth]!;
      if (cursor[v]! < start[v + 1]!) {
        const w = to[cursor[v]!++]!;
        if (index[w] === -1) {
          index[w] = low[w] = visited++;
          cursor[w] = start[w]!;
          stack[stackTop++] = w;
          path[++depth] = w;
        } else if (of[w] === -1 && index[w]! < low[v]!) low[v] = index[w]!;
      } else {
        if (low[v] === index[v]) {
          let w: number;
          do {
            w = stack[--stackTop]!;
            of[w] = count;
          } while (w !== v);
          count++;
        }
        depth--;
        if (depth >= 0 && low[v]! < low[path[depth]!]!) low[path[depth]!] = low[v]!;
      }
    }
  }
  const size = new Int32Array(count);
  for (let v = 0; v < nodes; v++) size[of[v]!]!++;
  return { count, of, size };
}
