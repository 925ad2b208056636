/**
 * Who wrote what each read saw (wr), and what is wrong before any order is considered: Adya's aborted (G1a) and
 * intermediate (G1b) reads, values nobody wrote, reads of a transaction's own future, and Cerone's internal
 * consistency. Linear. A value with several possible writers makes its reads ambiguous: the caller then tries the
 * candidates one after the other, and answers `unknown` when there are too many.
 *
 * An `info` transaction takes part when someone saw a write of it, for then it happened; otherwise leaving it out
 * can only make a history easier to explain. What an `info` transaction read is not known.
 */
import { micro, status, type Transactions, unknownVersion } from '../../history/transactions.ts';

/**
 * Sources of reads that are not a transaction: the initial value, nothing to know (writes, own reads), no possible
 * writer, and a writer that was not recorded.
 */
export const source = { initial: -1, none: -2, broken: -3, unrecorded: -4 } as const;

export type AnomalyType =
  | 'G1a'
  | 'G1b'
  | 'thin-air-read'
  | 'future-read'
  | 'internal'
  | 'non-repeatable-read'
  | 'lost-update'
  | 'dirty-update'
  | 'duplicate-elements'
  | 'incompatible-order'
  | 'cyclic-versions';

/** An anomaly that needs no cycle; `operation` is the read that shows it. */
export interface Anomaly {
  readonly type: AnomalyType;
  readonly transactions: readonly number[];
  readonly operation?: number;
  readonly key?: number;
  /** Versions that the sentence about it names. */
  readonly versions?: readonly number[];
}

export interface Ambiguity {
  readonly operation: number;
  /** Transactions, or `source.initial`. */
  readonly candidates: readonly number[];
}

export interface ReadsFrom {
  readonly transactions: Transactions;
  /** 1 for transactions that took effect: the completed, and `info` ones that were seen. */
  readonly included: Uint8Array;
  /** For each external read its writer (or `source.initial`); `source.none` for all other operations. */
  readonly source: Int32Array;
  /** 1 for the last write of its key in its transaction (for lists: its last append). */
  readonly isFinal: Uint8Array;
  /** List reads: where their elements end without the transaction's own latest appends, which are its own affair. */
  readonly externalEnd: Int32Array;
  /** The writing operation of each version; -1 none, -2 several (then see `writers`). */
  readonly writer: Int32Array;
  readonly writers: ReadonlyMap<number, readonly number[]>;
  /** The transaction of each operation. */
  readonly owner: Int32Array;
  readonly ambiguities: readonly Ambiguity[];
  readonly anomalies: readonly Anomaly[];
}

export interface ReadsFromOptions {
  /** Values no transaction wrote: by default an anomaly; `'unrecorded'` when others than the recorded clients may have written them. */
  readonly unwritten?: 'anomaly' | 'unrecorded';
}

export function resolveReads(transactions: Transactions, options: ReadsFromOptions = {}): ReadsFrom {
  return new Resolver(transactions, options).resolve();
}

class Resolver {
  private readonly history: Transactions;
  private readonly unwritten: 'anomaly' | 'unrecorded';
  private readonly owner: Int32Array;
  private readonly source: Int32Array;
  private readonly isFinal: Uint8Array;
  private readonly included: Uint8Array;
  private readonly externalEnd: Int32Array;
  private readonly writer: Int32Array;
  private readonly writers = new Map<number, number[]>();
  private readonly ambiguities: Ambiguity[] = [];
  /** The last list read in which each version was seen, to notice a second time. */
  private elementSeen: Int32Array | undefined;
  private readonly anomalies: Anomaly[] = [];

  constructor(history: Transactions, options: ReadsFromOptions) {
    this.history = history;
    this.unwritten = options.unwritten ?? 'anomaly';
    this.owner = new Int32Array(history.kind.length);
    this.source = new Int32Array(history.kind.length).fill(source.none);
    this.isFinal = new Uint8Array(history.kind.length);
    this.included = new Uint8Array(history.count);
    this.externalEnd = history.listStart.slice(1);
    this.writer = new Int32Array(history.versionKey.length).fill(-1);
  }

  resolve(): ReadsFrom {
    this.indexWrites();
    this.include();
    const { count } = this.history;
    const registers = new RegisterState(this.history.keys.length);
    for (let t = 0; t < count; t++) {
      if (this.history.status[t] !== status.ok) continue;
      if (this.history.hasLists) this.readLists(t);
      else this.readRegisters(t, registers);
    }
    return {
      transactions: this.history,
      included: this.included,
      source: this.source,
      isFinal: this.isFinal,
      externalEnd: this.externalEnd,
      writer: this.writer,
      writers: this.writers,
      owner: this.owner,
      ambiguities: this.ambiguities,
      anomalies: this.anomalies,
    };
  }

  private indexWrites(): void {
    const { count, first, kind, key, version } = this.history;
    const stamp = new Int32Array(this.history.keys.length).fill(-1);
    for (let t = 0; t < count; t++) {
      for (let op = first[t + 1]! - 1; op >= first[t]!; op--) {
        this.owner[op] = t;
        if (kind[op] !== micro.write && kind[op] !== micro.append) continue;
        if (stamp[key[op]!] !== t) {
          stamp[key[op]!] = t;
          this.isFinal[op] = 1;
        }
        const v = version[op]!;
        const known = this.writer[v]!;
        if (known === -1) this.writer[v] = op;
        else if (known === -2) this.writers.get(v)!.push(op);
        else {
          this.writer[v] = -2;
          this.writers.set(v, [known, op]);
        }
      }
    }
  }

  /** Marks the completed, and the unknown ones that a completed transaction saw. */
  private include(): void {
    const { count, first, kind, version, listStart, elements } = this.history;
    const see = (v: number): void => {
      for (const op of this.writersOf(v)) {
        if (this.history.status[this.owner[op]!] === status.info) this.included[this.owner[op]!] = 1;
      }
    };
    for (let t = 0; t < count; t++) {
      if (this.history.status[t] !== status.ok) continue;
      this.included[t] = 1;
      for (let op = first[t]!; op < first[t + 1]!; op++) {
        if (kind[op] === micro.read && version[op] !== unknownVersion) see(version[op]!);
        for (let i = listStart[op]!; i < listStart[op + 1]!; i++) see(elements[i]!);
      }
    }
  }

  private *writersOf(v: number): Iterable<number> {
    const op = this.writer[v]!;
    if (op >= 0) yield op;
    else if (op === -2) yield* this.writers.get(v)!;
  }

  private readRegisters(t: number, state: RegisterState): void {
    const { first, kind, key, version } = this.history;
    let internal = false;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const k = key[op]!;
      const v = version[op]!;
      if (kind[op] === micro.write) {
        state.set(t, k, v, true);
        continue;
      }
      if (v === unknownVersion) continue;
      const wrote = state.wrote(t, k);
      if (wrote && state.last(k) === v) continue;
      if (!internal && state.knows(t, k) && state.last(k) !== v) {
        internal = true;
        this.anomalies.push({
          type: wrote ? 'internal' : 'non-repeatable-read',
          transactions: [t],
          operation: op,
          key: k,
          versions: [state.last(k), v],
        });
      }
      if (!state.knows(t, k)) state.set(t, k, v, false);
      // Its own earlier write seen again is the mildest of what can have happened, and needs no other writer.
      if (!wrote || !this.isOwnBefore(t, op, v)) this.source[op] = this.writerFor(t, op, v);
    }
  }

  /** The transaction whose final write `op` read; reports what is wrong when there is none. */
  private writerFor(t: number, op: number, v: number): number {
    const single = this.writer[v]!;
    const initial = this.history.isInitial[v] === 1;
    if (single >= 0 && !initial) {
      const w = this.owner[single]!;
      if (w !== t && this.included[w] && this.isFinal[single]) return w;
    } else if (single === -1 && initial) return source.initial;
    const candidates = initial ? [source.initial as number] : [];
    for (const write of this.writersOf(v)) {
      const w = this.owner[write]!;
      if (w !== t && this.included[w] && this.isFinal[write] && !candidates.includes(w)) candidates.push(w);
    }
    if (candidates.length === 1) return candidates[0]!;
    if (candidates.length > 1) {
      this.ambiguities.push({ operation: op, candidates });
      return candidates[0]!;
    }
    return this.explainMissing(t, op, v);
  }

  private explainMissing(t: number, op: number, v: number): number {
    let type: AnomalyType | undefined;
    let other = -1;
    for (const write of this.writersOf(v)) {
      const w = this.owner[write]!;
      if (w === t) type ??= 'future-read';
      else {
        other = w;
        type = this.history.status[w] === status.fail ? 'G1a' : 'G1b';
      }
    }
    if (!type && this.unwritten === 'unrecorded') return source.unrecorded;
    this.anomalies.push({
      type: type ?? 'thin-air-read',
      transactions: other === -1 ? [t] : [t, other],
      operation: op,
      key: this.history.key[op]!,
      versions: [v],
    });
    return source.broken;
  }

  private readLists(t: number): void {
    const { first, kind, key, version, listStart, elements } = this.history;
    // Per key: the last list read (-1: none), and the transaction's own appends since.
    const expected = new Map<number, { read: number; appended: number[]; own: number[] }>();
    let internal = false;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const k = key[op]!;
      let state = expected.get(k);
      if (kind[op] === micro.append) {
        if (!state) expected.set(k, (state = { read: -1, appended: [], own: [] }));
        state.own.push(version[op]!);
        state.appended.push(version[op]!);
        continue;
      }
      if (version[op] === unknownVersion) continue;
      const start = listStart[op]!;
      const end = listStart[op + 1]!;
      if (state && !internal && !this.extendsState(op, state)) {
        internal = true;
        const type = !this.endsWith(op, state.own) ? 'internal' : 'non-repeatable-read';
        this.anomalies.push({ type, transactions: [t], operation: op, key: k });
      }
      expected.set(k, { read: op, appended: [], own: state?.own ?? [] });
      // The state it started from: what it read, without its own appends at the end.
      let last = end - 1;
      while (last >= start && this.isOwnBefore(t, op, elements[last]!)) last--;
      this.externalEnd[op] = last + 1;
      this.checkElements(t, op);
      if (last < start) this.source[op] = source.initial;
      else this.source[op] = this.elementWriter(t, op, elements[last]!);
    }
  }

  private isOwnBefore(t: number, op: number, v: number): boolean {
    for (const write of this.writersOf(v)) if (this.owner[write] === t && write < op) return true;
    return false;
  }

  private elementWriter(t: number, op: number, v: number): number {
    for (const write of this.writersOf(v)) {
      const w = this.owner[write]!;
      if (w === t || !this.included[w]) continue;
      if (this.isFinal[write]) return w;
      this.anomalies.push({
        type: 'G1b',
        transactions: [t, w],
        operation: op,
        key: this.history.key[op]!,
        versions: [v],
      });
      return w;
    }
    return source.broken;
  }

  private endsWith(op: number, tail: readonly number[]): boolean {
    const { listStart, elements } = this.history;
    const from = listStart[op + 1]! - tail.length;
    return from >= listStart[op]! && tail.every((version, i) => elements[from + i] === version);
  }

  private extendsState(op: number, state: { read: number; appended: number[] }): boolean {
    const { listStart, elements } = this.history;
    if (!this.endsWith(op, state.appended)) return false;
    if (state.read === -1) return true;
    const start = listStart[op]!;
    const offset = listStart[op + 1]! - start - state.appended.length;
    const before = listStart[state.read]!;
    if (listStart[state.read + 1]! - before !== offset) return false;
    for (let i = 0; i < offset; i++) if (elements[start + i] !== elements[before + i]) return false;
    return true;
  }

  /** Each element of a list must have been appended once, by a transaction that did not fail. */
  private checkElements(t: number, op: number): void {
    const { listStart, elements, key } = this.history;
    const seen = (this.elementSeen ??= new Int32Array(this.history.versionKey.length).fill(-1));
    let duplicate = false;
    for (let i = listStart[op]!; i < listStart[op + 1]!; i++) {
      const v = elements[i]!;
      if (seen[v] === op && !duplicate) {
        duplicate = true;
        this.anomalies.push({
          type: 'duplicate-elements',
          transactions: [t],
          operation: op,
          key: key[op]!,
          versions: [v],
        });
      }
      seen[v] = op;
      const single = this.writer[v]!;
      if (single >= 0 && this.included[this.owner[single]!] && (this.owner[single] !== t || single < op))
        continue;
      let found = false;
      let failed = -1;
      let future = false;
      for (const write of this.writersOf(v)) {
        const w = this.owner[write]!;
        if (w === t && write > op) future = true;
        else if (this.included[w]) found = true;
        else failed = w;
      }
      if (found) continue;
      const type = future ? 'future-read' : failed !== -1 ? 'G1a' : 'thin-air-read';
      if (type === 'thin-air-read' && this.unwritten === 'unrecorded') continue;
      const transactions = failed === -1 ? [t] : [t, failed];
      this.anomalies.push({ type, transactions, operation: op, key: key[op]!, versions: [v] });
    }
  }
}

/** What a transaction knows of each register: the last version it wrote or first read. Cleared by stamping. */
class RegisterState {
  private readonly stamp: Int32Array;
  private readonly version: Int32Array;
  private readonly written: Uint8Array;

  constructor(keys: number) {
    this.stamp = new Int32Array(keys).fill(-1);
    this.version = new Int32Array(keys);
    this.written = new Uint8Array(keys);
  }

  set(t: number, key: number, version: number, wrote: boolean): void {
    this.stamp[key] = t;
    this.version[key] = version;
    this.written[key] = wrote ? 1 : 0;
  }

  knows(t: number, key: number): boolean {
    return this.stamp[key] === t;
  }

  wrote(t: number, key: number): boolean {
    return this.stamp[key] === t && this.written[key] === 1;
  }

  last(key: number): number {
    return this.version[key]!;
  }
}
