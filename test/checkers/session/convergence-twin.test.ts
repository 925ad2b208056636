/** Convergence agrees with its definitions, worked out pair by pair. */
import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import type { DeliveredRead } from '../../../src/checkers/session/convergence.ts';
import { TransactionBuilder } from '../../../src/history/transactions.ts';
import {
  type SmallHistory,
  show,
  smallTransactions,
  toTransactions,
} from '../transactions/transaction-twin.ts';
import { twinCount } from '../twin-count.ts';

const singles = (history: SmallHistory): SmallHistory => ({
  ...history,
  transactions: history.transactions.map((t) => ({ ...t, ops: t.ops.slice(0, 1) })),
});

/** Two reads of a key tell something when each is its process's last, and no write of the key comes after or may yet. */
function eventualTwin({ transactions }: SmallHistory): string {
  const on = (t: (typeof transactions)[number], f: string, key: string): boolean =>
    t.ops.some((op) => op.f === f && op.key === key);
  let compared = false;
  for (const key of ['x', 'y', 'z']) {
    const writes = transactions.filter((t) => t.status !== 'fail' && on(t, 'w', key));
    const reads = transactions.filter((t) => t.status === 'ok' && on(t, 'r', key));
    const quiet = reads.filter((r) => writes.every((w) => w.status === 'ok' && w.completed < r.invoked));
    const final = quiet.filter((r) => !reads.some((o) => o.session === r.session && o.invoked > r.invoked));
    for (const a of final) {
      for (const b of final) {
        if (a === b) continue;
        compared = true;
        if (a.ops[0]!.value !== b.ops[0]!.value) return 'violated';
      }
    }
  }
  return compared ? 'holds' : 'unknown';
}

test(`eventual agrees with its twin on ${twinCount} random histories`, () => {
  const verdicts: Record<string, number> = { holds: 0, violated: 0, unknown: 0 };
  for (let seed = 0; seed < twinCount; seed++) {
    const history = singles(
      smallTransactions(new Random(seed), { lists: false, unique: seed % 2 === 0, transactions: 9 }),
    );
    const expected = eventualTwin(history);
    const { verdict } = checkLevel(toTransactions(history), 'eventual');
    if (verdict !== expected) throw new Error(`seed ${seed}: ${verdict}, not ${expected}: ${show(history)}`);
    verdicts[expected]!++;
  }
  expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(twinCount / 60);
});

function strongTwin(reads: readonly DeliveredRead[]): string {
  let compared = false;
  for (let i = 0; i < reads.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [reads[i]!, reads[j]!];
      const same =
        a.key === b.key &&
        a.delivered.every((one) => b.delivered.includes(one)) &&
        b.delivered.every((one) => a.delivered.includes(one));
      if (!same) continue;
      compared = true;
      if (a.value !== b.value) return 'violated';
    }
  }
  return compared ? 'holds' : 'unknown';
}

test(`strong-eventual agrees with its twin on ${twinCount} random histories`, () => {
  const verdicts: Record<string, number> = { holds: 0, violated: 0, unknown: 0 };
  const builder = new TransactionBuilder(0, { single: true });
  builder.begin({ process: 0, status: 0 });
  builder.read('x', 0);
  const transactions = builder.build();
  for (let seed = 0; seed < twinCount; seed++) {
    const random = new Random(seed);
    const delivered = Array.from({ length: random.below(6) }, (): DeliveredRead => {
      const writes = [1, 2, 3].filter(() => random.chance(0.5));
      const shuffled = random.chance(0.5) ? [...writes].reverse() : [...writes, ...writes.slice(0, 1)];
      const winner = Math.max(0, ...writes);
      return {
        key: random.pick(['x', 'y']),
        value: random.chance(0.15) ? random.below(4) : winner,
        delivered: shuffled,
      };
    });
    const expected = strongTwin(delivered);
    const { verdict } = checkLevel(transactions, 'strong-eventual', { delivered });
    if (verdict !== expected)
      throw new Error(`seed ${seed}: ${verdict}, not ${expected}: ${JSON.stringify(delivered)}`);
    verdicts[expected]!++;
  }
  expect(Math.min(...Object.values(verdicts))).toBeGreaterThan(twinCount / 30);
});
