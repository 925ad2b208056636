/** The lattice says what the checkers say, and no level is held without a reason. */
import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { forbids, ruledOutBy } from '../../../src/checkers/ladder/anomaly-levels.ts';
import { checkLadder, checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import {
  impliedBy,
  impliedDirectly,
  isSingleLevel,
  levelNamed,
  levels,
  propagate,
  singleLevels,
  summarize,
} from '../../../src/checkers/ladder/lattice.ts';
import { findAnomalies } from '../../../src/checkers/transactions/anomalies.ts';
import { transactionLevels } from '../../../src/checkers/transactions/levels.ts';
import { prepare } from '../../../src/checkers/transactions/prepare.ts';
import { replicatedHistory, toTransactions as singles, smallHistory } from '../single-twin.ts';
import { smallTransactions, toTransactions } from '../transactions/transaction-twin.ts';
import { twinCount } from '../twin-count.ts';

test('every arrow of the lattice holds on random histories of single operations', () => {
  for (let seed = 0; seed < twinCount; seed++) {
    const random = new Random(seed);
    const history =
      seed % 2
        ? replicatedHistory(random, { operations: 10 })
        : smallHistory(random, { operations: 8, unique: true });
    const verdicts = new Map(
      singleLevels.map((level) => [level, checkLevel(singles(history), level).verdict]),
    );
    for (const level of singleLevels) {
      for (const weaker of impliedDirectly(level)) {
        if (verdicts.get(level) !== 'holds' || !isSingleLevel(weaker)) continue;
        // A history without a quiet read at its end says nothing of convergence, and so does not contradict it.
        const allowed = weaker === 'eventual' ? ['holds', 'unknown'] : ['holds'];
        if (!allowed.includes(verdicts.get(weaker)!))
          throw new Error(`${level} but not ${weaker}: ${JSON.stringify(history)}`);
      }
    }
  }
});

test('every arrow of the lattice holds on random histories of transactions', () => {
  for (let seed = 0; seed < twinCount; seed++) {
    const transactions = toTransactions(
      smallTransactions(new Random(seed), { lists: seed % 2 === 0, transactions: 6 }),
    );
    const verdicts = new Map(
      transactionLevels.map((level) => [level, checkLevel(transactions, level).verdict]),
    );
    for (const level of transactionLevels) {
      for (const weaker of impliedDirectly(level)) {
        if (verdicts.get(level) !== 'holds') continue;
        if (verdicts.get(weaker as (typeof transactionLevels)[number]) !== 'holds')
          throw new Error(`seed ${seed}: ${level} but not ${weaker}`);
      }
    }
  }
});

test('the ladder gives each level the verdict of its own checker', () => {
  for (let seed = 0; seed < twinCount / 5; seed++) {
    const transactions = toTransactions(
      smallTransactions(new Random(seed), { lists: seed % 2 === 0, transactions: 5 }),
    );
    const ladder = checkLadder(transactions);
    for (const level of transactionLevels) {
      if (ladder.levels.get(level) !== checkLevel(transactions, level).verdict)
        throw new Error(`seed ${seed}: ${level}`);
    }
  }
});

test('an anomaly that is found rules out levels that are violated indeed', () => {
  let found = 0;
  for (let seed = 0; seed < twinCount; seed++) {
    const transactions = toTransactions(
      smallTransactions(new Random(seed), { lists: seed % 2 === 0, transactions: 5 }),
    );
    for (const order of ['none', 'session', 'real-time'] as const) {
      const history = prepare(transactions);
      const { direct, cycles } = findAnomalies(history, { order });
      for (const { type } of [...direct, ...cycles]) {
        found++;
        for (const level of ruledOutBy(type)) {
          if (checkLevel(transactions, level).verdict !== 'violated')
            throw new Error(`seed ${seed}: ${type} but ${level} holds`);
        }
      }
    }
  }
  expect(found).toBeGreaterThan(twinCount / 2);
});

test('every level has a verdict, and one that no checker applies to is unknown with a reason', () => {
  const history = smallTransactions(new Random(1), { lists: false, transactions: 3 });
  const { levels: verdicts, reasons } = checkLadder(toTransactions(history));
  expect([...verdicts.keys()].sort()).toEqual([...levels].sort());
  for (const level of singleLevels) {
    expect(verdicts.get(level)).toBe('unknown');
    expect(reasons.get(level)).toContain('this history has transactions');
  }
});

test('verdicts spread along the arrows and the summary keeps the borders', () => {
  const verdicts = propagate(
    new Map([
      ['causal-memory', 'holds'],
      ['causal-convergence', 'violated'],
    ] as const),
  );
  expect(verdicts.get('pram')).toBe('holds');
  expect(verdicts.get('linearizable')).toBe('violated');
  expect(verdicts.get('read-your-writes')).toBeUndefined();
  const summary = summarize(verdicts);
  expect(summary.holds).toEqual(['causal-memory']);
  expect(summary.violated).toEqual(['causal-convergence']);
  expect(() =>
    propagate(
      new Map([
        ['causal', 'violated'],
        ['causal-memory', 'holds'],
      ] as const),
    ),
  ).toThrow(/clew is wrong/);
});

test('causal memory and causal convergence are incomparable; neither causal level implies pram', () => {
  expect(impliedBy('causal-memory').has('causal-convergence')).toBe(false);
  expect(impliedBy('causal-convergence').has('causal-memory')).toBe(false);
  expect(impliedBy('causal').has('pram')).toBe(false);
  expect(impliedBy('causal-convergence').has('pram')).toBe(false);
  expect(impliedBy('linearizable').size).toBe(singleLevels.length - 1);
});

test('levels go by their names and by the ones others use; other names list what is known', () => {
  expect(levelNamed('strong-serializable')).toBe('strict-serializable');
  expect(() => levelNamed('serialisable')).toThrow(
    /unknown consistency level 'serialisable'; expected one of: linearizable,/,
  );
  expect(forbids('serializable', 'G2-item')).toBe(true);
  expect(forbids('snapshot-isolation', 'G2-item')).toBe(false);
});
