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

/** A state as numbers, and its index. */
interface Listed {
  readonly numbers: readonly number[];
  readonly index: number;
}

/** How what numbers stand for is told to other workers, which have other numbers for it. */
export interface Numbering {
  /** What a receiver has to be told to understand these, apart from what it has been told before. */
  readonly tell: (listed: Iterable<Listed>, receiver: number) => unknown;
  /** How the sender's numbers are put into one's own; undefined where they are the same. */
  readonly understand: (
    told: unknown,
    sender: number,
  ) => ((numbers: readonly number[]) => readonly number[]) | undefined;
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

/** Some of the states, one after the other: index, length, numbers. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Where they end, and how many they are. */
  end: number;
  size: number;
}

export class NumbersQueue implements StateQueue<readonly number[]> {
  size = 0;
  state: readonly number[] = [];
  index = 0;
  private readonly pieces: Piece[] = [];
  /** The last one, while there is room in it. */
  private writing: Piece | undefined;
  /** How many pieces have been read, and how far the next one. */
  private read = 0;
  private at = 0;
  private readonly numbering: Numbering | undefined;

  /** None is needed where none are given to others. */
  constructor(numbering?: Numbering) {
    this.numbering = numbering;
  }

  put(state: readonly number[], index: number): void {
    const most = longest * (state.length + 2);
    let { writing } = this;
    if (!writing || writing.end + most > writing.bytes.length) writing = this.nextPiece(most);
    const { bytes } = writing;
    let end = writeNumber(bytes, writing.end, index);
    end = writeNumber(bytes, end, state.length);
    for (let at = 0; at < state.length; at++) end = writeNumber(bytes, end, state[at] as number);
    writing.end = end;
    writing.size++;
    this.size++;
  }

  private nextPiece(least: number): Piece {
    const usual = this.pieces.length === 0 ? firstPiece : laterPiece;
    const piece = { bytes: new Uint8Array(Math.max(usual, least)), end: 0, size: 0 };
    this.writing = piece;
    this.pieces.push(piece);
    return piece;
  }

  take(): void {
    if (this.at === this.pieces[this.read]?.end) this.dropPiece();
    this.size--;
    this.index = this.readNumber();
    // Grown, not made of that length: a list without holes is quicker to read.
    const state: number[] = [];
    for (let left = this.readNumber(); left > 0; left--) state.push(this.readNumber());
    this.state = state;
  }

  private dropPiece(): void {
    this.pieces[this.read] = noPiece;
    this.read++;
    this.at = 0;
  }

  private readNumber(): number {
    const { bytes } = this.pieces[this.read] as Piece;
    let byte = bytes[this.at++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; ; shift += 7) {
      byte = bytes[this.at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  /** Whole pieces go as they are. */
  give(count: number, receiver: number): GivenNumbers {
    const parcel = new NumbersQueue();
    while (parcel.size < count) {
      if (this.at === this.pieces[this.read]?.end) this.dropPiece();
      const piece = this.pieces[this.read] as Piece;
      if (this.at === 0 && piece.size <= count - parcel.size) {
        if (piece === this.writing) this.writing = undefined;
        this.size -= piece.size;
        this.dropPiece();
        parcel.append(piece);
      } else {
        this.take();
        parcel.put(this.state, this.index);
      }
    }
    const { pieces } = parcel;
    return { pieces, told: this.numbering?.tell(listsIn(pieces), receiver) };
  }

  append(piece: Piece): void {
    this.pieces.push(piece);
    this.size += piece.size;
    this.writing = undefined;
  }

  receive(given: unknown, sender: number): number {
    const { pieces, told } = given as GivenNumbers;
    const own = this.numbering?.understand(told, sender);
    const before = this.size;
    if (!own) for (const piece of pieces) this.append(piece);
    else {
      for (const { numbers, index } of listsIn(pieces)) this.put(own(numbers), index);
    }
    return this.size - before;
  }
}

const noPiece: Piece = { bytes: new Uint8Array(0), end: 0, size: 0 };

function writeNumber(bytes: Uint8Array, end: number, value: number): number {
  let [at, left] = [end, value];
  while (left > 0x7f) {
    bytes[at++] = (left & 0x7f) | 0x80;
    left >>>= 7;
  }
  bytes[at++] = left;
  return at;
}

function* listsIn(pieces: readonly Piece[]): Generator<Listed> {
  const queue = new NumbersQueue();
  for (const piece of pieces) queue.append(piece);
  while (queue.size > 0) {
    queue.take();
    yield { numbers: queue.state, index: queue.index };
  }
}

interface GivenNumbers {
  readonly pieces: readonly Piece[];
  readonly told: unknown;
}
