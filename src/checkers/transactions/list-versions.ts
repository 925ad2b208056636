/**
 * Version orders of lists: every read shows all versions before it, so the longest read of a key is its order
 * (Elle, Kingsbury and Alvaro, VLDB 2020), and appends that nobody saw come after it. Reads that are not prefixes
 * of the longest cannot come from one order (incompatible-order). What a transaction saw of its own appends before
 * it committed says nothing of their final place: others may come in between. Linear in the elements read.
 */
import { micro, status, unknownVersion } from '../../history/transactions.ts';
import type { Anomaly, ReadsFrom } from './reads-from.ts';

export interface ListVersions {
  /** The observed versions of each key in order, without repetitions. */
  readonly order: readonly (readonly number[])[];
  /** The read that shows most of each key; -1 where nobody saw anything. */
  readonly longest: Int32Array;
  /** Operations that appended to each key a version nobody saw. */
  readonly unseen: readonly (readonly number[])[];
  /** The place of each version in its key's order; -1 for versions nobody saw. */
  readonly place: Int32Array;
  readonly anomalies: readonly Anomaly[];
}

export function listVersions(reads: ReadsFrom): ListVersions {
  const { transactions } = reads;
  const { count, first, kind, key, version, listStart, elements } = transactions;
  const keys = transactions.keys.length;
  const longest = new Int32Array(keys).fill(-1);
  const length = (op: number): number => reads.externalEnd[op]! - listStart[op]!;
  const eachRead = (visit: (op: number, k: number) => void): void => {
    for (let t = 0; t < count; t++) {
      if (transactions.status[t] !== status.ok) continue;
      for (let op = first[t]!; op < first[t + 1]!; op++) {
        if (kind[op] === micro.readList && version[op] !== unknownVersion) visit(op, key[op]!);
      }
    }
  };
  eachRead((op, k) => {
    if (length(op) > 0 && (longest[k] === -1 || length(op) > length(longest[k]!))) longest[k] = op;
  });
  const place = new Int32Array(transactions.versionKey.length).fill(-1);
  const order: number[][] = [];
  for (let k = 0; k < keys; k++) {
    const versions: number[] = [];
    if (longest[k] !== -1) {
      for (let i = listStart[longest[k]!]!; i < reads.externalEnd[longest[k]!]!; i++) {
        if (place[elements[i]!] === -1) place[elements[i]!] = versions.push(elements[i]!) - 1;
      }
    }
    order.push(versions);
  }
  const unseen: number[][] = transactions.keys.map(() => []);
  for (let t = 0; t < count; t++) {
    if (!reads.included[t]) continue;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      if (kind[op] === micro.append && place[version[op]!] === -1) unseen[key[op]!]!.push(op);
    }
  }
  const anomalies = [...incompatibleOrders(reads, longest, eachRead), ...dirtyUpdates(reads, order)];
  return { order, longest, unseen, place, anomalies };
}

/** Transactions with those whose reads show the order of the keys that they deal with. */
export function withListReaders(history: ListHistory, transactions: ReadonlySet<number>): Set<number> {
  const { reads, lists } = history;
  const all = new Set(transactions);
  if (!lists) return all;
  const { first, key } = reads.transactions;
  for (const t of transactions) {
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const longest = lists.longest[key[op]!]!;
      if (longest !== -1) all.add(reads.owner[longest]!);
    }
  }
  return all;
}

interface ListHistory {
  readonly reads: ReadsFrom;
  readonly lists: ListVersions | undefined;
}

/** Two committed reads of a key neither of which is a prefix of the other. */
function incompatibleOrders(
  reads: ReadsFrom,
  longest: Int32Array,
  eachRead: (visit: (op: number, k: number) => void) => void,
): Anomaly[] {
  const { listStart, elements } = reads.transactions;
  const anomalies: Anomaly[] = [];
  const reported = new Set<number>();
  eachRead((op, k) => {
    const other = longest[k]!;
    if (other === -1 || other === op) return;
    const offset = listStart[other]! - listStart[op]!;
    for (let i = listStart[op]!; i < reads.externalEnd[op]!; i++) {
      if (elements[i] === elements[i + offset]) continue;
      if (reported.has(k)) return;
      reported.add(k);
      anomalies.push({
        type: 'incompatible-order',
        transactions: [reads.owner[op]!, reads.owner[other]!],
        operation: op,
        key: k,
        versions: [op, other],
      });
      return;
    }
  });
  return anomalies;
}

/** A committed append on top of an aborted one: the abort can no longer be undone. */
function dirtyUpdates(reads: ReadsFrom, order: readonly (readonly number[])[]): Anomaly[] {
  const anomalies: Anomaly[] = [];
  order.forEach((versions, key) => {
    let aborted = -1;
    for (const version of versions) {
      const op = reads.writer[version]!;
      if (op < 0) continue;
      const t = reads.owner[op]!;
      const outcome = reads.transactions.status[t];
      if (outcome === status.fail) aborted = t;
      else if (outcome === status.ok && aborted !== -1) {
        anomalies.push({
          type: 'dirty-update',
          transactions: [aborted, t],
          operation: op,
          key,
          versions: [version],
        });
        aborted = -1;
      }
    }
  });
  return anomalies;
}
