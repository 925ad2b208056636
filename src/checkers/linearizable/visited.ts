/**
 * The configurations a search has been at, with dominance. A configuration is a key (exact) and a payload: the
 * reads that have been linearized and the crashed operations that have been used. Of two with the same key, one
 * that has linearized more reads and used fewer crashed operations can do all the other can, so the other is
 * dropped: an antichain per key. Records lie in one array, chained per key, found by open addressing.
 */

export interface Shape {
  readonly keyWords: number;
  readonly readWords: number;
  /** The guard bits of each word of crashed counts (see `Problem.guards`). */
  readonly guards: readonly number[];
  /** Words at the end that are kept but not compared. */
  readonly extraWords: number;
}

const firstSize = 256;
const dropped = -1;

/** A record is a link (to the next of its key, or `dropped`) and then the words of the configuration. */
export class Visited {
  records = new Int32Array(1024);
  /** Where the next record goes; the first is at 1. */
  end = 1;
  /** Words from one record to the next. */
  stride = 0;
  private index = new Int32Array(firstSize);
  private indexMask = firstSize - 1;
  private keyCount = 0;
  private keyWords = 1;
  private readWords = 1;
  private guards: readonly number[] = [];

  reset(shape: Shape): void {
    this.keyWords = shape.keyWords;
    this.readWords = shape.readWords;
    this.guards = shape.guards;
    this.stride = 1 + shape.keyWords + shape.readWords + shape.guards.length + shape.extraWords;
    if (this.indexMask >= firstSize && this.keyCount * 16 < this.indexMask) {
      this.index = new Int32Array((this.indexMask + 1) >> 1);
      this.indexMask >>= 1;
    } else if (this.keyCount > 0) this.index.fill(0);
    if (this.records.length > 1 << 16 && this.end * 8 < this.records.length) {
      this.records = new Int32Array(this.records.length >> 1);
    }
    this.keyCount = 0;
    this.end = 1;
  }

  get bytes(): number {
    return (this.index.length + this.records.length) * 4;
  }

  get count(): number {
    return (this.end - 1) / this.stride;
  }

  isDropped(record: number): boolean {
    return this.records[record] === dropped;
  }

  /** Marks a record as dropped. Only for one that is not asked for by `add` any more. */
  drop(record: number): void {
    this.records[record] = dropped;
  }

  /**
   * Adds the configuration at `at` of `words` unless one that dominates it is there; whether it was added. With
   * `single`, any of the same key keeps it out, which is not exact.
   */
  add(words: Int32Array, at: number, single = false): boolean {
    const cell = this.find(words, at);
    const payload = at + this.keyWords;
    let before = 0;
    for (let record = this.index[cell]!; record !== 0; ) {
      const own = record + 1 + this.keyWords;
      if (single || this.dominates(this.records, own, words, payload)) return false;
      const next = this.records[record]!;
      if (this.dominates(words, payload, this.records, own)) {
        if (before === 0) this.index[cell] = next === 0 ? this.append(words, at, 0) : next;
        else this.records[before] = next;
        this.records[record] = dropped;
        if (before === 0 && next === 0) return true;
      } else before = record;
      record = next;
    }
    const head = this.index[cell]!;
    this.index[cell] = this.append(words, at, head);
    if (head === 0 && ++this.keyCount * 2 > this.indexMask) this.growIndex();
    return true;
  }

  private append(words: Int32Array, at: number, link: number): number {
    const record = this.end;
    this.end += this.stride;
    if (this.end > this.records.length) {
      const records = new Int32Array(Math.max(this.records.length * 2, this.end));
      records.set(this.records);
      // `words` may be this very array.
      this.records = records;
    }
    const { records } = this;
    records[record] = link;
    for (let i = 1; i < this.stride; i++) records[record + i] = words[at + i - 1]!;
    return record;
  }

  private find(words: Int32Array, at: number): number {
    const { keyWords, records, index, indexMask } = this;
    let cell = hash(words, at, keyWords) & indexMask;
    for (;;) {
      const record = index[cell]!;
      if (record === 0) return cell;
      let same = true;
      for (let i = 0; i < keyWords; i++) {
        if (records[record + 1 + i] !== words[at + i]) {
          same = false;
          break;
        }
      }
      if (same) return cell;
      cell = (cell + 1) & indexMask;
    }
  }

  /** Whether payload `a` can do all that payload `b` can. */
  private dominates(a: Int32Array, aAt: number, b: Int32Array, bAt: number): boolean {
    const { readWords, guards } = this;
    for (let i = 0; i < readWords; i++) {
      if ((b[bAt + i]! & ~a[aAt + i]!) !== 0) return false;
    }
    for (let i = 0; i < guards.length; i++) {
      const guard = guards[i]!;
      // Lane by lane, the guard bit survives the subtraction where the count of `a` is not the greater.
      if ((((b[bAt + readWords + i]! | guard) - a[aAt + readWords + i]!) & guard) !== guard) return false;
    }
    return true;
  }

  private growIndex(): void {
    const old = this.index;
    this.index = new Int32Array(old.length * 2);
    this.indexMask = this.index.length - 1;
    for (const record of old) {
      if (record === 0) continue;
      let cell = hash(this.records, record + 1, this.keyWords) & this.indexMask;
      while (this.index[cell] !== 0) cell = (cell + 1) & this.indexMask;
      this.index[cell] = record;
    }
  }
}

function hash(words: Int32Array, at: number, count: number): number {
  let h = 0x9747b28c;
  for (let i = 0; i < count; i++) {
    h = Math.imul(h ^ words[at + i]!, 0x5bd1e995);
    h ^= h >>> 15;
  }
  return Math.imul(h, 0x2c1b3c6d) >>> 8;
}
