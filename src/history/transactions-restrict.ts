/**
 * A history without some of its transactions or operations. What was read from a transaction that is left out is
 * left out too (list reads lose its elements), so that a valid history stays valid, and whatever is still wrong
 * afterwards is wrong for what remains.
 */
import { micro, type Transactions, unknownVersion } from './transactions.ts';

export interface Restricted {
  readonly transactions: Transactions;
  /** The transaction and the operation of the full history that each of the smaller one is. */
  readonly original: readonly number[];
  readonly originalOperation: readonly number[];
}

export function restrict(
  full: Transactions,
  keepTransaction: (t: number) => boolean,
  keepOperation: (operation: number) => boolean = () => true,
): Restricted {
  const written = new Map<number, boolean>();
  for (let t = 0; t < full.count; t++) {
    for (let op = full.first[t]!; op < full.first[t + 1]!; op++) {
      if (full.kind[op] !== micro.write && full.kind[op] !== micro.append) continue;
      const v = full.version[op]!;
      written.set(v, (written.get(v) ?? true) && keepTransaction(t) && keepOperation(op));
    }
  }
  // Versions nobody wrote stay: they are what is wrong, or initial. Of several writers all must have stayed.
  const known = (v: number): boolean => written.get(v) ?? true;
  const original: number[] = [];
  const originalOperation: number[] = [];
  const first: number[] = [0];
  const listStart: number[] = [];
  const elements: number[] = [];
  const version: number[] = [];
  for (let t = 0; t < full.count; t++) {
    if (!keepTransaction(t)) continue;
    original.push(t);
    for (let op = full.first[t]!; op < full.first[t + 1]!; op++) {
      if (!keepOperation(op)) continue;
      let v = full.version[op]!;
      if (full.kind[op] === micro.read && v !== unknownVersion && !known(v) && full.isInitial[v] !== 1)
        continue;
      originalOperation.push(op);
      listStart.push(elements.length);
      if (full.kind[op] === micro.readList && v !== unknownVersion) {
        const kept: number[] = [];
        for (let i = full.listStart[op]!; i < full.listStart[op + 1]!; i++) {
          if (known(full.elements[i]!)) kept.push(full.elements[i]!);
        }
        elements.push(...kept);
        v = kept[kept.length - 1] ?? emptyVersion(full, full.key[op]!) ?? v;
      }
      version.push(v);
    }
    first.push(version.length);
  }
  listStart.push(elements.length);
  const pick = (column: Int32Array | Uint8Array, ids: readonly number[]): number[] =>
    ids.map((i) => column[i]!);
  return {
    original,
    originalOperation,
    transactions: {
      ...full,
      count: original.length,
      session: Int32Array.from(pick(full.session, original)),
      status: Uint8Array.from(pick(full.status, original)),
      invoked: Int32Array.from(pick(full.invoked, original)),
      completed: Int32Array.from(pick(full.completed, original)),
      first: Int32Array.from(first),
      kind: Uint8Array.from(pick(full.kind, originalOperation)),
      key: Int32Array.from(pick(full.key, originalOperation)),
      version: Int32Array.from(version),
      listStart: Int32Array.from(listStart),
      elements: Int32Array.from(elements),
    },
  };
}

function emptyVersion(full: Transactions, key: number): number | undefined {
  for (let v = 0; v < full.isInitial.length; v++)
    if (full.isInitial[v] && full.versionKey[v] === key) return v;
  return undefined;
}
