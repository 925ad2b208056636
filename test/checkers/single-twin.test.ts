/** Every level of single reads and writes agrees with enumeration from its definition. */
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { checkLevel } from '../../src/checkers/ladder/ladder.ts';
import { levelNamed } from '../../src/checkers/ladder/lattice.ts';
import { searchFrontiers } from '../../src/checkers/sequential/frontier.ts';
import { prepare } from '../../src/checkers/transactions/prepare.ts';
import { Work } from '../../src/checkers/work.ts';
import {
  replicatedHistory,
  smallHistory,
  toTransactions,
  twin,
  twinLevels,
  twinOverAllOrders,
} from './single-twin.ts';
import { twinCount } from './twin-count.ts';

const session = new Set(['read-your-writes', 'monotonic-reads', 'monotonic-writes', 'writes-follow-reads']);

for (const level of twinLevels) {
  test(`${level} agrees with its twin on ${twinCount} random histories, valid and not`, () => {
    const verdicts = { true: 0, false: 0 };
    const wrong: string[] = [];
    for (let seed = 0; seed < twinCount; seed++) {
      const operations = session.has(level) ? 7 : 9;
      const random = new Random(seed);
      // Unique values at random, unique values from replicas, and values that repeat.
      const history =
        seed % 3 === 0
          ? replicatedHistory(random, { operations })
          : smallHistory(random, { operations: operations - 1, unique: seed % 3 === 1 });
      const expected = twin(level, history);
      const { verdict } = checkLevel(toTransactions(history), levelNamed(level));
      if (verdict !== (expected ? 'holds' : 'violated'))
        wrong.push(`seed ${seed} ${verdict}: ${JSON.stringify(history)}`);
      verdicts[`${expected}`]++;
    }
    expect(wrong).toEqual([]);
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(twinCount / 30);
  });
}

for (const level of ['causal', 'causal-convergence', 'causal-memory']) {
  test(`the twin of ${level} agrees with one that tries every causal order`, () => {
    for (let seed = 0; seed < twinCount / 5; seed++) {
      const history = smallHistory(new Random(seed), { operations: 5, unique: seed % 2 === 0 });
      if (twin(level, history) !== twinOverAllOrders(level, history))
        throw new Error(JSON.stringify(history));
    }
  });
}

test('the search over frontiers alone decides sequential consistency', () => {
  for (let seed = 0; seed < twinCount; seed++) {
    const history = replicatedHistory(new Random(seed), { operations: 10 });
    const verdict = searchFrontiers(prepare(toTransactions(history)), new Work(1_000_000));
    if (verdict !== (twin('sequential', history) ? 'holds' : 'violated'))
      throw new Error(`${verdict}: ${JSON.stringify(history)}`);
  }
});

test('a session that reads the initial value after its own write violates every level but the ones about others', () => {
  const history = [
    { session: 0, write: true, key: 'x', value: 1, status: 'ok' },
    { session: 0, write: false, key: 'x', value: 0, status: 'ok' },
  ] as const;
  const violated = twinLevels.filter(
    (level) => checkLevel(toTransactions(history), levelNamed(level)).verdict === 'violated',
  );
  expect(violated).toEqual([
    'causal',
    'causal-convergence',
    'causal-memory',
    'pram',
    'sequential',
    'read-your-writes',
  ]);
});
