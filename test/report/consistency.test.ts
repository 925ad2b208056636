/** The argument of a violated level as the page draws it is the one that is told in words, on the right operations. */
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { explainViolation } from '../../src/checkers/ladder/explain.ts';
import { describeTransaction, explainInWords } from '../../src/checkers/ladder/in-words.ts';
import { checkLadder } from '../../src/checkers/ladder/ladder.ts';
import type { Transactions } from '../../src/history/transactions.ts';
import { consistencyOf, type Edge, summaryOf } from '../../src/report/consistency.ts';
import { replicatedHistory, toTransactions as singles } from '../checkers/single-twin.ts';
import { smallTransactions, toTransactions } from '../checkers/transactions/transaction-twin.ts';

/** The operations of a transaction, lists without what they hold, and who issued it. */
function operations(words: string): { all: string[]; process: string | undefined } {
  const [, inner = '', process] = /^\[(.*)\] \(process (\w+)/.exec(words) ?? [];
  return { all: inner.split(', ').map((each) => each.replace(/\[.*\]$/, '[]')), process };
}

function judge(transactions: Transactions, name: string): number {
  const { levels, violated, arguments: told } = consistencyOf(transactions, 'ladder');
  const ladder = checkLadder(transactions);
  for (const { level, verdict } of levels)
    expect(verdict, `${name}, ${level}`).toBe(ladder.levels.get(level));
  expect(told.map(({ level }) => level)).toEqual(violated);
  for (const argument of told) {
    const { level, members, edges, forced, sentences } = argument;
    const words = explainInWords(explainViolation(transactions, level));
    const reasons = [...edges, ...forced.flatMap((each) => each.edges)].map(({ because }) => because);
    for (const sentence of [...reasons, ...forced.map(({ claim }) => claim), ...sentences])
      expect(words, `${name}, ${level}`).toContain(sentence);
    for (const cycle of [edges, ...forced.map((each) => each.edges)]) closes(cycle);
    expect(edges.length > 0 || sentences.length > 0).toBe(true);
    expect(summaryOf(argument)).not.toMatch(/undefined|^$/);
    for (const { bar, words: said } of members) {
      if (bar === undefined) continue;
      // What an argument does not need may be left out of a transaction, but nothing is added.
      const whole = operations(describeTransaction(transactions, bar));
      const part = operations(said);
      expect(part.process).toBe(whole.process);
      for (const each of part.all) expect(whole.all, `${name}, ${level}: ${said}`).toContain(each);
    }
  }
  return told.length;
}

function closes(cycle: readonly Edge[]): void {
  cycle.forEach(({ to }, index) => {
    expect(cycle[(index + 1) % cycle.length]!.from).toBe(to);
  });
}

test('what is drawn of random histories is what is told of them', () => {
  let told = 0;
  for (let seed = 0; seed < 150; seed++) {
    const shape = { lists: seed % 2 === 0, transactions: 6 };
    told += judge(toTransactions(smallTransactions(new Random(seed), shape)), `transactions ${seed}`);
    told += judge(singles(replicatedHistory(new Random(seed), { operations: 10 })), `operations ${seed}`);
  }
  expect(told).toBeGreaterThan(100);
});
