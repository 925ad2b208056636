/**
 * The states that several workers have met together, in shared memory. Who meets a state first is settled by one
 * compare-and-exchange on its slot: its fingerprint is written before, so whoever finds the slot taken can read it.
 * (Laarman, van de Pol and Weber, "Boosting multi-core reachability performance with shared hash tables", 2010.)
 * Arrays do not grow under the workers' hands: when they get crowded, all pause, and the first worker makes larger ones.
 */
import { isBefore, type StateSet, type States } from './states.ts';

/** What workers are sent; the same memory for all. */
export interface StatesHandle {
  readonly counters: Int32Array;
  readonly prints: Int32Array;
  readonly parents: Int32Array;
  readonly slots: Int32Array;
}

/** Places of the counters. */
const sizeAt = 0;
const levelAt = 1;
/** Fewest states for which there is room, and room that is kept for what each worker's present state leads to. */
const smallest = 1 << 16;
const slack = 1 << 12;

const shared = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

export class SharedStates implements States {
  readonly handle: StatesHandle;
  private readonly counters: Int32Array;
  private readonly prints: Int32Array;
  private readonly parents: Int32Array;
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly most: number;
  /** An index that this worker took for a state which another put in first. */
  private spare = -1;

  constructor(handle: StatesHandle, spare = -1) {
    this.handle = handle;
    this.counters = handle.counters;
    this.prints = handle.prints;
    this.parents = handle.parents;
    this.slots = handle.slots;
    this.mask = handle.slots.length - 1;
    this.most = handle.parents.length - slack * mostWorkers;
    this.spare = spare;
  }

  static from(states: StateSet): SharedStates {
    const { prints, parents } = states.contents();
    const made = SharedStates.empty(parents.length);
    made.prints.set(prints);
    made.parents.set(parents);
    made.counters[sizeAt] = parents.length;
    for (let index = 0; index < parents.length; index++) made.place(index);
    return made;
  }

  private static empty(states: number): SharedStates {
    const room = Math.max(smallest, Math.ceil(2 * states)) + slack * mostWorkers;
    let slots = 1 << 17;
    while (slots * 3 < room * 4) slots *= 2;
    return new SharedStates({
      counters: shared(4),
      prints: shared(4 * room),
      parents: shared(room),
      slots: shared(slots),
    });
  }

  /** The same states with more room; indices stay. Only while no worker adds any. */
  grown(): SharedStates {
    const taken = this.counters[sizeAt] as number;
    const made = SharedStates.empty(taken);
    made.prints.set(this.prints.subarray(0, 4 * taken));
    made.parents.set(this.parents.subarray(0, taken));
    made.counters.set(this.counters);
    // By slot: an index that is somebody's spare has none.
    for (const held of this.slots) if (held !== 0) made.place(held - 1);
    return made.withSpare(this);
  }

  /** These states for the worker that has used `before` until now. */
  withSpare(before: SharedStates): SharedStates {
    this.spare = before.spare;
    return this;
  }

  private place(index: number): void {
    const { slots, mask } = this;
    let slot = (this.prints[4 * index] as number) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = index + 1;
  }

  /** Indices taken, those of spares included. */
  get taken(): number {
    return Atomics.load(this.counters, sizeAt);
  }

  get holdsSpare(): boolean {
    return this.spare >= 0;
  }

  /** States from here on were met in the level that is being made. */
  set level(index: number) {
    Atomics.store(this.counters, levelAt, index);
  }

  get crowded(): boolean {
    return this.taken >= this.most;
  }

  add(print: Int32Array, parent: number): number {
    const { slots, mask, prints } = this;
    const a = print[0] as number;
    let slot = a & mask;
    for (;;) {
      let held = Atomics.load(slots, slot);
      if (held === 0) {
        const index = this.written(print, parent);
        held = Atomics.compareExchange(slots, slot, 0, index + 1);
        if (held === 0) {
          this.spare = -1;
          return -1 - index;
        }
      }
      const at = 4 * (held - 1);
      if (
        prints[at] === a &&
        prints[at + 1] === print[1] &&
        prints[at + 2] === print[2] &&
        prints[at + 3] === print[3]
      ) {
        if (held > Atomics.load(this.counters, levelAt)) this.prefer(held - 1, parent);
        return held - 1;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** The index under which the state stands ready to be met. */
  private written(print: Int32Array, parent: number): number {
    if (this.spare < 0) this.spare = Atomics.add(this.counters, sizeAt, 1);
    const index = this.spare;
    if (index >= this.parents.length)
      throw new RangeError('one state leads to more states than there is room for');
    this.prints.set(print, 4 * index);
    this.parents[index] = parent;
    return index;
  }

  private prefer(index: number, parent: number): void {
    const { parents, prints } = this;
    for (let held = Atomics.load(parents, index); held >= 0 && held !== parent; ) {
      if (!isBefore(prints, parent, held)) return;
      const found = Atomics.compareExchange(parents, index, held, parent);
      if (found === held) return;
      held = found;
    }
  }

  parent(index: number): number {
    return Atomics.load(this.parents, index);
  }

  lane(index: number, lane: number): number {
    return this.prints[4 * index + lane] as number;
  }

  get bytes(): number {
    const { prints, parents, slots } = this;
    return 4 * (prints.length + parents.length + slots.length);
  }
}

/** More workers than this share no search. */
export const mostWorkers = 64;
