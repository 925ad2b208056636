/** Violations read as arguments, from histories that cannot be made smaller. */
import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { explainViolation } from '../../../src/checkers/ladder/explain.ts';
import { anomalyName, explainInWords } from '../../../src/checkers/ladder/in-words.ts';
import { checkLevel } from '../../../src/checkers/ladder/ladder.ts';
import { type Level, singleLevels } from '../../../src/checkers/ladder/lattice.ts';
import { transactionLevels } from '../../../src/checkers/transactions/levels.ts';
import { parseTransactionText } from '../../../src/history/codecs/txn-text.ts';
import type { HistoryEvent } from '../../../src/history/history.ts';
import { transactionsFromEvents } from '../../../src/history/transactions-from-events.ts';
import { explanationToDot } from '../../../src/report/cycles-dot.ts';
import { replicatedHistory, toTransactions as singles } from '../single-twin.ts';
import { smallTransactions, toTransactions } from '../transactions/transaction-twin.ts';

const writeSkew = 'r(1,0,0,1)\nw(2,1,0,1)\nr(2,0,1,2)\nw(1,2,1,2)\nw(3,3,2,3)\nr(3,3,0,4)\n';

test('write skew is told with both reads of the initial state, and without the bystanders', () => {
  const explanation = explainViolation(parseTransactionText(writeSkew), 'serializable');
  expect(anomalyName(explanation)).toBe('G2-item');
  expect(explainInWords(explanation)).toBe(
    `Let
  T1 = [r 1 0, w 2 1] (process 0)
  T2 = [r 2 0, w 1 2] (process 1)

T1 precedes T2, because T1 read the initial 1 = 0, which T2 overwrote.
But T2 precedes T1, because T2 read the initial 2 = 0, which T1 overwrote: a contradiction!`,
  );
});

test('an object without a name is not named, and monotonic reads go by what was read before', () => {
  const events = [
    ['write', 1],
    ['read', 1],
    ['read', 0],
  ].flatMap(([f, value]): HistoryEvent[] => [
    { process: 0, type: 'invoke', f: f as string, value: f === 'read' ? null : (value as number) },
    { process: 0, type: 'ok', f: f as string, value: value as number },
  ]);
  const transactions = transactionsFromEvents(events, { initial: 0 });
  expect(explainInWords(explainViolation(transactions, 'monotonic-reads'))).toBe(
    `Let
  O1 = [w 1] (process 0)
  O2 = [r 1] (process 0)
  O3 = [r 0] (process 0)

The initial state precedes O1, because nothing precedes the initial state, and O1 wrote.
But O1 precedes the initial state, because O3 read the initial 0 although it could see O1, a write (O2 read 1 from O1, O2 came before O3 in their session): a contradiction!`,
  );
});

test('the graph of an explanation is Graphviz', () => {
  const dot = explanationToDot(explainViolation(parseTransactionText(writeSkew), 'serializable'));
  expect(dot).toBe(`digraph violation {
  node [shape=box, fontname="monospace"];
  T1 [label="T1 [r 1 0, w 2 1] (process 0)"];
  T2 [label="T2 [r 2 0, w 1 2] (process 1)"];
  T1 -> T2 [label="rw", color="darkorange3", fontcolor="darkorange3"];
  T2 -> T1 [label="rw", color="darkorange3", fontcolor="darkorange3"];
}
`);
});

test('an order of versions that is not shown carries its justification', () => {
  const fork =
    'w(0,1,0,0)\nw(1,1,0,0)\nw(0,2,1,0)\nr(0,2,1,1)\nr(1,1,1,1)\nw(1,2,2,0)\nr(1,2,2,1)\nr(0,1,2,1)\n';
  const story = explainInWords(explainViolation(parseTransactionText(fork), 'snapshot-isolation'));
  expect(story).toContain("T1's 0 = 1 is older than T2's 0 = 2. Otherwise ");
  expect(story).toContain('(as shown above)');
  expect(story.endsWith('a contradiction!')).toBe(true);
});

test('whatever is violated has an explanation that is itself a violation, and tells of it in full sentences', () => {
  let explained = 0;
  const tryAll = (
    seed: number,
    transactions: ReturnType<typeof toTransactions>,
    levels: readonly Level[],
  ): void => {
    for (const level of levels) {
      if (checkLevel(transactions, level).verdict !== 'violated') continue;
      explained++;
      const explanation = explainViolation(transactions, level);
      const story = explainInWords(explanation);
      const sound =
        checkLevel(explanation.history.transactions, level).verdict === 'violated' &&
        !/undefined|NaN|through the orders above/.test(story + explanationToDot(explanation)) &&
        /[.!]$/.test(story) &&
        anomalyName(explanation) !== 'no-version-order';
      if (!sound) throw new Error(`seed ${seed}, ${level}:\n${story}`);
    }
  };
  for (let seed = 0; seed < 150; seed++) {
    const lists = seed % 2 === 0;
    tryAll(
      seed,
      toTransactions(smallTransactions(new Random(seed), { lists, transactions: 6 })),
      transactionLevels,
    );
    tryAll(seed, singles(replicatedHistory(new Random(seed), { operations: 14 })), singleLevels);
  }
  expect(explained).toBeGreaterThan(300);
});
