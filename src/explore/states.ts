/**
 * The set of states that a search has met: 128 bits of fingerprint, the state it was first reached from and the action,
 * in typed arrays; 24 bytes a state and 4 bytes a slot, and slots are at most three quarters full. Two states of the
 * same fingerprint are taken for one: Stern and Dill, "Improved probabilistic verification by hash compaction" (1995).
 */

/** Slots probed are the next ones, so that a search for a state touches one cache line as a rule. */
const smallest = 1 << 12;

export class StateSet {
  size = 0;
  private prints = new Int32Array(4 * smallest);
  private parents = new Int32Array(smallest);
  private actions = new Int32Array(smallest);
  /** Index of a state + 1; 0 where the slot is free. */
  private slots = new Int32Array(smallest * 2);
  private mask = smallest * 2 - 1;
  /** By index: how cheaply the state was reached; kept only where that can improve. */
  private costs: Int32Array | undefined;

  constructor(withCosts = false) {
    if (withCosts) this.costs = new Int32Array(smallest);
  }

  /** The index of the state, or -1 - index after adding it. */
  add(print: Int32Array, parent: number, action: number, cost: number): number {
    const a = print[0] as number;
    const b = print[1] as number;
    const c = print[2] as number;
    const d = print[3] as number;
    const { slots, mask, prints } = this;
    let slot = a & mask;
    for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
      const at = 4 * (held - 1);
      if (prints[at] === a && prints[at + 1] === b && prints[at + 2] === c && prints[at + 3] === d)
        return held - 1;
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.size + 1;
    const index = this.append(print, parent, action, cost);
    if (this.size * 4 > this.slots.length * 3) this.rehash();
    return -1 - index;
  }

  /** Adds a state that its caller knows to be new, and finds again by other means. */
  append(print: Int32Array, parent: number, action: number, cost: number): number {
    const index = this.size++;
    if (index === this.parents.length) this.grow();
    this.prints.set(print, 4 * index);
    this.parents[index] = parent;
    this.actions[index] = action;
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

  action(index: number): number {
    return this.actions[index] as number;
  }

  /** True, and remembered, when the state is reached more cheaply than ever before. */
  improve(index: number, parent: number, action: number, cost: number): boolean {
    if (!this.costs || (this.costs[index] as number) <= cost) return false;
    this.costs[index] = cost;
    this.parents[index] = parent;
    this.actions[index] = action;
    return true;
  }

  cost(index: number): number {
    return this.costs?.[index] ?? 0;
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const { prints, parents, actions, slots, costs } = this;
    return 4 * (prints.length + parents.length + actions.length + slots.length + (costs?.length ?? 0));
  }

  private grow(): void {
    // By half, not double: the old arrays live until the new ones are filled.
    const capacity = Math.ceil(this.parents.length * 1.5);
    this.prints = grown(this.prints, 4 * capacity);
    this.parents = grown(this.parents, capacity);
    this.actions = grown(this.actions, capacity);
    if (this.costs) this.costs = grown(this.costs, capacity);
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

function grown(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}

/**
 * An upper bound on the probability that some state was taken for another, and what follows it missed: n states draw
 * 128 random bits each, and no two of them should be equal (the birthday bound).
 */
export const missProbability = (states: number): number => (states * states) / 2 ** 129;
