/**
 * Gives equal values equal numbers, and each number 128 bits for every place in a state where its value can stand. The
 * bits come from the value's canonical text alone, so they are the same in every process, whatever the numbers are.
 */
/** Distinct values by number. */
export class Interner<T> {
  readonly values: T[] = [];
  readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();

  get size(): number {
    return this.values.length;
  }

  /** The number of the value with this canonical text. */
  number(text: string, value: T): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.values.length;
    this.numbers.set(text, number);
    this.values.push(value);
    this.texts.push(text);
    return number;
  }

  value(number: number): T {
    return this.values[number] as T;
  }

  text(number: number): string {
    return this.texts[number] as string;
  }
}

/** One place of a state: for each number that can stand there, where its contribution is. */
export class Slot {
  private offsets = new Int32Array(16);
  private readonly contribution: (number: number) => number;

  /** Asked once for each number; 0 is no answer. */
  constructor(contribution: (number: number) => number) {
    this.contribution = contribution;
  }

  offset(number: number): number {
    if (number < this.offsets.length) {
      const known = this.offsets[number] as number;
      if (known !== 0) return known;
    } else {
      const offsets = new Int32Array(Math.max(number + 1, this.offsets.length * 2));
      offsets.set(this.offsets);
      this.offsets = offsets;
    }
    const at = this.contribution(number);
    this.offsets[number] = at;
    return at;
  }
}
