/**
 * The story of a counterexample for a terminal, at most 25 lines: what is violated; the deviations from the happy path,
 * each with what would be otherwise without it; the chain of causes; the facts that contradict each other; the saved file
 * and what to do with it.
 */
import type { History } from '../history/history.ts';
import type { Trace } from '../kernel/trace.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { AnySpec } from '../spec/spec.ts';
import { chainOfCauses } from './chain.ts';
import { type Contradiction, ofArgument, ofHistory, ofStates } from './contradiction.ts';
import { paint } from './paint.ts';
import { whyItMatters } from './why.ts';
import { deviationInWords } from './words.ts';

export interface StoryInput {
  readonly model: string;
  readonly mutant: string | null;
  readonly property: string;
  readonly explanation: string;
  readonly schedule: Schedule;
  readonly trace: Trace;
  /** What clients saw. */
  readonly history?: History;
  /** The spec that the history is held against, when that is what was violated. */
  readonly spec?: AnySpec | undefined;
  /** By deviation: the run of the same schedule without it. */
  readonly without?: readonly Trace[];
  /** Where the counterexample is saved. */
  readonly file: string;
}

const mostLines = 25;
/** Deviations that are told; of more, which hardly anybody would read, only the number. */
const mostDeviations = 5;

export function story(input: StoryInput): string {
  const { file } = input;
  const head = [verdict(input), '', ...deviations(input), ''];
  const contradiction = contradictionOf(input);
  const tail = [
    '',
    `${paint('bold', 'The contradiction:')} ${contradiction.sentence.replace(/\.?$/, argued(input) ? '' : '.')}`,
    ...contradiction.facts.map((fact) => `  ${fact}`),
    '',
    `saved   ${file}`,
    `replay  npx clew replay ${file} --steps`,
    `view    npx clew view ${file}`,
  ];
  const room = mostLines - head.length - tail.length - 1;
  const chain = chainOfCauses(input.trace, contradiction.ends, Math.max(3, room));
  return [...head, 'How it comes about (times in ms):', ...chain.map((line) => `  ${line}`), ...tail].join(
    '\n',
  );
}

function verdict({ model, mutant, property, schedule }: StoryInput): string {
  const subject = mutant === null ? model : `${model} with the planted bug '${mutant}'`;
  const nodes = schedule.nodes === 1 ? 'one node' : `${schedule.nodes} nodes`;
  return `${paint(['red', 'bold'], 'VIOLATED')} ${subject}, on ${nodes}, violates ${paint('bold', `'${property}'`)}.`;
}

function deviations({ schedule, trace, without = [] }: StoryInput): string[] {
  const all = schedule.deviations;
  if (all.length === 0) return ['No fault is needed: it breaks on the happy path.'];
  const lines = all.slice(0, mostDeviations).flatMap((deviation, index) => {
    const other = without[index];
    return [
      `  ${index + 1}. ${deviationInWords(deviation)}`,
      ...(other && all.length <= 3
        ? [`     ${paint('cyan', 'without it,')} ${whyItMatters(trace, other, deviation)}.`]
        : []),
    ];
  });
  const more = all.length > mostDeviations ? [`  … and ${all.length - mostDeviations} more`] : [];
  const head =
    all.length === 1
      ? 'One thing goes wrong:'
      : `${inWords(all.length)} things go wrong, and all are needed:`;
  return [head, ...lines, ...more];
}

const inWords = (count: number): string =>
  ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'][count] ?? String(count);

function contradictionOf({ trace, explanation, history, spec, schedule }: StoryInput): Contradiction {
  const ofClients =
    spec && history ? ofHistory(trace, history, spec, Math.max(1, schedule.clients.length)) : undefined;
  if (ofClients) return ofClients;
  return argued({ explanation }) ? ofArgument(trace, explanation) : ofStates(trace, explanation);
}

/** Levels of consistency explain a violation by an argument in several lines, with its own full stops. */
const argued = ({ explanation }: Pick<StoryInput, 'explanation'>): boolean => explanation.includes('\n');
