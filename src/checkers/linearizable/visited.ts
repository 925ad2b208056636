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
}

const firstSize = 256;

export class Visited {
  private index = new Int32Array(firstSize);
  private indexMask = firstSize - 1;
  private keyCount = 0;
  private records = new Int32Array(1024);
  private recordsEnd = 1;
  private shape: Shape = { keyWords: 1, readWords: 1, guards: [] };
  private width = 0;

  reset(shape: Shape): void {
    this.shape = shape;
    this.width = shape.keyWords + shape.readWords + shape.guards.length;
    if (this.indexMask !== firstSize - 1) {
      this.index = new Int32Array(firstSize);
      this.indexMask = firstSize - 1;
    } else if (this.keyCount > 0) this.index.fill(0);
    if (this.records.length > 1 << 16) this.records = new Int32Array(1024);
    this.keyCount = 0;
    this.recordsEnd = 1;
  }

  get bytes(): number {
    return (this.index.length + this.records.length) * 4;
  }

  /** Adds the configuration at `at` of `words` unless one that dominates it is there; whether it was added. */
  add(words: Int32Array, at: number): boolean {
    const cell = this.find(words, at);
    const head = this.index[cell]!;
    for (let record = head; record !== 0; record = this.records[record]!) {
      if (this.dominates(record + 1 + this.shape.keyWords, words, at + this.shape.keyWords)) return false;
    }
    this.reserve();
    const record = this.recordsEnd;
    this.records[record] = head;
    for (let i = 0; i < this.width; i++) this.records[record + 1 + i] = words[at + i]!;
    this.recordsEnd += this.width + 1;
    this.index[cell] = record;
    if (head === 0 && ++this.keyCount * 2 > this.indexMask) this.growIndex();
    return true;
  }

  private find(words: Int32Array, at: number): number {
    const { keyWords } = this.shape;
    let cell = hash(words, at, keyWords) & this.indexMask;
    for (;;) {
      const record = this.index[cell]!;
      if (record === 0) return cell;
      let same = true;
      for (let i = 0; i < keyWords; i++) {
        if (this.records[record + 1 + i] !== words[at + i]) {
          same = false;
          break;
        }
      }
      if (same) return cell;
      cell = (cell + 1) & this.indexMask;
    }
  }

  /** Whether the payload at `record` of the records can do all that the payload at `at` of `words` can. */
  private dominates(record: number, words: Int32Array, at: number): boolean {
    const { readWords, guards } = this.shape;
    for (let i = 0; i < readWords; i++) {
      if ((words[at + i]! & ~this.records[record + i]!) !== 0) return false;
    }
    for (let i = 0; i < guards.length; i++) {
      const guard = guards[i]!;
      // Lane by lane, the guard bit survives the subtraction where the record's count is not the greater.
      if ((((words[at + readWords + i]! | guard) - this.records[record + readWords + i]!) & guard) !== guard)
        return false;
    }
    return true;
  }

  private reserve(): void {
    if (this.recordsEnd + this.width + 1 <= this.records.length) return;
    const records = new Int32Array(Math.max(this.records.length * 2, this.width * 2 + 2));
    records.set(this.records);
    this.records = records;
  }

  private growIndex(): void {
    const old = this.index;
    this.index = new Int32Array(old.length * 2);
    this.indexMask = this.index.length - 1;
    for (const record of old) {
      if (record === 0) continue;
      let cell = hash(this.records, record + 1, this.shape.keyWords) & this.indexMask;
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
