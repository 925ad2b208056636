/**
 * A map from two whole numbers from 0 on, such as a state's number and a message's. One number made of both would often
 * be too large for a small integer, which a map finds several times as quickly as any other number.
 */
export class Pairs<T> {
  private readonly rows: (Map<number, T> | undefined)[] = [];

  get(first: number, second: number): T | undefined {
    return this.rows[first]?.get(second);
  }

  set(first: number, second: number, value: T): void {
    const row = this.rows[first];
    if (row) row.set(second, value);
    else {
      // No gaps: a list with holes is slow to read.
      while (this.rows.length < first) this.rows.push(undefined);
      this.rows[first] = new Map([[second, value]]);
    }
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  *entries(): Generator<readonly [first: number, second: number, value: T]> {
    for (let first = 0; first < this.rows.length; first++)
      for (const [second, value] of this.rows[first] ?? []) yield [first, second, value];
  }
}
