/** Every transactional level agrees with enumeration from its definition. */
import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import { levelNamed } from '../../../src/checkers/ladder/lattice.ts';
import { twinCount } from '../twin-count.ts';
import {
  readUncommitted,
  type SmallHistory,
  show,
  smallTransactions,
  toTransactions,
  twin,
  twinLevels,
  twinOfVersions,
} from './transaction-twin.ts';

const kinds = [
  { kind: 'registers', lists: false, unique: true },
  { kind: 'lists', lists: true, unique: true },
  { kind: 'registers whose values repeat', lists: false, unique: false },
] as const;

for (const name of twinLevels) {
  for (const { kind, lists, unique } of kinds) {
    test(`${name} agrees with its twin on ${twinCount} random histories of ${kind}`, () => {
      const level = levelNamed(name.split(' ')[0]!);
      const transactions = level === 'parallel-snapshot-isolation' ? 4 : 5;
      const verdicts = { true: 0, false: 0 };
      const wrong: string[] = [];
      for (let seed = 0; seed < twinCount; seed++) {
        const history = smallTransactions(new Random(seed), { lists, unique, transactions });
        const expected = twin(name, history);
        const { verdict } = checkLevel(toTransactions(history), level);
        if (verdict !== (expected ? 'holds' : 'violated'))
          wrong.push(`seed ${seed} ${verdict}: ${show(history)}`);
        verdicts[`${expected}`]++;
      }
      expect(wrong).toEqual([]);
      expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(twinCount / 30);
    });
  }
}

for (const level of [
  'serializable',
  'strong-session-serializable',
  'snapshot-isolation',
  'strong-session-snapshot-isolation',
] as const) {
  test(`${level} agrees with its twin on ${twinCount} random histories that state their versions`, () => {
    const verdicts = { true: 0, false: 0 };
    const wrong: string[] = [];
    for (let seed = 0; seed < twinCount; seed++) {
      const random = new Random(seed);
      const history = smallTransactions(random, { lists: false, unique: true, transactions: 5 });
      const numbers: Record<string, number[]> = {};
      for (const { ops } of history.transactions) {
        const finals = new Map(ops.filter((op) => op.f === 'w').map((op) => [op.key, op.value as number]));
        for (const [key, value] of finals) {
          if (random.chance(0.2)) continue;
          const order = (numbers[key] ??= []);
          order.splice(random.chance(0.8) ? order.length : random.below(order.length + 1), 0, value);
        }
      }
      const expected = twinOfVersions(level, history, numbers);
      const { verdict } = checkLevel(toTransactions(history, numbers), level);
      if (verdict !== (expected ? 'holds' : 'violated'))
        wrong.push(`seed ${seed} ${verdict}: ${show(history)} ${JSON.stringify(numbers)}`);
      verdicts[`${expected}`]++;
    }
    expect(wrong).toEqual([]);
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(twinCount / 30);
  });
}

/** The lists as they would read if two appends of a key had come in the other order, or one had come twice. */
function otherOrder(history: SmallHistory, random: Random): SmallHistory {
  const key = random.pick(['x', 'y', 'z']);
  const appends = history.transactions.flatMap((t) =>
    t.ops.filter((op) => op.f === 'w' && op.key === key).map((op) => op.value as number),
  );
  if (appends.length < 2) return history;
  const [a, b] = [random.pick(appends), random.pick(appends)];
  const twice = random.chance(0.05);
  const read = (list: readonly number[]): number[] =>
    list.flatMap((x) => (x === a ? (twice ? [b, b] : [b]) : x === b ? [a] : [x]));
  return {
    ...history,
    transactions: history.transactions.map((t) => ({
      ...t,
      ops: t.ops.map((op) =>
        op.f === 'r' && op.key === key ? { ...op, value: read(op.value as readonly number[]) } : op,
      ),
    })),
  };
}

for (const { kind, lists, unique } of kinds) {
  test(`read-uncommitted agrees with its twin on ${twinCount} random histories of ${kind}`, () => {
    const verdicts = { true: 0, false: 0 };
    for (let seed = 0; seed < twinCount; seed++) {
      const random = new Random(seed);
      const plain = smallTransactions(random, { lists, unique, transactions: 5 });
      const history = lists ? otherOrder(plain, random) : plain;
      const expected = readUncommitted(history);
      if (expected === undefined) continue;
      const { verdict } = checkLevel(toTransactions(history), 'read-uncommitted');
      if (verdict !== (expected ? 'holds' : 'violated'))
        throw new Error(`seed ${seed} ${verdict}: ${show(history)}`);
      verdicts[`${expected}`]++;
    }
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(twinCount / 300);
  });
}
