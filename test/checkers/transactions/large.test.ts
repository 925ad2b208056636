/** Violations of long histories are found without trying all orders of versions, and told by a few transactions. */
import { expect, test } from 'vitest';
import { explainViolation } from '../../../src/checkers/ladder/explain.ts';
import { explainInWords } from '../../../src/checkers/ladder/in-words.ts';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import { orderLevels, type TransactionLevel } from '../../../src/checkers/transactions/levels.ts';
import { registerTransactions, staleTransactions } from '../../bench/ladder.ts';

const levels = Object.keys(orderLevels) as TransactionLevel[];

test('every level of orders is refuted on a long history with stale reads, and told by few transactions', () => {
  const history = staleTransactions(12_000, { sessions: 10, keys: 150, stale: 0.3, seed: 1 });
  for (const level of levels) {
    expect(checkLevel(history, level).verdict, level).toBe('violated');
    const explanation = explainViolation(history, level);
    expect(checkLevel(explanation.history.transactions, level).verdict, level).toBe('violated');
    expect(explanation.history.transactions.count, explainInWords(explanation)).toBeLessThan(64);
  }
});

test('every level of orders is proved on a long history without a mistake', () => {
  const history = registerTransactions(30_000, 10, 300, 1);
  for (const level of levels) expect(checkLevel(history, level).verdict, level).toBe('holds');
});

test('a budget that has run out is told by every level', () => {
  const history = registerTransactions(20_000, 10, 300, 1);
  const budget = { exhausted: () => 'the time limit of 1 s was reached' };
  for (const level of [...levels, 'read-atomic', 'read-committed-be', 'transactional-causal'] as const) {
    expect(checkLevel(history, level, { budget }), level).toEqual({
      verdict: 'unknown',
      reason: 'the time limit of 1 s was reached',
    });
  }
});
