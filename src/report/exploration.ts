/** What an exhaustive search has to say: its verdict with what it covered, and a machine's trace to a violation. */
import { canonicalJson } from '../base/json.ts';
import type { SearchResult } from '../explore/search-result.ts';
import { changesBetween, differenceInWords } from './diff.ts';
import { countText } from './operation-text.ts';
import { paint } from './paint.ts';

/** What was explored, as far as its bounds are not zero. */
export interface BoundsToTell {
  readonly model: string;
  readonly mutant: string | null;
  readonly clients: string;
  readonly bounds: Readonly<
    Record<'nodes' | 'crashes' | 'drops' | 'duplicates' | 'partitions' | 'timeouts' | 'retries', number>
  > & {
    readonly within: unknown;
    readonly clocks: { readonly tick: number; readonly bound: number; readonly ticks: number } | undefined;
  };
}

export function boundsInWords({ model, mutant, clients, bounds }: BoundsToTell): string {
  const planted = mutant === null ? '' : ` with the planted bug '${mutant}'`;
  const faults = (['crashes', 'drops', 'duplicates', 'partitions', 'timeouts', 'retries'] as const)
    .filter((fault) => bounds[fault] > 0)
    .map((fault) => `${fault} ≤ ${bounds[fault]}${fault === 'timeouts' ? ' a node' : ''}`);
  const { clocks } = bounds;
  const time = clocks
    ? [`${clocks.ticks} ticks of ${clocks.tick} ms, clocks off by at most ${clocks.bound} ms`]
    : [];
  const who = clients === '' ? 'no clients' : `clients ${clients}`;
  const told = [`${bounds.nodes} nodes`, who, ...faults, ...time];
  return `${model}${planted} (${told.join(', ')}${bounds.within ? ', within its bound' : ''})`;
}

/** What a verdict leaves open besides its bounds. */
export function reservations({ notJudged, drawn }: Reservations): string[] {
  const draws =
    drawn.length === 0
      ? []
      : [`      of the random numbers that matter in ${drawn.join(', ')}, one draw each was tried`];
  return [...notJudged.map(({ property, why }) => `      not judged: '${property}', since ${why}`), ...draws];
}

interface Reservations {
  readonly notJudged: readonly { readonly property: string; readonly why: string }[];
  readonly drawn: readonly string[];
}

/** A violation for which no schedule was found: the trace itself. */
export function worldStory(explored: BoundsToTell & { readonly failure: ToldFailure | undefined }): string {
  const { property = '', explanation = '', trace = [] } = explored.failure ?? {};
  return [
    `${paint(['red', 'bold'], 'VIOLATED')} ${boundsInWords(explored)} violates ${paint('bold', `'${property}'`)}.`,
    '',
    ...trace.map((line, index) => `  ${String(index + 1).padStart(3)}  ${line}`),
    '',
    `${paint('bold', 'The contradiction:')} ${explanation}`,
    '',
    'No schedule in true time was found that does the same, so there is no counterexample to replay.',
  ].join('\n');
}

interface ToldFailure {
  readonly property: string;
  readonly explanation: string;
  readonly trace: readonly string[];
}

/** A machine as the subject of a sentence. */
export function machineInWords(name: string, mutant: string | null, nodes: number): string {
  const who = countText(nodes, 'participant');
  return mutant === null ? `${name} with ${who}` : `${name} with the planted bug '${mutant}' and ${who}`;
}

const shown = (value: number): string => Math.round(value).toLocaleString('en');

/** The verdict on all states within the bounds, and how far the search got. */
export function told(subject: string, result: SearchResult<unknown>): string {
  const { verdict, states, transitions, depth, elapsedMs, frontier, cut, missProbability, unseen } = result;
  const covered = `${shown(states)} distinct states, ${shown(transitions)} transitions, depth ${depth}, in ${(elapsedMs / 1000).toFixed(1)} s`;
  if (verdict === 'violated') return `Found after ${covered}.`;
  const sure =
    missProbability === 0
      ? 'states were compared whole, so none was missed'
      : `the probability that a state was missed is below ${missProbability.toExponential(0)}`;
  const lines =
    verdict === 'holds'
      ? [
          `${paint(['green', 'bold'], 'HOLDS')} ${subject}: nothing is violated in any of ${covered}.`,
          `      ${sure}`,
        ]
      : [
          `${paint(['yellow', 'bold'], 'UNKNOWN')} ${subject}: ${result.reason}; nothing is violated in ${covered}.`,
          `      ${shown(frontier)} states were met and not expanded`,
        ];
  if (cut > 0) lines.push(`      ${shown(cut)} states lie at the bound; what follows them was not looked at`);
  if (verdict === 'holds') {
    for (const name of unseen)
      lines.push(`      ${paint('yellow', 'beware')}: '${name}' is unreachable within these bounds`);
  }
  return lines.join('\n');
}

/** A machine's run to a violation. */
export interface ToldRun {
  readonly property: string;
  readonly explanation: string;
  readonly initial: unknown;
  readonly steps: readonly { readonly action: string; readonly state: unknown }[];
  /** After the last step the run goes on as after this many, for ever; or nothing more happens. */
  readonly goesOn?: number | 'never';
}

/** A trace of states, with only what each action changed; where it is saved, if it is. */
export function machineStory(subject: string, run: ToldRun, file: string | null): string {
  const { property, explanation, initial, steps, goesOn } = run;
  const width = Math.max(7, ...steps.map(({ action }) => action.length));
  const lines = stepsWithChanges(run).map(
    ({ action, changes }, index) =>
      `  ${String(index + 1).padStart(3)}  ${action.padEnd(width)}  ${changes.map((change) => differenceInWords(change)).join(', ')}`,
  );
  return [
    `${paint(['red', 'bold'], 'VIOLATED')} ${subject} violates ${paint('bold', `'${property}'`)}.`,
    '',
    `    0  ${'initial'.padEnd(width)}  ${canonicalJson(initial)}`,
    ...lines,
    ...(typeof goesOn === 'number' ? [`       … and so on from after step ${goesOn}, for ever`] : []),
    ...(goesOn === 'never' ? ['       … and nothing more happens'] : []),
    '',
    `${paint('bold', 'The contradiction:')} ${explanation}`,
    '',
    ...(file === null
      ? ['Its actions do not do the same again, so nothing is saved: they must depend on the state alone.']
      : [`saved   ${file}`, `replay  npx clew replay ${file} --steps`, `view    npx clew view ${file}`]),
    '',
  ].join('\n');
}

/** Every action with what it changed, one path a line below it. */
export function machineSteps(run: Pick<ToldRun, 'initial' | 'steps'>): string {
  const width = String(run.steps.length).length;
  const lines = stepsWithChanges(run).flatMap(({ action, changes }, index) => [
    `${String(index + 1).padStart(width)}  ${action}`,
    ...changes.map((change) => `${' '.repeat(width + 6)}${differenceInWords(change, 70)}`),
  ]);
  return [`${'0'.padStart(width)}  initial  ${canonicalJson(run.initial)}`, ...lines].join('\n');
}

function stepsWithChanges({ initial, steps }: Pick<ToldRun, 'initial' | 'steps'>) {
  return steps.map(({ action, state }, index) => ({
    action,
    changes: changesBetween(index === 0 ? initial : steps[index - 1]?.state, state),
  }));
}
