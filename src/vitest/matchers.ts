/**
 * Matchers for histories: `expect(history).toBeLinearizable(kv)`, `.toBeCausal()`, `.toSatisfy('snapshot-isolation')`.
 * Importing this file registers them. A failure's message is the explanation. A verdict of unknown fails either way,
 * with or without `.not`. Vitest's own `toSatisfy(predicate)` goes on to work.
 */
import { expect } from 'vitest';
import { LimitedBudget } from '../checkers/budget.ts';
import { type Level, levelNamed } from '../checkers/ladder/lattice.ts';
import { checkerFor } from '../checkers/linearizable/linearizable.ts';
import type { History } from '../history/history.ts';
import { HistoryError, operationsOf } from '../history/operations.ts';
import { judgeConsistency, requireFunctions } from '../property/consistent.ts';
import type { HistoryVerdict } from '../property/property.ts';
import { explain } from '../report/linearizability.ts';
import { explanationText } from '../report/linearizability-text.ts';
import { kv } from '../spec/kv.ts';
import type { AnySpec } from '../spec/spec.ts';
import { transactionalRegisters } from '../spec/transactions.ts';

declare module 'vitest' {
  interface Matchers<T> {
    /** No client can tell the objects from the spec's, one operation at a time. */
    toBeLinearizable(this: Matchers<T>, spec: AnySpec): void;
    /** Causally consistent (CC). The spec says what unwritten objects read; by default `kv`, so null. */
    toBeCausal(this: Matchers<T>, spec?: AnySpec): void;
  }
  interface Assertion<T> {
    /** Of a history, with a consistency level's name and perhaps a spec; else Vitest's own: with a predicate. */
    toSatisfy: {
      (level: Level, spec?: AnySpec): void;
      <V = T>(predicate: (value: V) => boolean, message?: string): void;
    };
  }
}

interface Outcome {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Explaining may take so long. */
const explainMs = 5000;

expect.extend({
  toBeLinearizable: (history: unknown, spec: AnySpec) => outcome(historyOf(history), 'linearizable', spec),
  toBeCausal: (history: unknown, spec: AnySpec = kv) => outcome(historyOf(history), 'causal', spec),
  toSatisfy(received: unknown, expected: unknown, extra?: unknown): Outcome {
    if (typeof expected === 'function') return predicate(received, expected as Predicate, extra as string);
    const level = levelNamed(String(expected));
    const history = historyOf(received);
    return outcome(history, level, (extra as AnySpec | undefined) ?? specFor(history));
  },
});

type Predicate = (value: unknown) => boolean;

function predicate(received: unknown, expected: Predicate, message: string | undefined): Outcome {
  const pass = Boolean(expected(received));
  const what = message ?? String(expected);
  return {
    pass,
    message: () =>
      `Expected value ${pass ? 'to not satisfy' : 'to satisfy'}:\n${what}\n\nReceived:\n${JSON.stringify(received)}`,
  };
}

/** Where a test names no spec, objects that nobody wrote read null. */
const specFor = (history: History): AnySpec =>
  history.some(({ f }) => f === 'txn') ? transactionalRegisters : kv;

function outcome(history: History, level: Level, spec: AnySpec): Outcome {
  const verdict = level === 'linearizable' ? linearizability(history, spec) : judged(history, level, spec);
  if (verdict.valid === 'unknown')
    throw new Error(`whether the history is ${level} is unknown: ${verdict.reason}`);
  if (verdict.valid) {
    return { pass: true, message: () => `expected the history not to be ${level}, but it is` };
  }
  return { pass: false, message: () => `the history is not ${level}\n\n${verdict.explanation}` };
}

function judged(history: History, level: Level, spec: AnySpec): HistoryVerdict {
  requireFunctions(level, spec);
  return judgeConsistency(history, { level, spec });
}

function linearizability(history: History, spec: AnySpec): HistoryVerdict {
  const operations = operationsOf(history);
  const result = checkerFor(spec).check(operations);
  if (result.valid !== false) return result;
  const { culprits, operation: failed, key } = result;
  const group = operations.filter((one) => JSON.stringify(one.key) === JSON.stringify(key));
  const explanation = explain(spec, group, {
    culprits,
    failed,
    initial: undefined,
    budget: new LimitedBudget({ timeMs: explainMs }),
  });
  return {
    valid: false,
    explanation: explanationText(explanation, {
      total: group.length,
      key,
      where: ({ invoked }) => `event ${invoked + 1}`,
    }),
  };
}

function historyOf(value: unknown): History {
  if (!Array.isArray(value)) {
    throw new TypeError(`expected a history, which is a list of events; received ${JSON.stringify(value)}`);
  }
  const wrong = value.findIndex((event) => typeof event?.f !== 'string' || typeof event?.type !== 'string');
  if (wrong >= 0) {
    throw new HistoryError(
      wrong,
      `${JSON.stringify(value[wrong])} is no event; expected { process, type, f, value }`,
    );
  }
  return value;
}
