/**
 * A map from two whole numbers from 0 on, such as a state's number and a message's: an open table, so that what is found
 * is found in one or two places of memory.
 */
export class Pairs<T> {
  private size = 0;
  /** By slot: the first number + 1, 0 where the slot is free, and the second. */
  private keys = new Int32Array(32);
  private values: (T | undefined)[] = new Array<T | undefined>(16).fill(undefined);
  private mask = 15;

  get(first: number, second: number): T | undefined {
    return this.values[this.slot(first, second)];
  }

  set(first: number, second: number, value: T): void {
    let slot = this.slot(first, second);
    if (this.keys[2 * slot] === 0) {
      this.size++;
      if (this.size * 2 > this.values.length) {
        this.grow();
        slot = this.slot(first, second);
      }
      this.keys[2 * slot] = first + 1;
      this.keys[2 * slot + 1] = second;
    }
    this.values[slot] = value;
  }

  /** Where the pair is, or would be. */
  private slot(first: number, second: number): number {
    const { keys, mask } = this;
    let slot = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const held = keys[2 * slot];
      if (held === 0 || (held === first + 1 && keys[2 * slot + 1] === second)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private grow(): void {
    const { keys, values } = this;
    this.keys = new Int32Array(keys.length * 2);
    this.values = new Array<T | undefined>(values.length * 2).fill(undefined);
    this.mask = this.values.length - 1;
    values.forEach((value, old) => {
      const [first, second] = [keys[2 * old] as number, keys[2 * old + 1] as number];
      if (first === 0) return;
      const slot = this.slot(first - 1, second);
      this.keys[2 * slot] = first;
      this.keys[2 * slot + 1] = second;
      this.values[slot] = value;
    });
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Those that there are now; what is set meanwhile may be left out. */
  *entries(): Generator<readonly [first: number, second: number, value: T]> {
    const { keys, values } = this;
    for (let slot = 0; slot < values.length; slot++) {
      const first = keys[2 * slot] as number;
      if (first !== 0) yield [first - 1, keys[2 * slot + 1] as number, values[slot] as T];
    }
  }
}
