/**
 * The story of a counterexample, for a terminal: the verdict in a sentence, the deviations from the happy path, at most
 * fifteen lines of what happened, the contradiction, the saved file and the command that replays it.
 */

import type { Trace, TraceStep } from '../kernel/trace.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { paint } from './paint.ts';
import { deviationInWords, stepInWords } from './words.ts';

export interface StoryInput {
  readonly model: string;
  readonly mutant: string | null;
  readonly property: string;
  readonly explanation: string;
  readonly schedule: Schedule;
  readonly trace: Trace;
  /** Where the counterexample is saved. */
  readonly file: string;
}

const mostLines = 15;

export function story({ model, mutant, property, explanation, schedule, trace, file }: StoryInput): string {
  const subject = mutant === null ? model : `${model} with the planted bug '${mutant}'`;
  const { deviations } = schedule;
  const count = deviations.length;
  const why =
    count === 0
      ? 'No deviation is needed: the happy path itself breaks it.'
      : `${count} deviation${count > 1 ? 's' : ''} from the happy path ${count > 1 ? 'break' : 'breaks'} it:`;
  return [
    `${paint(['red', 'bold'], 'VIOLATED')} ${subject} violates ${paint('bold', `'${property}'`)} (${schedule.nodes} nodes).`,
    '',
    why,
    ...deviations.map((deviation, index) => `  ${index + 1}. ${deviationInWords(deviation)}`),
    '',
    'What happened (ms):',
    ...excerpt(trace).map((line) => `  ${line}`),
    '',
    `${paint('bold', 'The contradiction:')} ${explanation}`,
    '',
    `saved   ${file}`,
    `replay  npx clew replay ${file}`,
  ].join('\n');
}

/** How much a line tells: what clients saw, faults and notes first, then what leads up to the end. */
function weight(step: TraceStep): number {
  switch (step.kind) {
    case 'client':
      return step.what === 'late reply' ? 1 : 4;
    case 'fault':
      return step.fault === 'calm' ? 0 : 4;
    case 'sent':
      return step.at === 'lost' ? 3 : 0;
    case 'undelivered':
      return 2;
    case 'step':
      return step.effects.some((effect) => effect.kind === 'note') ? 3 : 1;
  }
}

/** The lines that tell most, in order, with how many were left out between them. */
function excerpt(trace: Trace): string[] {
  const causes = causalPast(trace);
  const ranked = trace
    .map((step, index) => ({ step, index, weight: weight(step) }))
    .filter(({ weight: value, index }) => value > 0 && causes.has(index))
    .sort((a, b) => b.weight - a.weight || b.index - a.index)
    .slice(0, mostLines)
    .sort((a, b) => a.index - b.index);
  const width = String(Math.floor(trace.at(-1)?.time ?? 0)).length;
  return ranked.map(({ step }) => `${String(Math.floor(step.time)).padStart(width)}  ${stepInWords(step)}`);
}

/** Entries that can have influenced the last step: earlier steps of a node in the past, and the senders of its messages. */
function causalPast(trace: Trace): Set<number> {
  const past = new Set<number>();
  const participants = new Set<string>();
  const last = trace.findLastIndex((step) => step.kind === 'step' || step.kind === 'client');
  for (let index = last; index >= 0; index--) {
    const step = trace[index] as TraceStep;
    if (step.kind === 'step') {
      if (index === last) participants.add(step.node);
      if (!participants.has(step.node)) continue;
      participants.add(step.cause.from);
      past.add(index);
    } else if (step.kind === 'client') {
      // What clients saw is always part of the story.
      participants.add(step.client);
      past.add(index);
    } else if (step.kind === 'fault') {
      past.add(index);
    } else if (participants.has(step.ref.from)) {
      past.add(index);
    }
  }
  return past;
}
