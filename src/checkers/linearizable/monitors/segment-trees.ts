/**
 * Two segment trees for monitors that would else look at the same values again and again. What they do within a range
 * costs the logarithm of its length, and looks at the rest of the tree only where that changes.
 */

const gone = 0x7fffffff;

/** A row of numbers that are taken out in bulk: those below a bound, within a range. */
export class LeastFirst {
  private readonly size: number;
  /** The least number under each node; leaves from `size` on. */
  private readonly least: Int32Array;

  constructor(numbers: Int32Array) {
    this.size = powerAbove(numbers.length);
    this.least = new Int32Array(2 * this.size).fill(gone);
    this.least.set(numbers, this.size);
    for (let node = this.size - 1; node > 0; node--) this.update(node);
  }

  /** Takes out the numbers below `bound` at places from `from` to before `to`, and calls `taken` with each place. */
  takeBelow(bound: number, from: number, to: number, taken: (place: number) => void): void {
    let [left, right] = [from + this.size, to + this.size];
    for (; left < right; left >>= 1, right >>= 1) {
      if ((left & 1) === 1) this.takeUnder(left++, bound, taken);
      if ((right & 1) === 1) this.takeUnder(--right, bound, taken);
    }
  }

  private takeUnder(top: number, bound: number, taken: (place: number) => void): void {
    while (this.least[top]! < bound) {
      let node = top;
      while (node < this.size) node = 2 * node + (this.least[2 * node]! < bound ? 0 : 1);
      this.least[node] = gone;
      for (let above = node >> 1; above > 0 && this.update(above); above >>= 1);
      taken(node - this.size);
    }
  }

  /** Whether that changed the node. */
  private update(node: number): boolean {
    const before = this.least[node]!;
    const least = Math.min(this.least[2 * node]!, this.least[2 * node + 1]!);
    this.least[node] = least;
    return least !== before;
  }
}

/**
 * How many spans cover each gap, while spans are taken away, and the first gap that none covers. The counts are the
 * running sums of a row in which a span adds 1 where it begins and takes 1 away where it ends.
 */
export class Coverage {
  private readonly size: number;
  /** Under each node: the sum, and the least of the running sums. */
  private readonly sum: Int32Array;
  private readonly least: Int32Array;

  constructor(changes: Int32Array) {
    this.size = powerAbove(changes.length);
    this.sum = new Int32Array(2 * this.size);
    this.sum.set(changes, this.size);
    this.least = this.sum.slice();
    for (let node = this.size - 1; node > 0; node--) this.update(node);
  }

  /** Takes away a span that covers the gaps from `from` to before `to`. */
  uncover(from: number, to: number): void {
    this.sum[from + this.size] = --this.least[from + this.size]!;
    this.sum[to + this.size] = ++this.least[to + this.size]!;
    let [left, right] = [(from + this.size) >> 1, (to + this.size) >> 1];
    for (; left !== right; left >>= 1, right >>= 1) {
      this.update(left);
      this.update(right);
    }
    for (; left > 0 && this.update(left); left >>= 1);
  }

  /** The first uncovered gap at or after `from`, when the gap before `from` is uncovered or there is none. */
  firstFree(from: number): number {
    let node = from + this.size;
    let count = 0;
    // To the right, over subtrees as large as they come, until one has an uncovered gap.
    for (; count + this.least[node]! > 0; node++) {
      count += this.sum[node]!;
      while ((node & 1) === 1) node >>= 1;
    }
    while (node < this.size) {
      node *= 2;
      if (count + this.least[node]! > 0) count += this.sum[node++]!;
    }
    return node - this.size;
  }

  /** Whether that changed the node. */
  private update(node: number): boolean {
    const { sum, least } = this;
    const total = sum[2 * node]! + sum[2 * node + 1]!;
    const low = Math.min(least[2 * node]!, sum[2 * node]! + least[2 * node + 1]!);
    const changed = total !== sum[node] || low !== least[node];
    sum[node] = total;
    least[node] = low;
    return changed;
  }
}

function powerAbove(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(2, count)));
}
