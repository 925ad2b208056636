/**
 * The set of states that a search has met: 128 bits of fingerprint and the state it was first reached from, in typed
 * arrays; 20 bytes a state and 4 bytes a slot, and slots are at most three quarters full. Two states of the same
 * fingerprint are taken for one: Stern and Dill, "Improved probabilistic verification by hash compaction" (1995).
 *
 * Of the ways by which a state is reached in one level of a breadth-first search, the one from the state of least
 * fingerprint is kept: so traces do not depend on who expands what when.
 */

/** What a search needs of the states it has met; `SharedStates` is the same for several workers. */
export interface States {
  /** The index of the state, or -1 - index after adding it. */
  add(print: Int32Array, parent: number): number;
  /** Whether there is no room left for what the next states lead to: see `SharedStates.grown`. */
  readonly crowded: boolean;
  parent(index: number): number;
  /** One of the four lanes of a state's fingerprint. */
  lane(index: number, lane: number): number;
}

/** True when the fingerprint of the one state comes before that of the other. */
export function isBefore(prints: Int32Array, one: number, other: number): boolean {
  for (let lane = 0; lane < 4; lane++) {
    const difference = (prints[4 * one + lane] as number) - (prints[4 * other + lane] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Slots probed are the next ones, so that a search for a state touches one cache line as a rule. */
const smallest = 1 << 12;

export class StateSet implements States {
  size = 0;
  /** States from here on were met in the level that is being made. */
  level = Number.POSITIVE_INFINITY;
  readonly crowded = false;
  private prints = new Int32Array(4 * smallest);
  private parents = new Int32Array(smallest);
  /** Index of a state + 1; 0 where the slot is free. */
  private slots = new Int32Array(smallest * 2);
  private mask = smallest * 2 - 1;
  /** By index: how cheaply the state was reached; kept only where that can improve. */
  private costs: Float64Array | undefined;

  constructor(withCosts = false) {
    if (withCosts) this.costs = new Float64Array(smallest);
  }

  add(print: Int32Array, parent: number, cost = 0): number {
    const a = print[0] as number;
    const b = print[1] as number;
    const c = print[2] as number;
    const d = print[3] as number;
    const { slots, mask, prints } = this;
    let slot = a & mask;
    for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
      const at = 4 * (held - 1);
      if (prints[at] === a && prints[at + 1] === b && prints[at + 2] === c && prints[at + 3] === d) {
        if (held > this.level) this.prefer(held - 1, parent);
        return held - 1;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.size + 1;
    const index = this.append(print, parent, cost);
    if (this.size * 4 > this.slots.length * 3) this.rehash();
    return -1 - index;
  }

  private prefer(index: number, parent: number): void {
    const held = this.parents[index] as number;
    if (held !== parent && held >= 0 && isBefore(this.prints, parent, held)) this.parents[index] = parent;
  }

  /** Adds a state that its caller knows to be new, and finds again by other means. */
  append(print: Int32Array, parent: number, cost = 0): number {
    const index = this.size++;
    if (index === this.parents.length) this.grow();
    this.prints.set(print, 4 * index);
    this.parents[index] = parent;
    if (this.costs) this.costs[index] = cost;
    return index;
  }

  /** Whether a state's cost is kept, so that a cheaper way to it can be told. */
  get improvable(): boolean {
    return this.costs !== undefined;
  }

  parent(index: number): number {
    return this.parents[index] as number;
  }

  lane(index: number, lane: number): number {
    return this.prints[4 * index + lane] as number;
  }

  /** True, and remembered, when the state is reached more cheaply than ever before. */
  improve(index: number, parent: number, cost: number): boolean {
    if (!this.costs || (this.costs[index] as number) <= cost) return false;
    this.costs[index] = cost;
    this.parents[index] = parent;
    return true;
  }

  cost(index: number): number {
    return this.costs?.[index] ?? 0;
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const { prints, parents, slots, costs } = this;
    return 4 * (prints.length + parents.length + slots.length) + 8 * (costs?.length ?? 0);
  }

  /** The fingerprints and origins of all states, four lanes and one number each. */
  contents(): { readonly prints: Int32Array; readonly parents: Int32Array } {
    return { prints: this.prints.subarray(0, 4 * this.size), parents: this.parents.subarray(0, this.size) };
  }

  private grow(): void {
    // By half, not double: the old arrays live until the new ones are filled.
    const capacity = Math.ceil(this.parents.length * 1.5);
    this.prints = grown(this.prints, new Int32Array(4 * capacity));
    this.parents = grown(this.parents, new Int32Array(capacity));
    if (this.costs) this.costs = grown(this.costs, new Float64Array(capacity));
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.size; index++) {
      let slot = (this.prints[4 * index] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.slots = slots;
    this.mask = mask;
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/**
 * An upper bound on the probability that some state was taken for another, and what follows it missed: n states draw
 * 128 random bits each, and no two of them should be equal (the birthday bound).
 */
export const missProbability = (states: number): number => (states * states) / 2 ** 129;
