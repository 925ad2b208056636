/** The facts that contradict each other, for the end of a story: at most three lines. */
import { unlimited } from '../checkers/budget.ts';
import { checkLinearizable } from '../checkers/linearizable/linearizable.ts';
import type { History, Operation } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import type { NodeStep, Trace } from '../kernel/trace.ts';
import type { AnySpec } from '../spec/spec.ts';
import { tersely } from './chain.ts';
import { explain } from './linearizability.ts';
import { describeOperation, shortJson } from './operation-text.ts';
import { changesOf } from './states.ts';
import { shown } from './words.ts';

export interface Contradiction {
  readonly sentence: string;
  /** What each side rests on, with its time. */
  readonly facts: readonly string[];
  /** Entries of the trace that the contradiction is made of: the chain of causes leads to these. */
  readonly ends: readonly number[];
}

/** A property of states: the step that violated it, and the earlier note that its own contradicts. */
export function ofStates(trace: Trace, explanation: string): Contradiction {
  const last = trace.findLastIndex((step) => step.kind === 'step');
  const step = trace[last];
  if (step?.kind !== 'step') return { sentence: explanation, facts: [], ends: [] };
  const earlier = contradicted(trace, last);
  if (earlier) {
    const facts = [earlier, last].map((index) => noted(trace[index] as NodeStep, trace[last] as NodeStep));
    return { sentence: explanation, facts, ends: [earlier, last] };
  }
  const changes = changesOf(trace, last);
  const facts =
    changes.length === 0
      ? []
      : [`at ${Math.floor(step.time)} ms ${step.node} comes to ${tersely(changes, 3)}`];
  return { sentence: explanation, facts, ends: [last] };
}

/** The latest earlier note of the same name, of the same value if there is one, that another step made. */
function contradicted(trace: Trace, last: number): number | undefined {
  const { effects } = trace[last] as NodeStep;
  const note = effects.findLast((effect) => effect.kind === 'note');
  if (note?.kind !== 'note') return undefined;
  const same = (index: number, equal: boolean): boolean => {
    const step = trace[index];
    return (
      index < last &&
      step?.kind === 'step' &&
      step.effects.some(
        (effect) =>
          effect.kind === 'note' &&
          effect.name === note.name &&
          (!equal || shown(effect.value) === shown(note.value)),
      )
    );
  };
  const indices = trace.map((_, index) => index);
  return indices.findLast((index) => same(index, true)) ?? indices.findLast((index) => same(index, false));
}

function noted(step: NodeStep, like: NodeStep): string {
  const name = like.effects.findLast((effect) => effect.kind === 'note');
  const notes = step.effects.flatMap((effect) =>
    effect.kind === 'note' && name?.kind === 'note' && effect.name === name.name
      ? [`‹${effect.name} ${shown(effect.value)}›`]
      : [],
  );
  return `at ${Math.floor(step.time)} ms ${step.node}: ${notes.join(' ')}`;
}

/** A history without a linearization: the last order that explains all before, and what would have been legal after it. */
export function ofHistory(
  trace: Trace,
  history: History,
  spec: AnySpec,
  clients: number,
): Contradiction | undefined {
  const operations = operationsOf(history);
  const result = checkLinearizable(spec, history);
  if (result.valid !== false) return undefined;
  const group = operations.filter(({ key }) => shown(key) === shown(result.key));
  const explanation = explain(spec, group, {
    culprits: result.culprits,
    failed: result.operation,
    initial: undefined,
    budget: unlimited,
  });
  const { operation, minimal, prefixes, legal } = explanation;
  const ofKey = result.key === undefined ? '' : ` of ${shown(result.key)}`;
  const who = (process: number) => `c${(process % clients) + 1}`;
  const named = (other: Operation) => `${who(other.process)}'s ${describeOperation(other)}`;
  const [prefix] = prefixes;
  const byId = new Map(group.map((other) => [other.id, other]));
  const order = (prefix?.order ?? []).flatMap((id) => byId.get(id) ?? []);
  const before =
    order.length === 0
      ? 'nothing before it explains more than the initial state'
      : `all before it fit in the order ${order.map(named).join(', ')}`;
  const answers = legal.map(shortJson).join(' or ');
  const facts = [
    `${before};`,
    ...(legal.length > 0
      ? [`after that ${who(operation.process)}'s ${operation.f} could only have returned ${answers}`]
      : []),
  ];
  return {
    sentence: `${named(operation)}${ofKey} has no place in any order of the operations`,
    facts,
    ends: endsIn(trace, minimal, history),
  };
}

/** The answers to these operations, as entries of the trace; all answers when none is found. */
function endsIn(trace: Trace, operations: readonly Operation[], history: History): number[] {
  const wanted = new Set(
    operations.map(({ process, invoked }) => `${process} ${(history[invoked]?.time ?? 0) / 1e6}`),
  );
  const begun = new Map<number, boolean>();
  const ends: number[] = [];
  trace.forEach((step, index) => {
    if (step.kind !== 'client') return;
    if (step.what === 'invoke') begun.set(step.call, wanted.has(`${step.process} ${step.time}`));
    else if (begun.get(step.call) && (step.what === 'ok' || step.what === 'info')) ends.push(index);
  });
  return ends;
}
