/**
 * Objects that only grow and are read as a whole, elements added once: list-append and the grow-only set. The reads
 * give the order away: each must be a prefix (a subset) of the next longer one. So operations fall into blocks,
 *
 *     what the shortest read saw | the shortest reads | what the next saw more | the next reads | … | what nobody saw
 *
 * and the history is linearizable iff no operation completes before one of an earlier block begins. (For the
 * observations of lists this is Elle's version order, Kingsbury and Alvaro 2020.) Linear in the size of the reads.
 */
import { canonicalJson, type Json } from '../../../base/json.ts';
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';
import { type Monitor, type MonitorVerdict, never, token } from './monitor.ts';

export const listAppendMonitor: Monitor = {
  name: 'list monitor (unique elements)',
  judge: (operations, initial) =>
    (initial as { list: Json[] }).list.length > 0 ? undefined : judge(operations, 'append', true),
};

export const growSetMonitor: Monitor = {
  name: 'grow-only set monitor (unique elements)',
  judge: (operations, initial) =>
    (initial as { elements: Json[] }).elements.length > 0 ? undefined : judge(operations, 'add', false),
};

function judge(operations: readonly Operation[], add: string, ordered: boolean): MonitorVerdict | undefined {
  const adds = new Map<unknown, number>();
  const reads: number[] = [];
  for (let i = 0; i < operations.length; i++) {
    const { f, input, output, type } = operations[i]!;
    if (f === add) {
      const name = token(input);
      if (adds.has(name)) return undefined;
      adds.set(name, i);
    } else if (f !== 'read-all' || (type === 'ok' && !Array.isArray(output))) return undefined;
    else if (type === 'ok') reads.push(i);
  }
  const length = (read: number): number => (operations[read]!.output as readonly Json[]).length;
  const lengths = new Int32Array(operations.length);
  for (const read of reads) lengths[read] = length(read);
  const ascending = sortedBy(Int32Array.from(reads), lengths);
  const blocks = new Blocks(operations, adds, ordered);
  for (const read of ascending) {
    const problem = blocks.see(read);
    if (problem) return problem;
  }
  return blocks.judge();
}

/** Operations get the number of their block: adds even numbers, reads odd ones. */
class Blocks {
  private readonly operations: readonly Operation[];
  private readonly adds: ReadonlyMap<unknown, number>;
  private readonly ordered: boolean;
  private readonly block: Int32Array;
  /** The elements of the longest read so far, by the operations that added them. */
  private readonly seen: number[] = [];
  private longest = -1;
  /** By add: the number of the last read that had its element. */
  private readonly readBy: Int32Array;
  private reading = 0;
  /** By element, one more than the operation that added it; 0 where there is none. */
  private readonly small: Int32Array;
  private last = 0;

  constructor(operations: readonly Operation[], adds: ReadonlyMap<unknown, number>, ordered: boolean) {
    this.operations = operations;
    this.adds = adds;
    this.ordered = ordered;
    this.block = new Int32Array(operations.length).fill(-1);
    this.readBy = new Int32Array(operations.length);
    this.small = new Int32Array(2 * operations.length + 16);
    for (const [element, add] of adds) {
      if (typeof element === 'number' && element >= 0 && element < this.small.length)
        this.small[element] = add + 1;
    }
  }

  /** Takes in a read at least as long as all before; a verdict when it contradicts them. */
  see(read: number): MonitorVerdict | undefined {
    const elements = this.operations[read]!.output as readonly Json[];
    const before = this.seen.length;
    const grows = elements.length > before;
    if (this.longest < 0 || grows) this.last += 2;
    const wrong = this.ordered ? this.seeList(elements, before) : this.seeSet(elements);
    if (wrong) return this.contradiction(read);
    this.block[read] = this.last + 1;
    this.longest = read;
    return undefined;
  }

  /** A list must repeat the elements seen before, in place; new ones follow. */
  private seeList(elements: readonly Json[], before: number): boolean {
    const known = this.longest < 0 ? [] : (this.operations[this.longest]!.output as readonly Json[]);
    for (let i = 0; i < elements.length; i++) {
      const element = elements[i]!;
      if (i < before) {
        const other = known[i]!;
        if (
          element !== other &&
          (typeof element !== 'object' || canonicalJson(element) !== canonicalJson(other))
        )
          return true;
      } else if (!this.seeNew(element)) return true;
    }
    return false;
  }

  private seeSet(elements: readonly Json[]): boolean {
    this.reading++;
    for (const element of elements) {
      const add = this.addOf(element);
      if (add === undefined || this.readBy[add] === this.reading) return true;
      this.readBy[add] = this.reading;
      if (this.block[add] === -1) {
        this.block[add] = this.last;
        this.seen.push(add);
      }
    }
    // All it has are seen now; if it misses one that was seen before, it is shorter.
    return elements.length !== this.seen.length;
  }

  /** The operation that added the element. Small whole numbers, by far the most common elements, are looked up in an array. */
  private addOf(element: Json): number | undefined {
    if (typeof element === 'number' && element >= 0 && element < this.small.length) {
      const add = this.small[element];
      if (add !== undefined) return add === 0 ? undefined : add - 1;
    }
    return this.adds.get(token(element));
  }

  private seeNew(element: Json): boolean {
    const add = this.adds.get(token(element));
    if (add === undefined || this.block[add] !== -1) return false;
    this.block[add] = this.last;
    this.seen.push(add);
    return true;
  }

  private contradiction(read: number): MonitorVerdict {
    return { valid: false, culprits: [], operation: read };
  }

  /** Blocks in order must fit real time: at any point, nothing may have completed before something due earlier begins. */
  judge(): MonitorVerdict {
    const { operations, block } = this;
    const placed: number[] = [];
    const position = new Map(this.seen.map((add, i) => [add, i]));
    for (let i = 0; i < operations.length; i++) {
      const { f, type } = operations[i]!;
      if (block[i] === -1 && f !== 'read-all' && type === 'ok') block[i] = this.last + 2;
      if (block[i] !== -1) placed.push(i);
    }
    const keys = new Int32Array(operations.length);
    // Of a list, elements seen at once are in the order of the list; everything else by invocation.
    for (const i of placed) keys[i] = this.ordered ? (position.get(i) ?? never) : 0;
    const order = Int32Array.from(placed);
    sortedBy(order, keys);
    sortedBy(order, block);
    let latest = -1;
    for (const i of order) {
      const { invoked, completed } = operations[i]!;
      if (latest >= 0 && completed < operations[latest]!.invoked) {
        return { valid: false, culprits: this.clash(latest, i), operation: i };
      }
      if (latest < 0 || invoked > operations[latest]!.invoked) latest = i;
    }
    return { valid: true, order: Array.from(order) };
  }

  /** The two, and for adds the reads that put them into their blocks. */
  private clash(earlier: number, later: number): number[] {
    const { block } = this;
    const culprits = new Set([earlier, later]);
    for (let i = 0; i < block.length; i++) {
      // The first read that saw the earlier one, and the last that did not see the later one.
      if (block[i] === block[earlier]! + 1 || block[i] === block[later]! - 1) culprits.add(i);
    }
    return [...culprits].sort((a, b) => a - b);
  }
}
