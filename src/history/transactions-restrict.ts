/**
 * A history without some of its transactions or operations. What was read from a transaction that is left out is
 * left out too (list reads lose its elements), so that a valid history stays valid, and whatever is still wrong
 * afterwards is wrong for what remains. Keys and versions are numbered anew: the cost is that of what is kept.
 */
import { micro, type Transactions, unknownVersion } from './transactions.ts';

export interface Restricted {
  readonly transactions: Transactions;
  /** The transaction and the operation of the full history that each of the smaller one is. */
  readonly original: readonly number[];
  readonly originalOperation: readonly number[];
}

/** Keeps the transactions and operations asked for. Linear in the full history. */
export function restrict(
  full: Transactions,
  keepTransaction: (t: number) => boolean,
  keepOperation: (operation: number) => boolean = () => true,
): Restricted {
  const written = new Map<number, boolean>();
  const kept: number[] = [];
  for (let t = 0; t < full.count; t++) {
    const stays = keepTransaction(t);
    if (stays) kept.push(t);
    for (let op = full.first[t]!; op < full.first[t + 1]!; op++) {
      if (full.kind[op] !== micro.write && full.kind[op] !== micro.append) continue;
      const v = full.version[op]!;
      written.set(v, (written.get(v) ?? true) && stays && keepOperation(op));
    }
  }
  // Versions nobody wrote stay: they are what is wrong, or initial. Of several writers all must have stayed.
  return extract(full, { kept, isWritten: (v) => written.get(v) ?? true, keepOperation });
}

export interface Kept {
  /** Transactions, ascending. */
  readonly kept: readonly number[];
  /** Whether a version still has all its writers. */
  readonly isWritten: (version: number) => boolean;
  readonly keepOperation?: (operation: number) => boolean;
}

export function extract(
  full: Transactions,
  { kept, isWritten, keepOperation = () => true }: Kept,
): Restricted {
  const names = new Names(full);
  const originalOperation: number[] = [];
  const first: number[] = [0];
  const kind: number[] = [];
  const key: number[] = [];
  const version: number[] = [];
  const listStart: number[] = [];
  const elements: number[] = [];
  for (const t of kept) {
    for (let op = full.first[t]!; op < full.first[t + 1]!; op++) {
      if (!keepOperation(op)) continue;
      const v = full.version[op]!;
      const known = v !== unknownVersion;
      if (full.kind[op] === micro.read && known && !isWritten(v)) continue;
      originalOperation.push(op);
      kind.push(full.kind[op]!);
      const k = names.key(full.key[op]!);
      key.push(k);
      listStart.push(elements.length);
      if (full.kind[op] === micro.readList && known) {
        let last = names.empty(k);
        for (let i = full.listStart[op]!; i < full.listStart[op + 1]!; i++) {
          if (isWritten(full.elements[i]!)) elements.push((last = names.version(full.elements[i]!)));
        }
        version.push(last);
      } else version.push(known ? names.version(v) : unknownVersion);
    }
    first.push(version.length);
  }
  listStart.push(elements.length);
  const pick = (column: Int32Array | Uint8Array): number[] => kept.map((t) => column[t]!);
  return {
    original: kept,
    originalOperation,
    transactions: {
      ...full,
      ...names.tables(),
      count: kept.length,
      session: Int32Array.from(pick(full.session)),
      status: Uint8Array.from(pick(full.status)),
      invoked: Int32Array.from(pick(full.invoked)),
      completed: Int32Array.from(pick(full.completed)),
      first: Int32Array.from(first),
      kind: Uint8Array.from(kind),
      key: Int32Array.from(key),
      version: Int32Array.from(version),
      listStart: Int32Array.from(listStart),
      elements: Int32Array.from(elements),
    },
  };
}

/** New numbers for the keys and versions that are still there. */
class Names {
  private readonly full: Transactions;
  private readonly keyIds = new Map<number, number>();
  private readonly versionIds = new Map<number, number>();
  private readonly emptyIds = new Map<number, number>();
  private readonly versionKey: number[] = [];
  /** The version of the full history that each one is; -1 for the empty list of its key. */
  private readonly versionOf: number[] = [];

  constructor(full: Transactions) {
    this.full = full;
  }

  key(full: number): number {
    let id = this.keyIds.get(full);
    if (id === undefined) this.keyIds.set(full, (id = this.keyIds.size));
    return id;
  }

  version(full: number): number {
    const { isInitial, hasLists, versionKey } = this.full;
    const key = this.key(versionKey[full]!);
    if (hasLists && isInitial[full] === 1) return this.empty(key);
    let id = this.versionIds.get(full);
    if (id === undefined) this.versionIds.set(full, (id = this.add(key, full)));
    return id;
  }

  /** The empty list of a key (by its new number). */
  empty(key: number): number {
    let id = this.emptyIds.get(key);
    if (id === undefined) this.emptyIds.set(key, (id = this.add(key, -1)));
    return id;
  }

  private add(key: number, full: number): number {
    this.versionKey.push(key);
    return this.versionOf.push(full) - 1;
  }

  tables(): Pick<Transactions, 'keys' | 'versionKey' | 'versionValue' | 'isInitial' | 'versionNumber'> {
    const { keys, versionValue, isInitial, versionNumber } = this.full;
    return {
      ...(versionNumber
        ? { versionNumber: Float64Array.from(this.versionOf, (v) => versionNumber[v] ?? Number.NaN) }
        : {}),
      keys: [...this.keyIds.keys()].map((k) => keys[k]!),
      versionKey: Int32Array.from(this.versionKey),
      versionValue: this.versionOf.map((v) => (v === -1 ? [] : versionValue[v]!)),
      isInitial: Uint8Array.from(this.versionOf, (v) => (v === -1 ? 1 : isInitial[v]!)),
    };
  }
}
