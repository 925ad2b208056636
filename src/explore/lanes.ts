/** Contributions to fingerprints: 128 bits of SHA-256 each, in four lanes of 32 bits, at an offset of their own. */
import { createHash } from 'node:crypto';

export class Lanes {
  data = new Int32Array(1 << 12);
  /** Offset 0 is never used. */
  private used = 4;

  /** Where the contribution of a text is from now on. */
  of(text: string): number {
    const at = this.used;
    this.used += 4;
    if (this.used > this.data.length) {
      const data = new Int32Array(this.data.length * 2);
      data.set(this.data);
      this.data = data;
    }
    const bytes = createHash('sha256').update(text).digest();
    for (let lane = 0; lane < 4; lane++) this.data[at + lane] = bytes.readInt32LE(4 * lane);
    return at;
  }

  /** Exchanges one contribution for another in the fingerprint that stands in `print` from `at` on. */
  exchange(from: number, to: number, print: Int32Array, at = 0): void {
    const { data } = this;
    for (let lane = 0; lane < 4; lane++)
      print[at + lane]! += (data[to + lane] as number) - (data[from + lane] as number);
  }
}

/** Copies the four lanes of a fingerprint, several times as quickly as `set` copies so few numbers. */
export function copyLanes(from: Int32Array, to: Int32Array, fromAt = 0, toAt = 0): void {
  to[toAt] = from[fromAt] as number;
  to[toAt + 1] = from[fromAt + 1] as number;
  to[toAt + 2] = from[fromAt + 2] as number;
  to[toAt + 3] = from[fromAt + 3] as number;
}
