/**
 * How each configuration of a breadth-first search came to be: a tree of linearized operations with links to
 * parents. Branches that died out are collected when the tree has doubled, so it stays about as long as the history.
 */

export class Nodes {
  private parents = new Int32Array(1024);
  private entries = new Int32Array(1024);
  private events = new Int32Array(1024);
  private end = 1;
  private collectAt = 1 << 16;

  reset(): void {
    this.end = 1;
  }

  get bytes(): number {
    return this.parents.length * 12;
  }

  get isFull(): boolean {
    return this.end >= this.collectAt;
  }

  /** A node for an operation (or the complement of a lane) that was linearized while `event` was due. */
  add(parent: number, entry: number, event: number): number {
    if (this.end === this.parents.length) {
      this.parents = doubled(this.parents);
      this.entries = doubled(this.entries);
      this.events = doubled(this.events);
    }
    this.parents[this.end] = parent;
    this.entries[this.end] = entry;
    this.events[this.end] = event;
    return this.end++;
  }

  /** From the root to the node: pairs of entry and event. */
  path(node: number): { entry: number; event: number }[] {
    const path: { entry: number; event: number }[] = [];
    for (let at = node; at !== 0; at = this.parents[at]!) {
      path.push({ entry: this.entries[at]!, event: this.events[at]! });
    }
    return path.reverse();
  }

  /** Drops all nodes but the ancestors of those that lie in `records` at `at`, `at + stride`, …, and renames these in place. */
  collect(records: Int32Array, at: number, stride: number, end: number): void {
    const names = new Int32Array(this.end);
    for (let i = at; i < end; i += stride) names[records[i]!] = 1;
    for (let node = this.end - 1; node > 0; node--) {
      if (names[node] === 1) names[this.parents[node]!] = 1;
    }
    names[0] = 0;
    let next = 1;
    // A parent is older than its children, so its new name is known when they come.
    for (let node = 1; node < this.end; node++) {
      if (names[node] === 0) continue;
      this.parents[next] = names[this.parents[node]!]!;
      this.entries[next] = this.entries[node]!;
      this.events[next] = this.events[node]!;
      names[node] = next++;
    }
    for (let i = at; i < end; i += stride) records[i] = names[records[i]!]!;
    this.end = next;
    this.collectAt = Math.max(1 << 16, next * 2);
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(array.length * 2);
  copy.set(array);
  return copy;
}
