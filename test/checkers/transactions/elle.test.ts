/** What Elle's own tests say of their histories is found here too: anomalies, cycles, levels ruled out. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allRuledOutBy, forbids } from '../../../src/checkers/ladder/anomaly-levels.ts';
import { findAnomalies } from '../../../src/checkers/transactions/anomalies.ts';
import type { CycleName } from '../../../src/checkers/transactions/cycle-classes.ts';
import {
  judge,
  type TransactionLevel,
  transactionLevels,
} from '../../../src/checkers/transactions/levels.ts';
import { type PrepareOptions, prepare } from '../../../src/checkers/transactions/prepare.ts';
import type { AnomalyType } from '../../../src/checkers/transactions/reads-from.ts';
import type { HistoryEvent } from '../../../src/history/history.ts';
import type { Transactions } from '../../../src/history/transactions.ts';
import { transactionsFromEvents } from '../../../src/history/transactions-from-events.ts';
import { sharedData } from '../../shared-data.ts';

interface Case {
  readonly id: number;
  readonly checker: string;
  readonly test: string;
  readonly opts: Record<string, unknown>;
  readonly history: readonly (HistoryEvent & { index: number })[];
  readonly result: {
    readonly valid: boolean | 'unknown';
    readonly anomalyTypes: readonly string[];
    readonly not: readonly string[];
    readonly alsoNot: readonly string[];
    readonly cycles: readonly { type: string; cycle: readonly number[] }[];
  };
}
type Name = AnomalyType | CycleName;

/**
 * Anomalies that are there and that Elle does not name: 1 has a real-time cycle whose real-time edge is also a data
 * edge, which Elle tells as data only; 47 has lists without one order, where each finds other cycles.
 */
const more: Record<number, readonly string[]> = { 1: ['G-single-item-realtime'], 47: ['G-single-item'] };

const path = sharedData('txn', 'elle', 'cases.json');
const cases: readonly Case[] = path ? JSON.parse(readFileSync(path, 'utf8')) : [];
const predicates = cases.filter((each) => each.checker === 'closed-predicate');
if (predicates.length > 0) {
  console.warn(
    `Skipped: ${predicates.length} cases of predicate reads, which no level here judges (${predicates.map((each) => each.id).join(', ')}).`,
  );
}

test.skipIf(!path)('there are cases', () => expect(cases.length).toBeGreaterThan(predicates.length));

for (const each of cases) {
  if (each.checker === 'closed-predicate') continue;
  test(`case ${each.id}: ${each.checker} ${each.test}`, () => {
    const { result } = each;
    const { transactions, indexOf } = read(each);
    const models = modelsOf(each);
    const history = prepare(transactions, optionsOf(each, transactions, indexOf));
    const order = models.includes('strict-serializable') ? 'real-time' : 'none';
    const found = findAnomalies(history, { order });
    const names = new Set<Name>([...found.direct, ...found.cycles].map((anomaly) => anomaly.type));

    // Elle calls both kinds of disagreement within a transaction internal, and an empty graph an anomaly.
    const expected = result.anomalyTypes.filter((name) => name !== 'empty-transaction-graph');
    const elle = (name: string) => (name === 'non-repeatable-read' ? 'internal' : name);
    const reported = [...names].filter((name) => wanted(each, models, name)).map(elle);
    const extra = reported.filter((name) => !expected.includes(name));
    expect(extra).toEqual(more[each.id] ?? []);
    for (const name of expected) expect([...names].map(elle)).toContain(name);
    expect(found.unrelated).toBe(result.anomalyTypes.includes('empty-transaction-graph'));

    const valid = reported.length > 0 ? false : found.unrelated ? 'unknown' : true;
    expect(valid).toBe(result.valid);

    const verdict = (level: TransactionLevel) =>
      [...names].some((name) => allRuledOutBy(name).includes(level)) ? 'violated' : judge(history, level);
    for (const name of [...result.not, ...result.alsoNot]) {
      const level = (name === 'strong-serializable' ? 'strict-serializable' : name) as TransactionLevel;
      if (transactionLevels.includes(level)) expect(verdict(level), level).toBe('violated');
    }
    if (result.valid === true) for (const level of models) expect(verdict(level), level).toBe('holds');

    for (const { type, cycle } of result.cycles) {
      const ours = found.cycles
        .filter((anomaly) => anomaly.type === type)
        .map((anomaly) => anomaly.steps.length);
      expect(Math.min(...ours), `the shortest ${type}`).toBeLessThanOrEqual(cycle.length - 1);
    }
  });
}

function modelsOf({ opts }: Case): TransactionLevel[] {
  const named = opts['consistency-models'] as TransactionLevel[] | undefined;
  return named ?? (opts['anomalies'] ? [] : ['strict-serializable']);
}

function wanted({ opts }: Case, models: readonly TransactionLevel[], name: Name): boolean {
  const asked = (opts['anomalies'] as string[] | undefined) ?? [];
  const g1: readonly string[] = [
    'G0',
    'G1a',
    'G1b',
    'G1c',
    'incompatible-order',
    'dirty-update',
    'future-read',
  ];
  const implies: Record<string, readonly string[]> = {
    G0: ['G0'],
    G1: g1,
    G2: [...g1.filter(() => false), 'G-single-item', 'G-nonadjacent-item', 'G2-item', 'lost-update'],
    internal: ['internal', 'non-repeatable-read'],
    'dirty-update': ['dirty-update'],
  };
  return (
    models.some((level) => forbids(level, name)) || asked.some((group) => implies[group]!.includes(name))
  );
}

/** Histories that use one process for everything are read by their completions alone. */
function read(each: Case): { transactions: Transactions; indexOf: (t: number) => number } {
  const open = new Set<number>();
  let overlap = false;
  for (const { type, process } of each.history) {
    if (type === 'invoke') {
      overlap ||= open.has(process);
      open.add(process);
    } else open.delete(process);
  }
  const events = each.history
    .filter(({ type }) => !overlap || type !== 'invoke')
    .map((event) => ({ ...event, f: 'txn' }));
  const transactions = transactionsFromEvents(events, { loose: true });
  return { transactions, indexOf: (t) => events[transactions.completed[t]!]?.index ?? -1 };
}

function optionsOf(
  { checker, opts }: Case,
  transactions: Transactions,
  indexOf: (t: number) => number,
): PrepareOptions {
  if (checker !== 'rw-register') return {};
  const order = opts['transaction-order'] as Record<string, number> | undefined;
  const places = new Map<number, number>();
  for (let t = 0; t < transactions.count; t++) {
    const place = order?.[String(indexOf(t))];
    if (place !== undefined) places.set(t, place);
  }
  return {
    unwritten: 'unrecorded',
    assume: {
      sequentialKeys: opts['sequential-keys?'] === true,
      linearizableKeys: opts['linearizable-keys?'] === true,
      writesFollowReads: opts['wfr-keys?'] === true,
      ...(order ? { transactionOrder: places } : {}),
    },
  };
}
