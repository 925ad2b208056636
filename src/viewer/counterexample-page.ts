/**
 * The page's data of a counterexample, prepared once: each run (as saved, as found, with one deviation less) with its
 * diagram, its verdict and where it parts ways with the failing one.
 */

import { canonicalJson } from '../base/json.ts';
import { initialValue } from '../checkers/ladder/initial-value.ts';
import type { History } from '../history/history.ts';
import { operationsOf } from '../history/operations.ts';
import { deliveredReads, transactionsFromEvents } from '../history/transactions-from-events.ts';
import type { Trace } from '../kernel/trace.ts';
import type { HistoryProperty } from '../property/property.ts';
import { argumentOf, type Consistency, consistencyOf, summaryOf } from '../report/consistency.ts';
import { ofStates } from '../report/contradiction.ts';
import type { Diagram, DiagramStep } from '../report/diagram.ts';
import { diagramOf } from '../report/diagram-of.ts';
import { missInWords } from '../report/misses.ts';
import { type Fact, type PageData, type PageRun, type PageVerdict, pageFormat } from '../report/page.ts';
import { pathInWords } from '../report/patch.ts';
import { type Linearization, linearizationOf } from '../report/prefixes.ts';
import { callInWords, resultInWords } from '../report/shapes-words.ts';
import { whyItMatters } from '../report/why.ts';
import { deviationInWords } from '../report/words.ts';
import type { Counterexample } from '../runner/counterexample.ts';
import { type Execution, Executions } from '../runner/execute.ts';
import type { Model } from '../runner/model.ts';
import { clockBoundOf } from '../schedule/nemeses.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { placeOf } from './places.ts';

type Promised = NonNullable<HistoryProperty['consistency']>;

export interface CounterexamplePageInput {
  readonly file: string;
  readonly counterexample: Counterexample;
  readonly model: Model;
  /** The schedule as it was found, before it was shrunk. */
  readonly original?: Schedule | undefined;
}

/** Deviations of a schedule up to which it is also run without each of them. */
const mostWithout = 12;
/** Steps that each level's search may take on a run's history, which is short. */
const ladderSteps = 1_000_000;

export function counterexamplePage({
  file,
  counterexample,
  model,
  original,
}: CounterexamplePageInput): PageData {
  const { schedule, mutant, property } = counterexample;
  const executions = new Executions(model, mutant);
  const traced = (id: string, label: string, each: Schedule): Traced =>
    pageRun({ model, executions, schedule: each, id, label });
  const { run: saved, trace } = traced('saved', original ? 'shrunk' : 'as saved', schedule);
  const { deviations } = schedule;
  const told = deviations.length > mostWithout ? [] : deviations;
  const without = told.map((deviation, index) => {
    const less = { ...schedule, deviations: deviations.filter((_, other) => other !== index) };
    const other = traced(`without-${index + 1}`, `without ${index + 1}`, less);
    const run = { ...other.run, ...partsWays(saved.diagram, other.run.diagram) };
    const [why] = whyItMatters(trace, other.trace, deviation);
    return { run, why };
  });
  const explained = saved.deviations.map((deviation, index) => {
    const why = without[index]?.why;
    return why === undefined ? deviation : { ...deviation, why };
  });
  const subject = mutant === null ? model.name : `${model.name} with the planted bug ‘${mutant}’`;
  const spec = model.protocol.definition.implements;
  return {
    format: pageFormat,
    title: property,
    subject,
    story: (mutant === null ? undefined : model.protocol.definition.mutants?.[mutant]?.story) ?? '',
    file,
    replay: `npx clew replay ${file}`,
    ...(spec ? { spec: spec.name } : {}),
    runs: [
      { ...saved, deviations: explained },
      ...(original ? [traced('original', 'original', original).run] : []),
      ...without.map(({ run }) => run),
    ],
  };
}

interface RunInput {
  readonly model: Model;
  readonly executions: Executions;
  readonly schedule: Schedule;
  readonly id: string;
  readonly label: string;
}

interface Traced {
  readonly run: PageRun;
  readonly trace: Trace;
}

function pageRun({ model, executions, schedule, id, label }: RunInput): Traced {
  const { trace, execution } = executions.trace(schedule);
  const diagram = diagramOf(trace, { nodes: schedule.nodes, clockBound: clockBoundOf(model.nemeses) });
  const violated = execution.violation?.property;
  const { history, vocabulary } = execution.simulation;
  const promises = model.properties.flatMap((property) =>
    property.kind === 'history' && (violated === undefined || property.name === violated) ? [property] : [],
  );
  const object = promises.find(({ spec }) => spec)?.spec;
  const promise = promises.find(({ consistency }) => consistency)?.consistency;
  const linearization = object && linearizationOf(object, operationsOf(history));
  const consistency = promise && history.length > 0 ? ladderOf(history, promise) : undefined;
  const argument = consistency?.arguments.find(({ level }) => level === promise?.level);
  const sentence = argument ? summaryOf(argument) : linearization && stuckInWords(linearization, diagram);
  const run = {
    id,
    label,
    deviations: schedule.deviations.map((deviation, index) => ({
      words: deviationInWords(deviation),
      ...(execution.applied[index]
        ? placeOf(deviation, diagram)
        : { miss: missInWords(deviation, schedule, trace, vocabulary.names) }),
    })),
    verdict: verdictOf(execution, sentence, () =>
      // What clients saw contradicts itself in their operations, not in steps.
      promises.length > 0 ? [] : factsOf(trace, execution, diagram),
    ),
    diagram,
    ...(linearization && history.length > 0 ? { linearization } : {}),
    ...(consistency ? { consistency } : {}),
  };
  return { run, trace };
}

/** The operation that has no place, by the lane it is drawn on. */
function stuckInWords(linearization: Linearization, { bars, lanes }: Diagram): string | undefined {
  if (linearization.valid !== false) return undefined;
  const bar = bars.find(({ operation }) => operation === linearization.operation);
  return (
    bar &&
    `no order of the operations explains ${lanes[bar.lane]?.id}'s ${callInWords(bar)} ${resultInWords(bar)}`
  );
}

/** The ladder of what clients saw, with an argument for the promised level where that is violated. */
function ladderOf(history: History, { level, spec }: Promised): Consistency {
  const transactions = transactionsFromEvents(history, { initial: initialValue(spec) });
  const options = { steps: ladderSteps, delivered: deliveredReads(history) };
  const ladder = consistencyOf(transactions, 'ladder', options);
  const broken = ladder.levels.some((each) => each.level === level && each.verdict === 'violated');
  const own = broken ? [argumentOf(transactions, level, options)] : [];
  const others = ladder.arguments.filter((each) => each.level !== level);
  return { ...ladder, arguments: [...own, ...others] };
}

function verdictOf(
  { violation, unknown }: Execution,
  sentence: string | undefined,
  facts: () => readonly Fact[],
): PageVerdict {
  if (!violation) return unknown ? { kind: 'unknown', ...unknown } : { kind: 'holds' };
  const explanation = sentence ?? violation.explanation;
  return { kind: 'violated', property: violation.property, explanation, facts: facts() };
}

/** The steps that a violated property of states sets against each other, and the values by which they do. */
function factsOf(trace: Trace, { violation }: Execution, { steps }: Diagram): Fact[] {
  const shown = trace.flatMap(({ kind }, index) =>
    kind === 'sent' || kind === 'undelivered' ? [] : [index],
  );
  return ofStates(trace, violation?.explanation ?? '').ends.map((end) => {
    const index = shown.indexOf(end);
    const step = steps[index] as DiagramStep;
    const notes = step.notes.map(({ name, value }) =>
      value === null ? name : `${name} ${JSON.stringify(value)}`,
    );
    const changes = step.changes
      .filter(({ path, value }) => path.length > 0 && typeof value !== 'object')
      .map(
        ({ path, value }) => `${pathInWords(path)} = ${value === undefined ? 'gone' : JSON.stringify(value)}`,
      );
    const values = notes.length > 0 ? notes : changes.slice(0, 3);
    return {
      lane: step.lanes[0] as number,
      step: index,
      words: step.words.replace(/ {2,}/g, ' '),
      values,
    };
  });
}

const signature = ({ time, lanes, label, payload, changes }: DiagramStep): string =>
  canonicalJson([time, lanes, label, payload, changes]);

function partsWays(a: Diagram, b: Diagram): { partsWays?: number } {
  const at = b.steps.findIndex((step, index) => {
    const other = a.steps[index];
    return !other || signature(step) !== signature(other);
  });
  return at < 0 ? {} : { partsWays: at };
}
