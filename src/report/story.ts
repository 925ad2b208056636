/**
 * The story of a counterexample for a terminal, at most 25 lines of 100 columns (paths may take more): what is violated;
 * the deviations from the happy path, each with what would be otherwise without it; the chain of causes; the facts that
 * contradict each other; the saved file and what to do with it.
 */
import type { History } from '../history/history.ts';
import type { Trace } from '../kernel/trace.ts';
import type { Deviation, Schedule } from '../schedule/schedule.ts';
import type { AnySpec } from '../spec/spec.ts';
import { chainOfCauses } from './chain.ts';
import { type Contradiction, ofArgument, ofHistory, ofStates } from './contradiction.ts';
import { columns, cut, widthOf, wrapped, wrappedTo } from './fit.ts';
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
  /** Functions that only read. */
  readonly reads?: readonly string[];
  /** By deviation: whether its target came. */
  readonly applied?: readonly boolean[];
  /** By deviation: the run of the same schedule without it, and whether it violates the same property. */
  readonly without?: readonly { readonly trace: Trace; readonly violated: boolean }[];
  /** Where the counterexample is saved. */
  readonly file: string;
}

const mostLines = 25;
const mostOfContradiction = 9;
/** More deviations than these take room from everything else; of still more, each gets one line only. */
const mostAtEase = 3;
const mostAtLength = 5;
const mostDeviations = 8;

export function story(input: StoryInput): string {
  const { file, trace, reads = [] } = input;
  const count = Math.min(input.schedule.deviations.length, mostDeviations);
  const crowded = count > mostAtEase;
  const contradiction = contradictionOf(input);
  const against = contradicted(input, contradiction);
  const tail = [
    '',
    ...(against.length > mostOfContradiction
      ? [...against.slice(0, mostOfContradiction - 1), '  …']
      : against),
    '',
    ...(crowded ? [] : [`saved   ${file}`]),
    `replay  npx clew replay ${file} --steps`,
    `view    npx clew view ${file}`,
  ];
  const first = [...verdict(input), ...(crowded ? [] : [''])];
  const leastOfChain = crowded ? 3 : 8 - count;
  const least = 1 + (count > mostAtLength ? 1 : 2) * count;
  const spare = mostLines - first.length - 2 - tail.length - leastOfChain;
  const head = [...first, ...deviations(input, Math.max(least, spare)), ''];
  const most = Math.max(1, mostLines - head.length - tail.length - 1);
  const chain = chainOfCauses(trace, contradiction.ends, { most, width: columns - 2, reads });
  return [...head, 'How it comes about (times in ms):', ...chain.map((line) => `  ${line}`), ...tail].join(
    '\n',
  );
}

function contradicted(input: StoryInput, { sentence, facts }: Contradiction): string[] {
  const ended = sentence.replace(/\.?$/, argued(input) ? '' : '.');
  return [
    ...wrapped(`${paint('bold', 'The contradiction:')} ${ended}`, columns, '  '),
    ...facts.flatMap((fact) => wrapped(`  ${fact}`, columns, '    ')),
  ];
}

function verdict({ model, mutant, property, schedule }: StoryInput): string[] {
  const subject = mutant === null ? model : `${model} with the planted bug '${mutant}'`;
  const nodes = schedule.nodes === 1 ? 'one node' : `${schedule.nodes} nodes`;
  const [who, what] = [
    `${paint(['red', 'bold'], 'VIOLATED')} ${subject}, on ${nodes},`,
    `violates ${paint('bold', `'${property}'`)}.`,
  ];
  return widthOf(who) + 1 + widthOf(what) <= columns ? [`${who} ${what}`] : [who, what];
}

/** At most `room` lines. */
function deviations(input: StoryInput, room: number): string[] {
  const all = input.schedule.deviations;
  if (all.length === 0) return ['No fault is needed: it breaks on the happy path.'];
  const told = all.slice(0, mostDeviations);
  // One deviation gets two or three lines for what it does, several get one each, many share one with it.
  const each = Math.floor((room - 1) / told.length);
  const lines = told.flatMap((deviation, index) => {
    const name = `  ${index + 1}. ${deviationInWords(deviation)}`;
    if (input.applied?.[index] === false) return [cut(`${name}: finds no target any more`, columns)];
    const reasons = reasonsOf(input, deviation, index);
    if (told.length > mostAtLength || each < 2) return [inOneLine(name, reasons)];
    const named = wrappedTo(each > 2 ? 2 : 1, name, columns, '     ');
    const [brief = '', most] = [reasons.at(-1), Math.min(3, each - named.length)];
    const fits = reasons.find((reason) => reasonLines(reason).length <= most) ?? brief;
    return [...named, ...(reasons.length === 0 ? [] : wrappedTo(most, asReason(fits), columns, '     '))];
  });
  const more = all.length > told.length ? [`  … and ${all.length - told.length} more`] : [];
  return [heading(input), ...lines, ...more];
}

const asReason = (reason: string): string =>
  `     ${paint('cyan', 'without it,')} ${reason}${reason.endsWith('…') ? '' : '.'}`;
const reasonLines = (reason: string): string[] => wrapped(asReason(reason), columns, '     ');

function inOneLine(name: string, reasons: readonly string[]): string {
  const brief = reasons.at(-1);
  return brief === undefined
    ? cut(name, columns)
    : cut(`${cut(name, columns / 2)}; without it, ${brief}`, columns);
}

/** What would be without a deviation, from the fullest words to the briefest; none where nobody tried. */
function reasonsOf({ trace, without = [] }: StoryInput, deviation: Deviation, index: number): string[] {
  const other = without[index];
  if (!other) return [];
  if (other.violated) return ['the same is violated, in another way'];
  return whyItMatters(trace, other.trace, deviation);
}

function heading({ schedule, applied, without }: StoryInput): string {
  const count = schedule.deviations.filter((_, index) => applied?.[index] !== false).length;
  if (count === 0) return 'None of what went wrong does so any more, yet it breaks:';
  if (count === 1) return 'One thing goes wrong:';
  const needed = without && !without.some(({ violated }) => violated);
  const all = count === 2 ? ', and both are needed' : ', and all are needed';
  return `${inWords(count)} things go wrong${needed ? all : ''}:`;
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
