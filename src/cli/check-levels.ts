/** The consistency levels that `clew check` knows: each judges one history and says why. */

import { invariant, UsageError } from '../base/errors.ts';
import { canonicalJson, type Json } from '../base/json.ts';
import { LimitedBudget } from '../checkers/budget.ts';
import { checkerFor, type LinearizabilityResult } from '../checkers/linearizable/linearizable.ts';
import { flawOf } from '../checkers/linearizable/replay.ts';
import type { Operation } from '../history/history.ts';
import { explain } from '../report/linearizability.ts';
import { explanationText } from '../report/linearizability-text.ts';
import { countText, describeOperation, shortJson } from '../report/operation-text.ts';
import { timeline } from '../report/timeline.ts';
import { ladderLevels } from './check-ladder.ts';
import type { Level, Subject, Verdict } from './check-subject.ts';

export const levels: Readonly<Record<string, Level>> = {
  linearizable,
  ...ladderLevels,
};

/** Explaining may take as long as five seconds more than the check. */
const explainMs = 5000;

function linearizable(subject: Subject): Verdict {
  const { spec, operations, initial, budget } = subject;
  requireRealTime(subject);
  const started = performance.now();
  const result = checkerFor(spec).check(operations, {
    budget,
    ...(initial === undefined ? {} : { initial }),
  });
  const elapsedMs = performance.now() - started;
  if (result.valid === 'unknown') return unknown(subject, result, elapsedMs);
  const remarks = howDecided(result);
  if (result.valid) {
    const flaw = flawOf(spec, operations, result.witness, initial);
    invariant(flaw === undefined, `the linearization found for ${spec.name} is none: ${flaw}`);
    return {
      valid: true,
      elapsedMs,
      headline: 'LINEARIZABLE',
      remarks,
      fields: { witness: result.witness, ...decomposition(result) },
      text: witnessText(subject, result.witness),
    };
  }
  return { valid: false, elapsedMs, headline: 'NOT LINEARIZABLE', remarks, ...invalid(subject, result) };
}

/** What was judged apart, and by which algorithms. */
function howDecided({ objects, apart, windows, by, declined }: Decided): string[] {
  const names = apart.length === 1 ? { key: 'key', part: 'part' }[apart[0]!] : 'object';
  return [
    ...(objects > 1 ? [`${countText(objects, names)} judged apart`] : []),
    ...(windows > objects ? [`${countText(windows, 'window')} between quiescent points`] : []),
    `by ${by.join(', ')}`,
    ...declined.map((monitor) => `the ${monitor} does not apply`),
  ];
}

type Decided = LinearizabilityResult & { valid: boolean };

/** For programs: how the history was taken apart, and which algorithms decided. */
function decomposition(result: LinearizabilityResult): Record<string, Json> {
  const { objects, apart, windows } = result;
  return {
    decomposition: { objects, by: apart, windows },
    ...('by' in result ? { algorithms: result.by } : {}),
  };
}

/** Refuses to judge by real time what says nothing of it. */
export function requireRealTime({ file, history }: Pick<Subject, 'file' | 'history'>): void {
  if (history.format !== 'txn-text') return;
  throw new UsageError(
    `${file}: the text form says nothing about real time, which linearizability is about; expected another --consistency, such as ladder or serializable`,
  );
}

function witnessText({ operations, showWitness }: Subject, witness: readonly number[]): string {
  if (operations.length === 0) return '  Nothing happened in this history, so nothing went wrong.';
  if (!showWitness) return '';
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  return witness
    .map((id) => {
      const operation = byId.get(id)!;
      const key = operation.key === undefined ? '' : ` of key ${shortJson(operation.key)}`;
      return `  ${describeOperation(operation)}${key}  (process ${operation.process})`;
    })
    .join('\n');
}

function invalid(
  { spec, operations, initial, history, columns }: Subject,
  result: LinearizabilityResult & { valid: false },
): Pick<Verdict, 'fields' | 'text'> {
  const key = result.key === undefined ? undefined : canonicalJson(result.key);
  const group = operations.filter(
    (one) => (one.key === undefined ? undefined : canonicalJson(one.key)) === key,
  );
  const explanation = explain(spec, group, {
    culprits: result.culprits,
    failed: result.operation,
    initial,
    budget: new LimitedBudget({ timeMs: explainMs }),
  });
  const line = (operation: Operation): number => history.lineOf(operation.invoked);
  const shown = (operation: Operation): Json => ({
    id: operation.id,
    line: line(operation),
    process: operation.process,
    f: operation.f,
    input: operation.input,
    type: operation.type,
    ...(operation.output === undefined ? {} : { output: operation.output }),
    ...(operation.key === undefined ? {} : { key: operation.key }),
  });
  return {
    fields: {
      ...decomposition(result),
      anomaly: {
        kind: 'not linearizable',
        operation: shown(explanation.operation),
        ...(result.key === undefined ? {} : { key: result.key }),
        legal: explanation.legal,
        minimal: explanation.minimal.map(shown),
        isMinimal: explanation.isMinimal,
        timeline: explanation.minimal.length <= 100 ? timeline(explanation.minimal) : [],
        prefixes: explanation.prefixes.map(({ order, state }) => ({ order, state })),
      },
    },
    text: explanationText(explanation, {
      total: group.length,
      key: result.key,
      where: (operation) => `line ${line(operation)}`,
      width: columns,
    }),
  };
}

function unknown(
  { operations }: Subject,
  result: LinearizabilityResult & { valid: 'unknown' },
  elapsedMs: number,
): Verdict {
  const { reason, objects, objectsDone, eventsPassed, events } = result;
  const done =
    objects > 1 ? `${objectsDone} of ${countText(objects, 'object')} found linearizable; in the next, ` : '';
  const crashed = operations.filter(({ type }) => type === 'info').length;
  return {
    valid: 'unknown',
    elapsedMs,
    headline: 'UNKNOWN',
    remarks: [reason],
    fields: { reason, progress: { objects, objectsDone, events, eventsPassed }, ...decomposition(result) },
    text: [
      `  How far: ${done}${eventsPassed.toLocaleString('en-US')} of ${countText(events, 'event')} passed.`,
      `  What would help: more time or memory (--max-time, --max-memory)${crashed > 0 ? `, fewer operations without an outcome (${crashed} here)` : ''}, a shorter history, or unique values, for which common objects have fast algorithms.`,
    ].join('\n'),
  };
}
