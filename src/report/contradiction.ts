/** The facts that contradict each other, for the end of a story: at most three lines. */
import { unlimited } from '../checkers/budget.ts';
import { checkLinearizable } from '../checkers/linearizable/linearizable.ts';
import type { History, Operation } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import type { NodeStep, Trace, TraceStep } from '../kernel/trace.ts';
import type { AnySpec } from '../spec/spec.ts';
import { notesOf, tersely } from './chain.ts';
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

/** An argument of several lines about what clients saw: told as it is, led to by their completed operations. */
export function ofArgument(trace: Trace, explanation: string): Contradiction {
  const [first = '', ...others] = explanation.split('\n').filter((line) => line.trim() !== '');
  const ends = trace.flatMap((step, index) => (step.kind === 'client' && step.what === 'ok' ? [index] : []));
  return { sentence: first, facts: others, ends };
}

/** A property of states: the step that violated it, and the earlier step that the explanation sets against it. */
export function ofStates(trace: Trace, explanation: string): Contradiction {
  const last = trace.findLastIndex((step) => step.kind === 'step');
  if (last < 0) return { sentence: explanation, facts: [], ends: [] };
  const earlier = contradicted(trace, last, explanation);
  const ends = [...(earlier === undefined ? [] : [earlier]), last];
  const facts = ends.map((index) => factInWords(trace, index)).filter((fact) => fact !== '');
  return { sentence: explanation, facts, ends };
}

function factInWords(trace: Trace, index: number): string {
  const step = trace[index] as NodeStep;
  const changes = changesOf(trace, index);
  const notes = notesOf(step.effects).trim();
  const what = notes || tersely(changes, 3);
  return what === '' ? '' : `at ${Math.floor(step.time)} ms ${step.node}: ${what}`;
}

/**
 * The earlier step that accounts for most words of the explanation which the last one does not: its node, its notes, what
 * it changed. The latest of equals. Where the explanation names nodes, it is a step of one of them.
 */
function contradicted(trace: Trace, last: number, explanation: string): number | undefined {
  const rest = wordsOf(explanation);
  for (const word of wordsAbout(trace, last)) take(rest, word);
  const names = new Set(noteNames(trace, last));
  const nodes = accused(trace, last, explanation);
  let best: number | undefined;
  let most = 1;
  for (let index = 0; index < last; index++) {
    const step = trace[index] as TraceStep;
    if (step.kind !== 'step' || (nodes.size > 0 && !nodes.has(step.node))) continue;
    const left = [...rest];
    // Two steps that note the same, such as two elections, are what contradicts itself most often.
    const alike = noteNames(trace, index).some((name) => names.has(name)) ? 2 : 0;
    const score = wordsAbout(trace, index).filter((word) => take(left, word)).length + alike;
    if (score < most || score < 1) continue;
    most = score;
    best = index;
  }
  return best;
}

/** The nodes that the explanation names besides the last step's, or else that one alone if it is named; none if none is. */
function accused(trace: Trace, last: number, explanation: string): Set<string> {
  const { node } = trace[last] as NodeStep;
  const words = new Set(wordsOf(explanation));
  const nodes = new Set(trace.flatMap((step) => (step.kind === 'step' ? [step.node] : [])));
  const named = [...nodes].filter((each) => words.has(each));
  const others = named.filter((each) => each !== node);
  return new Set(others.length > 0 ? others : named);
}

const noteNames = (trace: Trace, index: number): string[] =>
  (trace[index] as NodeStep).effects.flatMap((effect) => (effect.kind === 'note' ? [effect.name] : []));

/** Words and numbers, camelCase taken apart. */
const wordsOf = (text: string): string[] =>
  text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[a-z]+\d*|\d+/g) ?? [];

function wordsAbout(trace: Trace, index: number): string[] {
  const step = trace[index] as NodeStep;
  const notes = step.effects.flatMap((effect) =>
    effect.kind === 'note' ? wordsOf(`${effect.name} ${shown(effect.value)}`) : [],
  );
  // Whole objects that were added say too much; plain values say what came to be.
  const changes = changesOf(trace, index)
    .filter(({ after }) => typeof after !== 'object')
    .flatMap(({ path, after }) =>
      wordsOf(`${path.replace(/^(disk|memory)/, '').replace(/\d+/g, '')} ${shown(after)}`),
    );
  return notes.length + changes.length === 0 ? [] : [...new Set([step.node, ...notes, ...changes])];
}

/** Takes a word out of a list, or one with the same beginning: `commit` for `committed`. */
function take(words: string[], word: string): boolean {
  const at = words.findIndex(
    (other) =>
      other === word ||
      (word.length >= 4 && (other.startsWith(word) || word.startsWith(other)) && other.length >= 4),
  );
  if (at >= 0) words.splice(at, 1);
  return at >= 0;
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
  // What answers nothing is told by its call alone.
  const inWords = (other: Operation) =>
    other.output === null && !spec.reads.includes(other.f)
      ? describeOperation({ ...other, output: other.input })
      : describeOperation(other);
  const named = (other: Operation) => `${who(other.process)}'s ${inWords(other)}`;
  const [prefix] = prefixes;
  const byId = new Map(group.map((other) => [other.id, other]));
  const order = (prefix?.order ?? []).flatMap((id) => byId.get(id) ?? []);
  const before =
    order.length === 0
      ? 'Nothing before it explains more than the initial state'
      : `All before it fit in the order ${order.map(named).join(', ')}`;
  const answers = legal.map(shortJson).join(' or ');
  const then = legal.length > 0 ? `; after that it could only have returned ${answers}` : '';
  const facts = [`${before}${then}.`];
  return {
    sentence: `no order of the operations explains ${named(operation)}${ofKey}`,
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
