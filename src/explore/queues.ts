/**
 * States that wait to be expanded, in the order they came in. States that are lists of small numbers are written into
 * bytes, seven bits each, so that a waiting world takes some tens of bytes and the garbage collector need not look.
 */

export interface StateQueue<State> {
  readonly size: number;
  /** Set by `take`. */
  state: State;
  index: number;
  /** The state need not be good for longer than the call. */
  put(state: State, index: number): void;
  /** The next one; only when there is one. */
  take(): void;
  /** Takes the next ones out, as `postMessage` can send them to the worker of this number, whose queue receives them. */
  give(count: number, receiver: number): unknown;
  /** Adds those that the worker of this number gave; returns how many. */
  receive(given: unknown, sender: number): number;
}

/** How what numbers stand for is told to other workers, which have other numbers for it. */
export interface Numbering {
  /** What a receiver has to be told to understand these lists, apart from what it has been told before. */
  readonly tell: (lists: readonly (readonly number[])[], receiver: number) => unknown;
  /** How a list of the sender's is put into one's own numbers. */
  readonly understand: (told: unknown, sender: number) => (list: readonly number[]) => readonly number[];
}

/** Of states that are not changed later. */
export class ObjectQueue<State> implements StateQueue<State> {
  state = undefined as State;
  index = 0;
  private readonly states: State[] = [];
  private readonly indices: number[] = [];
  private head = 0;

  get size(): number {
    return this.states.length - this.head;
  }

  put(state: State, index: number): void {
    this.states.push(state);
    this.indices.push(index);
  }

  take(): void {
    const at = this.head++;
    this.state = this.states[at] as State;
    this.index = this.indices[at] as number;
    this.states[at] = undefined as State;
  }

  give(count: number): GivenObjects<State> {
    const given: GivenObjects<State> = { states: [], indices: [] };
    while (given.states.length < count) {
      this.take();
      given.states.push(this.state);
      given.indices.push(this.index);
    }
    return given;
  }

  receive(given: unknown): number {
    const { states, indices } = given as GivenObjects<State>;
    states.forEach((state, at) => {
      this.put(state, indices[at] as number);
    });
    return states.length;
  }
}

interface GivenObjects<State> {
  readonly states: State[];
  readonly indices: number[];
}

/** Bytes of the first piece of memory, and of all when there are many. */
const firstPiece = 1 << 10;
const laterPiece = 1 << 16;
/** Bytes of the longest number. */
const longest = 5;

export class NumbersQueue implements StateQueue<readonly number[]> {
  size = 0;
  state: readonly number[] = [];
  index = 0;
  private readonly pieces: Uint8Array[] = [];
  private writing = new Uint8Array(0);
  private end = 0;
  private reading = 0;
  private at = 0;
  /** By piece: where it ends. */
  private readonly ends: number[] = [];
  private readonly numbering: Numbering;

  constructor(numbering: Numbering) {
    this.numbering = numbering;
  }

  put(state: readonly number[], index: number): void {
    const most = longest * (state.length + 2);
    if (this.end + most > this.writing.length) this.nextPiece(most);
    this.number(index);
    this.number(state.length);
    for (let at = 0; at < state.length; at++) this.number(state[at] as number);
    this.ends[this.pieces.length - 1] = this.end;
    this.size++;
  }

  private nextPiece(least: number): void {
    const usual = this.pieces.length === 0 ? firstPiece : laterPiece;
    this.writing = new Uint8Array(Math.max(usual, least));
    this.end = 0;
    this.ends.push(0);
    this.pieces.push(this.writing);
  }

  private number(value: number): void {
    const { writing } = this;
    let left = value;
    while (left > 0x7f) {
      writing[this.end++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    writing[this.end++] = left;
  }

  take(): void {
    if (this.at === this.ends[this.reading]) {
      this.pieces[this.reading] = new Uint8Array(0);
      this.reading++;
      this.at = 0;
    }
    this.size--;
    this.index = this.read();
    // Grown, not made of that length: a list without holes is quicker to read.
    const state: number[] = [];
    for (let left = this.read(); left > 0; left--) state.push(this.read());
    this.state = state;
  }

  private read(): number {
    const bytes = this.pieces[this.reading] as Uint8Array;
    let byte = bytes[this.at++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; ; shift += 7) {
      byte = bytes[this.at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  give(count: number, receiver: number): GivenNumbers {
    const parcel = new NumbersQueue(this.numbering);
    const lists: (readonly number[])[] = [];
    while (lists.length < count) {
      this.take();
      parcel.put(this.state, this.index);
      lists.push(this.state);
    }
    const { pieces, ends, size } = parcel;
    return { pieces, ends, size, told: this.numbering.tell(lists, receiver) };
  }

  receive(given: unknown, sender: number): number {
    const { pieces, ends, size, told } = given as GivenNumbers;
    const own = this.numbering.understand(told, sender);
    const parcel = new NumbersQueue(this.numbering);
    parcel.pieces.push(...pieces);
    parcel.ends.push(...ends);
    for (parcel.size = size; parcel.size > 0; ) {
      parcel.take();
      this.put(own(parcel.state), parcel.index);
    }
    return size;
  }
}

interface GivenNumbers {
  readonly pieces: readonly Uint8Array[];
  readonly ends: readonly number[];
  readonly size: number;
  readonly told: unknown;
}
