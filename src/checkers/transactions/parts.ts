/** A part of a history as a history of its own. A history that some order explains has no part that none explains. */
import { extract } from '../../history/transactions-restrict.ts';
import { type History, prepare, withSources } from './prepare.ts';

export interface Part {
  readonly history: History;
  /** Which transaction of the full history each one is. */
  readonly original: readonly number[];
}

/** The transactions given, without what they read from others. Linear in the part. */
export function partOf(history: History, transactions: readonly number[]): Part {
  const { reads } = history;
  const inside = new Set(transactions);
  const isInside = (op: number): boolean => inside.has(reads.owner[op]!);
  const part = extract(history.transactions, {
    kept: [...transactions].sort((a, b) => a - b),
    isWritten: (version) => {
      const op = reads.writer[version]!;
      return op >= 0 ? isInside(op) : op === -1 || reads.writers.get(version)!.every(isInside);
    },
  });
  const prepared = prepare(part.transactions);
  const { ambiguities } = prepared.reads;
  if (ambiguities.length === 0) return { history: prepared, original: part.original };
  // Who wrote what was read has been chosen already.
  const place = new Map(part.original.map((t, i) => [t, i]));
  const chosen = new Map(
    ambiguities.map(({ operation }) => {
      const writer = reads.source[part.originalOperation[operation]!]!;
      return [operation, place.get(writer) ?? writer];
    }),
  );
  return { history: withSources(prepared, chosen), original: part.original };
}
