/**
 * The page's data of a counterexample, prepared once: each run (as saved, as found, with one deviation less) with its
 * diagram, its verdict and where it parts ways with the failing one.
 */
import { canonicalJson, type Json } from '../base/json.ts';
import { operationsOf } from '../history/operations.ts';
import type { EventRef } from '../kernel/trace.ts';
import type { Diagram, DiagramStep } from '../report/diagram.ts';
import { diagramOf } from '../report/diagram-of.ts';
import { type Fact, type PageData, type PageRun, type PageVerdict, pageFormat } from '../report/page.ts';
import { linearizationOf } from '../report/prefixes.ts';
import { deviationInWords } from '../report/words.ts';
import type { Counterexample } from '../runner/counterexample.ts';
import { type Execution, Executions } from '../runner/execute.ts';
import type { Model } from '../runner/model.ts';
import { clockBoundOf } from '../schedule/nemeses.ts';
import type { Deviation, Schedule } from '../schedule/schedule.ts';

export interface CounterexamplePageInput {
  readonly file: string;
  readonly counterexample: Counterexample;
  readonly model: Model;
  /** The schedule as it was found, before it was shrunk. */
  readonly original?: Schedule | undefined;
}

/** Deviations of a schedule up to which it is also run without each of them. */
const mostWithout = 12;

export function counterexamplePage({
  file,
  counterexample,
  model,
  original,
}: CounterexamplePageInput): PageData {
  const { schedule, mutant, property } = counterexample;
  const executions = new Executions(model, mutant);
  const run = (id: string, label: string, each: Schedule): PageRun =>
    pageRun(model, executions, each, id, label);
  const saved = run('saved', original ? 'shrunk' : 'as saved', schedule);
  const { deviations } = schedule;
  const without =
    deviations.length > mostWithout
      ? []
      : deviations.map((_, index) => {
          const less = { ...schedule, deviations: deviations.filter((_, other) => other !== index) };
          const other = run(`without-${index + 1}`, `without ${index + 1}`, less);
          return { ...other, ...partsWays(saved.diagram, other.diagram) };
        });
  const subject = mutant === null ? model.name : `${model.name} with the planted bug ‘${mutant}’`;
  const spec = model.protocol.definition.implements;
  return {
    format: pageFormat,
    title: `${subject}: ${property}`,
    story: (mutant === null ? undefined : model.protocol.definition.mutants?.[mutant]?.story) ?? '',
    file,
    replay: `npx clew replay ${file}`,
    ...(spec ? { spec: spec.name } : {}),
    runs: [saved, ...(original ? [run('original', 'original', original)] : []), ...without],
  };
}

function pageRun(
  model: Model,
  executions: Executions,
  schedule: Schedule,
  id: string,
  label: string,
): PageRun {
  const { trace, execution } = executions.trace(schedule);
  const diagram = diagramOf(trace, { nodes: schedule.nodes, clockBound: clockBoundOf(model.nemeses) });
  const spec = model.protocol.definition.implements;
  const { history } = execution.simulation;
  const linearization =
    spec && history.length > 0 ? { linearization: linearizationOf(spec, operationsOf(history)) } : {};
  return {
    id,
    label,
    deviations: schedule.deviations.map((deviation, index) => ({
      words: deviationInWords(deviation),
      ...(execution.applied[index] ? placeOf(deviation, diagram) : {}),
    })),
    verdict: verdictOf(execution, diagram),
    diagram,
    ...linearization,
  };
}

function verdictOf({ violation, unknown }: Execution, diagram: Diagram): PageVerdict {
  if (violation) return { kind: 'violated', ...violation, facts: factsOf(violation.explanation, diagram) };
  if (unknown) return { kind: 'unknown', ...unknown };
  return { kind: 'holds' };
}

/**
 * Of each lane that the explanation names: the notes that share a value with it, or else its last step. An explanation
 * is a sentence that the property's author wrote, so this reads it as a person would who looks for what it speaks of.
 */
function factsOf(explanation: string, { lanes, steps }: Diagram): Fact[] {
  const words = new Set(explanation.match(/[\w.-]+/g) ?? []);
  return lanes
    .flatMap(({ id, kind }, lane): Fact[] => {
      if (kind !== 'node' || !words.has(id)) return [];
      const own = steps.flatMap((step, index) => (step.lanes.includes(lane) ? [{ step, index }] : []));
      const told = own.flatMap(({ step: { notes }, index }) =>
        notes
          .filter(({ value }) => leaves(value).some((leaf) => words.has(leaf)))
          .map(({ name, value }) => ({ lane, step: index, words: `${name} ${JSON.stringify(value)}` })),
      );
      const last = own.at(-1);
      const fallback = last ? [{ lane, step: last.index, words: last.step.words }] : [];
      return told.length > 0 ? told.slice(-2) : fallback;
    })
    .sort((a, b) => a.step - b.step);
}

const leaves = (value: Json): string[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [String(value)];

/** The fault step or the message by which a deviation shows. */
function placeOf(deviation: Deviation, diagram: Diagram): { step?: number; message?: number } {
  switch (deviation.kind) {
    case 'delay':
    case 'drop':
    case 'duplicate': {
      const copy = deviation.kind === 'duplicate';
      const message = messageAt(deviation.message, diagram, copy);
      return message < 0 ? {} : { message };
    }
    case 'give-up':
    case 'retry':
    case 'die':
      return clientPlace(deviation, diagram);
    case 'disk': {
      const step = stepAt(deviation.at, diagram);
      return step < 0 ? {} : { step };
    }
    default: {
      const after = stepAt(deviation.at, diagram);
      const fault = {
        crash: 'crash',
        pause: 'pause',
        slow: 'slow',
        jump: 'clock',
        drift: 'clock',
        hold: 'hold',
        partition: 'partition',
        'one-way': 'partition',
      }[deviation.kind];
      const step = diagram.steps.findIndex(
        ({ kind, label }, index) => index > after && kind === 'fault' && label === fault,
      );
      return after < 0 || step < 0 ? {} : { step };
    }
  }
}

function clientPlace(
  { kind, call }: Extract<Deviation, { call: number }>,
  { steps, lanes }: Diagram,
): { step?: number } {
  const label = { 'give-up': 'info', retry: 'retry', die: 'dies' }[kind];
  const client = `c${Math.floor(call / 100)}`;
  const calls = steps.flatMap((step, index) =>
    step.kind === 'client' && lanes[step.lanes[0] as number]?.id === client ? [{ ...step, index }] : [],
  );
  const invoked = calls.filter((step) => step.label === 'invoke')[(call % 100) - 1]?.index;
  const found =
    invoked === undefined ? undefined : calls.find((step) => step.index > invoked && step.label === label);
  return found ? { step: found.index } : {};
}

function messageAt(
  { event, from, to, nth, copy }: EventRef,
  { messages, lanes }: Diagram,
  second = copy ?? false,
): number {
  return messages.findIndex(
    (message) =>
      message.type === event &&
      lanes[message.from]?.id === from &&
      lanes[message.to]?.id === to &&
      message.nth === nth &&
      (message.copy ?? false) === second,
  );
}

/** The step that an event was, by its cause. */
function stepAt(ref: EventRef, diagram: Diagram): number {
  const message = diagram.messages[messageAt(ref, diagram)];
  if (message) return message.receivedBy ?? -1;
  const own = diagram.steps.flatMap(({ kind, label, lanes }, index) =>
    (kind === 'timer' || kind === 'start') &&
    label === ref.event &&
    diagram.lanes[lanes[0] as number]?.id === ref.to
      ? [index]
      : [],
  );
  return own[ref.nth - 1] ?? -1;
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
