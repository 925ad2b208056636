/**
 * The states that several workers have met together, in shared memory. Who meets a state first is settled by one
 * compare-and-exchange on its slot: its fingerprint is written before, so whoever finds the slot taken can read it.
 * (Laarman, van de Pol and Weber, "Boosting multi-core reachability performance with shared hash tables", 2010.)
 * Arrays do not grow under the workers' hands: when they get crowded, all pause, and the first worker makes larger ones.
 */
import {
  isBefore,
  isRecordOf,
  mightBeParent,
  record,
  type StateSet,
  type States,
  writeRecord,
} from './states.ts';

/** What workers are sent; the same memory for all. */
export interface StatesHandle {
  /** How many indices are taken, in blocks. */
  readonly taken: Int32Array;
  readonly records: Int32Array;
  readonly slots: Int32Array;
}

/**
 * Each worker takes so many indices at once, so that workers seldom write to the same cache line: that costs more than
 * all else that is shared.
 */
const block = 64;
/** Fewest states for which there is room, and room that is kept for what each worker's present state leads to. */
const smallest = 1 << 16;
const slack = 1 << 12;

/** States that are moved at once. */
const atOnce = 256;

const shared = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length));

export class SharedStates implements States {
  readonly handle: StatesHandle;
  /** How many states this worker was the first to meet. */
  added = 0;
  private readonly records: Int32Array;
  private readonly slots: Int32Array;
  private readonly mask: number;
  private readonly most: number;
  /** What is left of the indices that this worker took. */
  private next = 0;
  private end = 0;
  /** States from here on were met in the level that is being made. */
  private first = 0;

  constructor(handle: StatesHandle) {
    this.handle = handle;
    this.records = handle.records;
    this.slots = handle.slots;
    this.mask = handle.slots.length - 1;
    this.most = handle.records.length / record.length - slack * mostWorkers;
  }

  static from(states: StateSet): SharedStates {
    const made = SharedStates.empty(states.size);
    made.records.set(states.contents());
    made.handle.taken[0] = states.size;
    for (let index = 0; index < states.size; index++) made.place(index, made.lane(index, 0));
    return made;
  }

  private static empty(states: number): SharedStates {
    const room = Math.max(smallest, Math.ceil(2 * states)) + slack * mostWorkers;
    let slots = 1 << 17;
    while (slots * 3 < room * 4) slots *= 2;
    return new SharedStates({
      taken: shared(1),
      records: shared(record.length * room),
      slots: shared(slots),
    });
  }

  /** Memory with more room for the same states; indices stay. Only while no worker adds any; each then takes over a part. */
  grown(): StatesHandle {
    const { taken } = this;
    const { handle } = SharedStates.empty(taken);
    handle.records.set(this.records.subarray(0, record.length * taken));
    handle.taken[0] = taken;
    return handle;
  }

  /** Finds places in larger memory for a part of the states: those in so many parts of the slots, this being one of them. */
  movedTo(handle: StatesHandle, part: number, parts: number): SharedStates {
    const { slots, added, next, end, first } = this;
    const moved = new SharedStates(handle);
    Object.assign(moved, { added, next, end, first });
    const last = Math.floor(((part + 1) * slots.length) / parts);
    // Where a record lies says nothing of where its state's slot does. Many reads at once wait for memory together.
    const [indices, lanes] = [new Int32Array(atOnce), new Int32Array(atOnce)];
    for (let slot = Math.floor((part * slots.length) / parts); slot < last; ) {
      let count = 0;
      for (; slot < last && count < atOnce; slot++) {
        // An index that nobody has used has no slot.
        const held = slots[slot] as number;
        if (held !== 0) indices[count++] = held - 1;
      }
      for (let at = 0; at < count; at++) lanes[at] = this.lane(indices[at] as number, 0);
      for (let at = 0; at < count; at++) moved.place(indices[at] as number, lanes[at] as number);
    }
    return moved;
  }

  private place(index: number, lane: number): void {
    const { slots, mask } = this;
    let slot = lane & mask;
    while (slots[slot] !== 0 || Atomics.compareExchange(slots, slot, 0, index + 1) !== 0)
      slot = (slot + 1) & mask;
  }

  /** Indices taken, those that workers have not used among them. */
  get taken(): number {
    return Atomics.load(this.handle.taken, 0);
  }

  /** Indices that were taken before a level are not used in it: so an index tells whether its state belongs to it. */
  set level(index: number) {
    this.first = index;
    this.next = this.end;
  }

  get crowded(): boolean {
    return this.taken >= this.most;
  }

  add(print: Int32Array, parent: number): number {
    const { slots, mask, records } = this;
    // Most states have been met, and plain reads find them several times as quickly. Where one misses what another worker is
    // writing, the look below does not.
    let slot = (print[0] as number) & mask;
    for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
      if (isRecordOf(records, held - 1, print)) return this.metAgain(held - 1, parent);
      slot = (slot + 1) & mask;
    }
    slot = (print[0] as number) & mask;
    for (;;) {
      let held = Atomics.load(slots, slot);
      if (held === 0) {
        const index = this.written(print, parent);
        held = Atomics.compareExchange(slots, slot, 0, index + 1);
        if (held === 0) {
          this.next++;
          this.added++;
          return -1 - index;
        }
      }
      if (isRecordOf(records, held - 1, print)) return this.metAgain(held - 1, parent);
      slot = (slot + 1) & mask;
    }
  }

  private metAgain(index: number, parent: number): number {
    if (index >= this.first && mightBeParent(this.records, parent, index)) this.prefer(index, parent);
    return index;
  }

  /** The index under which the state stands ready to be met. */
  private written(print: Int32Array, parent: number): number {
    if (this.next === this.end) {
      this.next = Atomics.add(this.handle.taken, 0, block);
      this.end = this.next + block;
    }
    const index = this.next;
    if (record.length * index >= this.records.length)
      throw new RangeError('one state leads to more states than there is room for');
    writeRecord(this.records, index, print, parent);
    return index;
  }

  private prefer(index: number, parent: number): void {
    const { records } = this;
    const at = record.length * index;
    for (let held = Atomics.load(records, at + record.parent); held >= 0 && held !== parent; ) {
      if (!isBefore(records, parent, held)) return;
      const found = Atomics.compareExchange(records, at + record.parent, held, parent);
      if (found === held) {
        // When two do so at once, the later lane may be the one that stays: it is still that of a former parent.
        records[at + record.hint] = this.lane(parent, 0);
        return;
      }
      held = found;
    }
  }

  parent(index: number): number {
    return Atomics.load(this.records, record.length * index + record.parent);
  }

  lane(index: number, lane: number): number {
    return this.records[record.length * index + lane] as number;
  }

  get bytes(): number {
    const { records, slots } = this;
    return 4 * (records.length + slots.length);
  }
}

/** More workers than this share no search. */
export const mostWorkers = 64;
