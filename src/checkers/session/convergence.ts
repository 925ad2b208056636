/**
 * Convergence. `eventual`: once no write of a key is open any more, the last reads of every process agree on it
 * (Vogels 2009). A finite history can only be judged where it has come to rest, so a key with an `info` write, or with
 * reads after its last write by fewer than two processes, says nothing. `strong-eventual`: reads of a key that had the
 * same writes delivered, in whatever order, return the same (Shapiro et al. 2011), where reads carry them:
 * `{ "value": …, "delivered": […] }`. Neither looks at where a value came from.
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import { micro, status, type Transactions, unknownVersion } from '../../history/transactions.ts';

export type Convergence =
  | { readonly verdict: 'holds' }
  | { readonly verdict: 'violated'; readonly operations: readonly [number, number]; readonly reason: string }
  | { readonly verdict: 'unknown'; readonly reason: string };

export function eventual(transactions: Transactions): Convergence {
  const { count, first, kind, key, version } = transactions;
  if (!transactions.timed)
    return { verdict: 'unknown', reason: 'the history does not say when it came to rest' };
  const quietAfter = new Float64Array(transactions.keys.length).fill(-1);
  for (let t = 0; t < count; t++) {
    if (transactions.status[t] === status.fail) continue;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      if (kind[op] === micro.read || kind[op] === micro.readList) continue;
      const end =
        transactions.status[t] === status.info ? Number.POSITIVE_INFINITY : transactions.completed[t]!;
      quietAfter[key[op]!] = Math.max(quietAfter[key[op]!]!, end);
    }
  }
  // The last quiet read of each process and key, by the order of their sessions.
  const last = new Map<string, number>();
  for (let t = 0; t < count; t++) {
    if (transactions.status[t] !== status.ok) continue;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const isRead = kind[op] === micro.read || kind[op] === micro.readList;
      if (!isRead || version[op] === unknownVersion || transactions.invoked[t]! < quietAfter[key[op]!]!)
        continue;
      last.set(`${key[op]} ${transactions.session[t]}`, op);
    }
  }
  const agreed = new Map<number, number>();
  for (const op of last.values()) {
    const other = agreed.get(key[op]!);
    if (other === undefined) agreed.set(key[op]!, op);
    else if (!sameState(transactions, other, op)) {
      return {
        verdict: 'violated',
        operations: [other, op],
        reason: 'after the last write, reads still differ',
      };
    }
  }
  return last.size === agreed.size
    ? { verdict: 'unknown', reason: 'no two processes read the same key after its last write had completed' }
    : { verdict: 'holds' };
}

function sameState(transactions: Transactions, a: number, b: number): boolean {
  const { listStart, elements, version } = transactions;
  if (version[a] !== version[b]) return false;
  const length = listStart[a + 1]! - listStart[a]!;
  if (length !== listStart[b + 1]! - listStart[b]!) return false;
  for (let i = 0; i < length; i++) {
    if (elements[listStart[a]! + i] !== elements[listStart[b]! + i]) return false;
  }
  return true;
}

/** A read with the writes that had been delivered where it was served. */
export interface DeliveredRead {
  readonly key: Json;
  readonly value: Json;
  readonly delivered: readonly Json[];
}

/** Whether reads with the same deliveries agree; unknown when no two can be compared. */
export function strongEventual(reads: readonly DeliveredRead[]): {
  readonly verdict: 'holds' | 'violated' | 'unknown';
  readonly reason?: string;
} {
  if (reads.length === 0)
    return { verdict: 'unknown', reason: 'no read carries what had been delivered to it' };
  const byDelivery = new Map<string, DeliveredRead>();
  for (const read of reads) {
    const name = canonicalJson([read.key, [...new Set(read.delivered.map(canonicalJson))].sort()]);
    const other = byDelivery.get(name);
    if (other && canonicalJson(other.value) !== canonicalJson(read.value)) return { verdict: 'violated' };
    byDelivery.set(name, read);
  }
  return byDelivery.size === reads.length
    ? { verdict: 'unknown', reason: 'no two reads of a key had the same writes delivered' }
    : { verdict: 'holds' };
}
