/**
 * The consistency ladder in `clew check`: `--consistency LEVEL` for every level but linearizable, and
 * `--consistency ladder` for all of them at once: the lattice, the borders, and a story for each weakest violated level.
 */
import { writeFileSync } from 'node:fs';
import type { Json } from '../base/json.ts';
import { explainViolation } from '../checkers/ladder/explain.ts';
import { anomalyName, describeTransaction, explainInWords } from '../checkers/ladder/in-words.ts';
import { initialValue } from '../checkers/ladder/initial-value.ts';
import { applicableLevels, checkLadder, checkLevel, type LadderOptions } from '../checkers/ladder/ladder.ts';
import {
  impliedBy,
  impliedDirectly,
  type Level as LevelName,
  levels as levelNames,
  requireSingle,
} from '../checkers/ladder/lattice.ts';
import { checkerFor } from '../checkers/linearizable/linearizable.ts';
import { findAnomalies } from '../checkers/transactions/anomalies.ts';
import { prepare } from '../checkers/transactions/prepare.ts';
import { located } from '../history/codecs/read.ts';
import type { Transactions } from '../history/transactions.ts';
import { deliveredReads, transactionsFromEvents } from '../history/transactions-from-events.ts';
import { explanationToDot } from '../report/cycles-dot.ts';
import type { Level, Subject, Verdict } from './check-subject.ts';

/** What judging by the ladder takes of a subject. */
type LadderSubject = Pick<
  Subject,
  'file' | 'history' | 'operations' | 'spec' | 'initial' | 'budget' | 'nilReadsAny'
>;

const marks = { holds: '✓', violated: '✗', unknown: '?' } as const;

/** Every level but linearizable, which has a checker of its own for all specs; and `ladder`. */
export const ladderLevels: Readonly<Record<string, Level>> = {
  ...Object.fromEntries(
    levelNames
      .filter((name) => name !== 'linearizable')
      .map((name) => [name, (subject: Subject) => one(subject, name)]),
  ),
  ladder,
};

function one(subject: Subject, level: LevelName): Verdict {
  const transactions = columns(subject);
  requireSingle(level, !transactions.single);
  const options = optionsFor(subject);
  const started = performance.now();
  const { verdict, reason } = checkLevel(transactions, level, options);
  const elapsedMs = performance.now() - started;
  const name = level.toUpperCase();
  if (verdict === 'violated') {
    const { json, text } = story(subject, { transactions, level, options });
    return { valid: false, elapsedMs, headline: `NOT ${name}`, remarks: [], fields: { anomaly: json }, text };
  }
  const unknown = verdict === 'unknown';
  return {
    valid: unknown ? 'unknown' : true,
    elapsedMs,
    headline: unknown ? 'UNKNOWN' : name,
    remarks: reason === undefined ? [] : [reason],
    fields: reason === undefined ? {} : { reason },
    text: '',
  };
}

function ladder(subject: Subject): Verdict {
  const transactions = columns(subject);
  const options = optionsFor(subject);
  const started = performance.now();
  const result = checkLadder(transactions, options);
  const elapsedMs = performance.now() - started;
  const family = applicableLevels(transactions);
  const widest = Math.max(...family.map((level) => level.length));
  // The strongest first.
  const rows = [...family]
    .sort((a, b) => impliedBy(b).size - impliedBy(a).size)
    .map((level) => {
      const verdict = result.levels.get(level)!;
      const implied = impliedDirectly(level);
      const note = result.reasons.get(level) ?? (implied.length > 0 ? `implies ${implied.join(', ')}` : '');
      return `  ${marks[verdict]} ${level.padEnd(widest)}  ${note}`.trimEnd();
    });
  const stories = result.violated.map((level) => ({
    level,
    ...story(subject, { transactions, level, options }),
  }));
  const found = transactions.single ? new Map<string, number>() : namedAnomalies(transactions);
  const violated = result.violated.length > 0;
  const top = family[0] === undefined ? undefined : strongest(family, result.levels);
  return {
    valid: violated ? false : top === 'holds' ? true : 'unknown',
    elapsedMs,
    headline: [
      result.holds.length > 0 ? `HOLDS ${result.holds.join(', ')}` : 'HOLDS NOTHING',
      violated ? `VIOLATES ${result.violated.join(', ')}` : '',
    ]
      .filter(Boolean)
      .join('; '),
    remarks: [],
    fields: {
      levels: Object.fromEntries(result.levels),
      holds: result.holds,
      violated: result.violated,
      reasons: Object.fromEntries(result.reasons),
      ...(found.size > 0 ? { found: Object.fromEntries(found) } : {}),
      ...(stories.length > 0
        ? { anomaly: stories[0]!.json, anomalies: stories.map(({ json }) => json) }
        : {}),
    },
    text: [
      rows.join('\n'),
      ...(found.size > 0
        ? [`  Anomalies: ${[...found].map(([type, count]) => `${type} (${count})`).join(', ')}`]
        : []),
      ...stories.map(({ level, text }) => `Not ${level}:\n\n${text}`),
    ].join('\n\n'),
  };
}

/** How often each anomaly was found, by Adya's and Elle's names; cycles at most one a class and component. */
function namedAnomalies(transactions: Transactions): Map<string, number> {
  const counts = new Map<string, number>();
  const orders = transactions.timed ? (['session', 'real-time'] as const) : (['session'] as const);
  for (const order of orders) {
    const { direct, cycles } = findAnomalies(prepare(transactions), { order });
    const seen = new Map<string, number>();
    for (const { type } of [...direct, ...cycles]) seen.set(type, (seen.get(type) ?? 0) + 1);
    for (const [type, count] of seen) counts.set(type, Math.max(count, counts.get(type) ?? 0));
  }
  return counts;
}

/** The verdict of the family's strongest level. */
function strongest(
  family: readonly LevelName[],
  verdicts: ReadonlyMap<LevelName, 'holds' | 'violated' | 'unknown'>,
) {
  const top = family.includes('linearizable') ? 'linearizable' : 'strict-serializable';
  return verdicts.get(top);
}

/** The history as columns, by which every level but linearizable is judged. Throws a `UsageError` with file and line. */
export function columns({ file, history, nilReadsAny, initial, spec }: LadderSubject): Transactions {
  const text = history.format === 'txn-text';
  const start = initial ?? (text ? 0 : initialValue(spec));
  try {
    return transactionsFromEvents(history.events, {
      initial: start,
      nullReadsAny: nilReadsAny,
      timed: !text,
    });
  } catch (error) {
    throw located(error, file, history);
  }
}

export function optionsFor({ budget, spec, operations, initial, history }: LadderSubject): LadderOptions {
  const delivered = deliveredReads(history.events);
  return {
    budget,
    ...(delivered.length > 0 ? { delivered } : {}),
    linearizable: () => {
      const { valid } = checkerFor(spec).check(operations, {
        budget,
        ...(initial === undefined ? {} : { initial }),
      });
      return valid === 'unknown' ? 'unknown' : valid ? 'holds' : 'violated';
    },
  };
}

interface Violated {
  readonly transactions: Transactions;
  readonly level: LevelName;
  readonly options: LadderOptions;
}

function story(
  { dot }: Subject,
  { transactions, level, options }: Violated,
): { json: Record<string, Json>; text: string } {
  const explanation = explainViolation(transactions, level, options);
  const words = explainInWords(explanation);
  if (dot !== undefined) writeFileSync(dot, explanationToDot(explanation));
  const part = explanation.history.transactions;
  return {
    json: {
      kind: anomalyName(explanation),
      level,
      transactions: explanation.original.map((t, i) => ({ index: t, text: describeTransaction(part, i) })),
      story: words,
    },
    text: words
      .split('\n')
      .map((line) => (line === '' ? '' : `  ${line}`))
      .join('\n'),
  };
}
