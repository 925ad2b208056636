/**
 * Which transactions wrote which keys (final writes only), seen both ways: the keys of a transaction, and the
 * writers of a key grouped by session in session order, where a binary search finds the last one before a bound.
 */
import { micro } from '../../history/transactions.ts';
import type { ReadsFrom } from './reads-from.ts';
import type { Sessions } from './sessions.ts';

export interface WritesIndex {
  /** Keys that t wrote, ascending: `keys[start[t]] … keys[start[t + 1] - 1]`. */
  readonly start: Int32Array;
  readonly keys: Int32Array;
  /** Groups of key k: `groupStart[k] … groupStart[k + 1] - 1`; a group is one session's writers of k. */
  readonly groupStart: Int32Array;
  readonly groupChain: Int32Array;
  /** Places in their session of group g's writers: `positions[groupFrom[g]] … positions[groupFrom[g + 1] - 1]`. */
  readonly groupFrom: Int32Array;
  readonly positions: Int32Array;
}

export function indexWrites(reads: ReadsFrom, sessions: Sessions): WritesIndex {
  const { transactions, included, isFinal } = reads;
  const { count, first, kind, key } = transactions;
  const start = new Int32Array(count + 1);
  const isWrite = (op: number): boolean =>
    isFinal[op] === 1 && (kind[op] === micro.write || kind[op] === micro.append);
  const perKey = new Int32Array(transactions.keys.length + 1);
  for (let t = 0; t < count; t++) {
    start[t + 1] = start[t]!;
    if (!included[t]) continue;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      if (!isWrite(op)) continue;
      start[t + 1]!++;
      perKey[key[op]! + 1]!++;
    }
  }
  const keys = new Int32Array(start[count]!);
  for (let t = 0; t < count; t++) {
    if (start[t] === start[t + 1]) continue;
    let next = start[t]!;
    for (let op = first[t]!; op < first[t + 1]!; op++) if (isWrite(op)) keys[next++] = key[op]!;
    keys.subarray(start[t]!, next).sort();
  }
  for (let k = 0; k < transactions.keys.length; k++) perKey[k + 1]! += perKey[k]!;
  const slot = perKey.slice();
  const positions = new Int32Array(keys.length);
  const chainAt = new Int32Array(keys.length);
  // Chain by chain, so that each key's writers come out grouped.
  for (let chain = 0; chain < sessions.count; chain++) {
    sessions.members[chain]!.forEach((t, position) => {
      for (let i = start[t]!; i < start[t + 1]!; i++) {
        const at = slot[keys[i]!]!++;
        positions[at] = position;
        chainAt[at] = chain;
      }
    });
  }
  const groupStart = new Int32Array(transactions.keys.length + 1);
  const groupChain: number[] = [];
  const groupFrom: number[] = [];
  for (let k = 0; k < transactions.keys.length; k++) {
    groupStart[k] = groupChain.length;
    for (let i = perKey[k]!; i < perKey[k + 1]!; i++) {
      if (i > perKey[k]! && chainAt[i] === chainAt[i - 1]) continue;
      groupChain.push(chainAt[i]!);
      groupFrom.push(i);
    }
  }
  groupStart[transactions.keys.length] = groupChain.length;
  groupFrom.push(keys.length);
  return {
    start,
    keys,
    groupStart,
    groupChain: Int32Array.from(groupChain),
    groupFrom: Int32Array.from(groupFrom),
    positions,
  };
}

/** The place in its session of group g's last writer before `bound`, or -1. */
export function lastBefore(index: WritesIndex, group: number, bound: number): number {
  const { positions, groupFrom } = index;
  let low = groupFrom[group]!;
  let high = groupFrom[group + 1]!;
  if (positions[low]! >= bound) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (positions[middle]! < bound) low = middle;
    else high = middle;
  }
  return positions[low]!;
}

export function writesKey(index: WritesIndex, t: number, key: number): boolean {
  let low = index.start[t]!;
  let high = index.start[t + 1]!;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index.keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low < index.start[t + 1]! && index.keys[low] === key;
}
