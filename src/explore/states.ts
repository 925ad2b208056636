/**
 * The set of states that a search has met: 128 bits of fingerprint and the state it was first reached from, in records of
 * 24 bytes, and 4 bytes a slot, of which at most three quarters are taken. Two states of the same fingerprint are taken
 * for one: Stern and Dill, "Improved probabilistic verification by hash compaction" (1995).
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
  /** States from this index on were met in the level that is being made. */
  level: number;
  parent(index: number): number;
  /** One of the four lanes of a state's fingerprint. */
  lane(index: number, lane: number): number;
}

/**
 * A state's record: the four lanes of its fingerprint, its parent's index, and the first lane of a parent that it has or
 * had. Parents only come earlier in the order of fingerprints, so one that is not before that lane need not be looked at.
 */
export const record = { length: 6, parent: 4, hint: 5 };
/** Before every parent's first lane, for a state that has no parent. */
const noParent = -(2 ** 31);

export function writeRecord(records: Int32Array, index: number, print: Int32Array, parent: number): void {
  const at = record.length * index;
  records[at] = print[0] as number;
  records[at + 1] = print[1] as number;
  records[at + 2] = print[2] as number;
  records[at + 3] = print[3] as number;
  records[at + record.parent] = parent;
  records[at + record.hint] = parent < 0 ? noParent : (records[record.length * parent] as number);
}

export function isRecordOf(records: Int32Array, index: number, print: Int32Array): boolean {
  const at = record.length * index;
  return (
    records[at] === print[0] &&
    records[at + 1] === print[1] &&
    records[at + 2] === print[2] &&
    records[at + 3] === print[3]
  );
}

/** Whether one state might be a better parent of another than the one that this has. */
export function mightBeParent(records: Int32Array, parent: number, index: number): boolean {
  const lane = records[record.length * parent] as number;
  return lane <= (records[record.length * index + record.hint] as number);
}

/** True when the fingerprint of the one state comes before that of the other. */
export function isBefore(records: Int32Array, one: number, other: number): boolean {
  for (let lane = 0; lane < 4; lane++) {
    const difference =
      (records[record.length * one + lane] as number) - (records[record.length * other + lane] as number);
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
  private records = new Int32Array(record.length * smallest);
  /** Index of a state + 1; 0 where the slot is free. */
  private slots = new Int32Array(smallest * 2);
  private mask = smallest * 2 - 1;
  /** By index: how cheaply the state was reached; kept only where that can improve. */
  private costs: Float64Array | undefined;

  constructor(withCosts = false) {
    if (withCosts) this.costs = new Float64Array(smallest);
  }

  add(print: Int32Array, parent: number, cost = 0): number {
    const { slots, mask, records } = this;
    let slot = (print[0] as number) & mask;
    for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
      if (isRecordOf(records, held - 1, print)) {
        if (held > this.level && mightBeParent(records, parent, held - 1)) this.prefer(held - 1, parent);
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
    const held = this.parent(index);
    if (held !== parent && held >= 0 && isBefore(this.records, parent, held)) this.adopt(index, parent);
  }

  private adopt(index: number, parent: number): void {
    const { records } = this;
    const at = record.length * index;
    records[at + record.parent] = parent;
    records[at + record.hint] = records[record.length * parent] as number;
  }

  /** Adds a state that its caller knows to be new, and finds again by other means. */
  append(print: Int32Array, parent: number, cost = 0): number {
    const index = this.size++;
    if (record.length * index === this.records.length) this.grow();
    writeRecord(this.records, index, print, parent);
    if (this.costs) this.costs[index] = cost;
    return index;
  }

  /** Whether a state's cost is kept, so that a cheaper way to it can be told. */
  get improvable(): boolean {
    return this.costs !== undefined;
  }

  parent(index: number): number {
    return this.records[record.length * index + record.parent] as number;
  }

  lane(index: number, lane: number): number {
    return this.records[record.length * index + lane] as number;
  }

  /** True, and remembered, when the state is reached more cheaply than ever before. */
  improve(index: number, parent: number, cost: number): boolean {
    if (!this.costs || (this.costs[index] as number) <= cost) return false;
    this.costs[index] = cost;
    this.adopt(index, parent);
    return true;
  }

  cost(index: number): number {
    return this.costs?.[index] ?? 0;
  }

  /** Bytes of all arrays. */
  get bytes(): number {
    const { records, slots, costs } = this;
    return 4 * (records.length + slots.length) + 8 * (costs?.length ?? 0);
  }

  /** The records of all states. */
  contents(): Int32Array {
    return this.records.subarray(0, record.length * this.size);
  }

  private grow(): void {
    // By half, not double: the old arrays live until the new ones are filled.
    const capacity = Math.ceil((this.records.length / record.length) * 1.5);
    this.records = grown(this.records, new Int32Array(record.length * capacity));
    if (this.costs) this.costs = grown(this.costs, new Float64Array(capacity));
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.size; index++) {
      let slot = this.lane(index, 0) & mask;
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
