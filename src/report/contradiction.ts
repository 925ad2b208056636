/** The facts that contradict each other, for the end of a story: at most three lines. */
import type { Json } from '../base/json.ts';
import { unlimited } from '../checkers/budget.ts';
import { checkLinearizable } from '../checkers/linearizable/linearizable.ts';
import type { History, Operation } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import type { NodeStep, Trace } from '../kernel/trace.ts';
import type { AnySpec } from '../spec/spec.ts';
import { notesOf, tersely } from './chain.ts';
import { columns, fitting } from './fit.ts';
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
  if (notes === '' && changes.length === 0) return '';
  const head = `at ${Math.floor(step.time)} ms ${step.node}${step.cause.event === 'start' ? ', restarted' : ''}: `;
  const told = (most: number, value: number) => () => `${head}${notes || tersely(changes, most, value)}`;
  return fitting(columns - 2, told(3, 28), told(2, 28), told(2, 16), told(1, 16));
}

/**
 * The earlier step that accounts for most of the explanation: its notes, what it changed. A word weighs more the fewer
 * steps account for it. It is a step of another node that the explanation names, if there is any; else one of the same
 * node counts a little more, and what the last step noted is not looked for again. The latest of equals.
 */
function contradicted(trace: Trace, last: number, explanation: string): number | undefined {
  // What stands in braces is a value, such as a set of servers.
  const outside = explanation.replace(/[{[(][^)\]}]*[)\]}]/g, '');
  const { node } = trace[last] as NodeStep;
  const others = new Set((outside.match(/\bn\d+\b/g) ?? []).filter((name) => name !== node));
  const rest = wordsOf(others.size > 0 ? explanation : outside);
  const names = new Set(noteNames(trace, last));
  if (others.size === 0 && names.size > 0) for (const word of wordsAbout(trace, last)) take(rest, word);
  const candidates = trace.slice(0, last).flatMap((step, index) => {
    if (step.kind !== 'step' || (others.size > 0 && !others.has(step.node))) return [];
    const left = [...rest];
    const told = wordsAbout(trace, index).filter((word) => !/^n\d+$/.test(word) && take(left, word));
    return told.length > 0 ? [{ index, told }] : [];
  });
  const counts = new Map<string, number>();
  for (const { told } of candidates) for (const word of told) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weightOf = (word: string) => Math.log(1 + candidates.length / (counts.get(word) ?? 1));
  const scoreOf = ({ index, told }: { index: number; told: readonly string[] }) => {
    // Small numbers are everywhere: only the rarest one counts, and half as much as a word.
    const numbers = told.filter(isNumber).map((word) => 0.5 * weightOf(word));
    const words = told.filter((word) => !isNumber(word)).map((word) => 0.5 + weightOf(word));
    const alike = noteNames(trace, index).some((name) => names.has(name)) ? 2 : 0;
    const own = others.size === 0 && (trace[index] as NodeStep).node === node ? 0.5 : 0;
    return [...words, Math.max(0, ...numbers)].reduce((sum, weight) => sum + weight, alike + own);
  };
  const ranked = candidates.map((candidate) => ({ ...candidate, score: scoreOf(candidate) }));
  return ranked.sort((a, b) => b.score - a.score || b.index - a.index)[0]?.index;
}

const isNumber = (word: string): boolean => /^\d/.test(word);

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
  // Whole objects that were added say too much; plain values say what came to be, counters also what they passed.
  const changes = changesOf(trace, index).flatMap(({ path, before, after }) => {
    const value = typeof after === 'object' ? '' : shown(after);
    return wordsOf(
      `${path.replace(/^(disk|memory)/, '').replace(/\d+/g, '')} ${value} ${passed(before, after)}`,
    );
  });
  return notes.length + changes.length === 0 ? [] : [...new Set([step.node, ...notes, ...changes])];
}

/** The whole numbers between two, where they are not many. */
function passed(before: unknown, after: unknown): string {
  if (typeof before !== 'number' || typeof after !== 'number' || after - before > 20) return '';
  return Array.from({ length: Math.max(0, Math.ceil(after - before) - 1) }, (_, i) => before + i + 1).join(
    ' ',
  );
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
  const named = (other: Operation) => `${who(other.process)}'s ${operationInWords(other, spec)}`;
  const [prefix] = prefixes;
  const byId = new Map(group.map((other) => [other.id, other]));
  const order = (prefix?.order ?? []).flatMap((id) => byId.get(id) ?? []);
  const shownOrder = [...(order.length > mostOrdered ? ['…'] : []), ...order.slice(-mostOrdered).map(named)];
  const before =
    order.length === 0
      ? 'Nothing comes before it'
      : order.length === 1
        ? `Before it there is ${shownOrder[0]}`
        : `All before it fit in the order ${shownOrder.join(', ')}`;
  const answers = legal.slice(0, mostAnswers).map(shortJson).join(' or ');
  const more = legal.length > mostAnswers ? ' and more' : '';
  const then = legal.length > 0 ? `; then it could only have returned ${answers}${more}` : '';
  const facts = [`${before}${then}.`];
  return {
    sentence: `no order of the operations explains ${named(operation)}${ofKey}`,
    facts,
    ends: endsIn(trace, minimal, history),
  };
}

/** The last so many operations of an order, and so many of the answers that would have been legal. */
const mostOrdered = 6;
const mostAnswers = 4;

/** What the spec answers nothing to is told by its call alone, else with its answer, also where that equals the input. */
function operationInWords(operation: Operation, spec: AnySpec): string {
  const { f, input, output } = operation;
  if (operation.type === 'info' || output === undefined) return describeOperation(operation);
  const call = describeOperation({ ...operation, output: input });
  if (spec.reads.includes(f) || answersSomething(spec, f, input))
    return `${input === null ? f : `${f} ${shortJson(input)}`} → ${shortJson(output)}`;
  return call;
}

function answersSomething(spec: AnySpec, f: string, input: Json): boolean {
  try {
    return spec.ops[f]?.(spec.init() as never, input as never, undefined as never) !== undefined;
  } catch {
    return true;
  }
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
