/** `clew fuzz`: hunts for violations, saves the shrunk counterexample, tells its story. */

import type { CAC } from 'cac';
import { UsageError } from '../base/errors.ts';
import { faultKinds } from '../kernel/world.ts';
import { paint } from '../report/paint.ts';
import { story } from '../report/story.ts';
import { type CheckOptions, type CheckResult, check, type Progress } from '../runner/check.ts';
import { explained, saveAndTell } from '../runner/explain.ts';
import type { Failure } from '../runner/findings.ts';
import type { Model } from '../runner/model.ts';
import { loadModels, selectModels } from '../runner/registry.ts';
import { type Replay, regressionFolder, replaySaved, resultOf } from '../runner/regressions.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { strategies } from '../schedule/strategies/all.ts';
import { type ExitCode, exitCode } from './command.ts';
import { coverageLines, coverageTables } from './coverage.ts';
import { parseDuration, parseInteger, parseNames, parseShard } from './options.ts';
import { ProgressLine } from './progress.ts';
import { loadStrategy } from './strategy-file.ts';
import { table } from './table.ts';

interface Flags {
  readonly mutant?: string;
  readonly runs?: unknown;
  readonly maxTime?: unknown;
  readonly seed?: unknown;
  readonly nodes?: unknown;
  readonly faults?: unknown;
  readonly shard?: unknown;
  readonly findings?: unknown;
  readonly strategy?: string;
  readonly all?: boolean;
  readonly coverage?: boolean;
  readonly json?: boolean;
}

/** Schedules tried where neither --runs nor --max-time says how many. */
const defaultRuns = 10_000;
/** With `--all` a planted bug is hunted for longer: the search ends when it is caught. */
const runsForPlanted = 50_000;
/** Where a kept counterexample still fails, `--all` looks for a smaller one in so many runs only. */
const shrinkBesideKept = 2000;
/** With `--all`; the counterexamples under histories/ are what this seed finds. */
const seedOfKept = 1;

export function registerFuzz(cli: CAC): void {
  cli
    .command('fuzz [...models]', 'Fuzz protocols; save a shrunk counterexample of what breaks')
    .option('--mutant <name>', 'Plant this bug, or each one in turn with "all"')
    .option('--all', 'Every model, correct and with each planted bug: a table')
    .option('--runs <n>', `Schedules to try (default ${defaultRuns}; without limit when --max-time is given)`)
    .option('--max-time <time>', 'Stop after this time for each model, such as 20s')
    .option('--seed <n>', 'The same seed tries the same schedules (default: a new one)')
    .option('--nodes <n>', 'Number of nodes (default: the model’s)')
    .option('--faults <a,b>', `Only these kinds of fault: ${faultKinds.join(', ')}`)
    .option('--shard <i/n>', 'Try only every n-th schedule, beginning with the i-th')
    .option(
      '--strategy <name>',
      `How schedules are chosen: ${strategies.map(({ name }) => name).join(', ')}, or a file such as ./my-strategy.ts (default: portfolio)`,
    )
    .option('--findings <n>', 'Go on until so many different findings were made (default 1)')
    .option('--coverage', 'Tell at length what was reached')
    .option('--json', 'Print one JSON document')
    .action(fuzz);
}

async function fuzz(names: string[], flags: Flags): Promise<ExitCode> {
  const models = selectModels(await loadModels(), names);
  const options = await parseFlags(flags);
  const jobs = models.flatMap((model) => mutantsOf(model, flags).map((mutant) => ({ model, mutant })));
  if (flags.mutant !== undefined && flags.mutant !== 'all' && names.length === 0) {
    throw new UsageError(`--mutant ${flags.mutant} needs a model: clew fuzz MODEL --mutant ${flags.mutant}`);
  }
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  const outcomes: Outcome[] = [];
  try {
    for (const { model, mutant } of jobs) {
      const runs = flags.all && mutant !== null && flags.runs === undefined ? runsForPlanted : options.runs;
      const budget = runs === undefined ? options : { ...options, runs };
      const outcome = await hunt(model, { ...budget, mutant, signal: interrupt.signal }, flags.all === true);
      outcomes.push(outcome);
      if (!flags.json && !flags.all) process.stdout.write(`${tell(outcome, flags.coverage === true)}\n`);
      if (interrupt.signal.aborted) break;
    }
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  if (flags.json) process.stdout.write(`${JSON.stringify(outcomes.map(asJson), null, 2)}\n`);
  else if (flags.all) process.stdout.write(`${summary(outcomes)}\n`);
  return flags.all ? exitOfAll(outcomes, jobs.length) : exitOf(outcomes);
}

async function parseFlags(flags: Flags): Promise<CheckOptions> {
  const runs =
    flags.runs === undefined
      ? flags.maxTime === undefined
        ? defaultRuns
        : Number.POSITIVE_INFINITY
      : parseInteger('runs', flags.runs, 1);
  // `--all` tries the same schedules each time, so that its counterexamples are the ones that are kept.
  const seed = flags.seed ?? (flags.all ? seedOfKept : undefined);
  return {
    runs,
    ...(flags.maxTime === undefined ? {} : { maxTimeMs: parseDuration('max-time', flags.maxTime) }),
    ...(seed === undefined ? {} : { seed: parseInteger('seed', seed, 0, 0xffff_ffff) }),
    ...(flags.nodes === undefined ? {} : { nodes: parseInteger('nodes', flags.nodes, 1, 9) }),
    ...(flags.faults === undefined ? {} : { faults: parseNames('faults', flags.faults, faultKinds) }),
    ...(flags.findings === undefined ? {} : { findings: parseInteger('findings', flags.findings, 1) }),
    ...(flags.shard === undefined ? {} : { shard: parseShard(flags.shard) }),
    ...(flags.strategy === undefined ? {} : { strategy: await loadStrategy(flags.strategy) }),
  };
}

function mutantsOf(model: Model, { mutant, all }: Flags): (string | null)[] {
  const known = Object.keys(model.protocol.definition.mutants ?? {});
  if (all) return [null, ...known];
  if (mutant === 'all') return known;
  return [mutant ?? null];
}

/** What there is of a finding: a new counterexample with its story, or one that was kept before and serves. */
interface Kept {
  /** Where the counterexample is saved, when there is one. */
  readonly file: string | undefined;
  /** The size of that one, in deviations. */
  readonly size?: number;
  readonly story: string | undefined;
}

interface Outcome extends Kept {
  readonly result: CheckResult;
  readonly further: readonly Kept[];
}

async function hunt(model: Model, options: CheckOptions, all: boolean): Promise<Outcome> {
  const mutant = options.mutant ?? null;
  const saved = mutant === null && !all ? regression(model) : undefined;
  if (saved) return saved;
  const kept = mutant !== null && all ? replaySaved(model, mutant).filter((each) => each.stillFails) : [];
  const line = new ProgressLine(mutant === null ? model.name : `${model.name} (${mutant})`);
  const result = await check(model, {
    ...options,
    shrinkLimit: (property) => (keptOf(property, kept) ? shrinkBesideKept : undefined),
    onProgress: (progress: Progress) => line.show(progress),
  });
  line.clear();
  const { failure } = result;
  if (!failure) return { result, file: undefined, story: undefined, further: [] };
  const [told, ...further] = [failure, ...result.others].map((found): Kept => {
    const best = keptOf(found.property, kept);
    const serves = best !== undefined && sizeOf(best.counterexample) <= sizeOf(found);
    if (serves) return { file: best.file, size: sizeOf(best.counterexample), story: undefined };
    return saveAndTell(model, mutant, found, regressionFolder);
  });
  return { result, ...told!, further };
}

const sizeOf = ({ schedule }: { readonly schedule: Schedule }): number => schedule.deviations.length;

/** Of a planted bug one counterexample a property is enough: the smallest. */
const keptOf = (property: string, kept: readonly Replay[]): Replay | undefined =>
  kept
    .filter(({ counterexample }) => counterexample.property === property)
    .sort((a, b) => sizeOf(a.counterexample) - sizeOf(b.counterexample))[0];

/** A saved counterexample that still fails makes fuzzing needless. */
function regression(model: Model): Outcome | undefined {
  const started = performance.now();
  const failing = replaySaved(model, null).find(({ violation }) => violation);
  if (!failing) return undefined;
  const { file, counterexample } = failing;
  const result = resultOf(failing, performance.now() - started);
  const told = story(explained(model, counterexample, file));
  return { result, file, story: `A saved counterexample still fails.\n${told}`, further: [] };
}

function asJson({ result, file, further }: Outcome) {
  const {
    model,
    mutant,
    verdict,
    runs,
    steps,
    elapsedMs,
    stepsPerSecond,
    faults,
    infos,
    seed,
    failure,
    vacuous,
    coverage,
    reason,
  } = result;
  const { from, to, executions } = failure?.shrink ?? {};
  return {
    ...{ model, mutant, verdict, runs, steps, elapsedMs, stepsPerSecond, faults, infos },
    property: failure?.property ?? null,
    explanation: failure?.explanation ?? null,
    counterexample: file ?? null,
    failures: failure?.runs ?? 0,
    others: result.others.map(({ property, explanation, shape, runs: failures }, index) => ({
      ...{ property, explanation, shape, failures },
      counterexample: further[index]?.file ?? null,
    })),
    shrink: failure ? { from, to, executions } : null,
    ...{ seed, vacuous, coverage, reason: reason ?? null },
  };
}

function tell({ result, story: told, further }: Outcome, atLength: boolean): string {
  const { model, mutant, runs, steps, elapsedMs, stepsPerSecond, seed, failure, vacuous, verdict, reason } =
    result;
  const effort = `${runs.toLocaleString('en')} schedules, ${steps.toLocaleString('en')} steps in ${(elapsedMs / 1000).toFixed(1)} s (${stepsPerSecond.toLocaleString('en')} a second), seed ${seed}`;
  if (failure && told) {
    const { from, to, executions } = failure.shrink;
    const found = `Found after ${effort}; shrunk from ${from} to ${to} deviations in ${executions} executions.`;
    const tables = atLength && result.coverage.watched > 0 ? [coverageTables(result.coverage)] : [];
    const counted = [`${found}${countOf([failure, ...result.others])}`];
    return [told, ...further.flatMap((other) => other.story ?? []), ...counted, ...tables].join('\n\n');
  }
  const subject = mutant === null ? model : `${model} with the planted bug '${mutant}'`;
  const faults = Object.entries(result.faults).map(([fault, count]) => `${fault} ${count}`);
  const lines = [
    verdict === 'unknown'
      ? `${paint(['yellow', 'bold'], 'UNKNOWN')} ${subject} survived ${effort}, but: ${reason}.`
      : `${paint(['green', 'bold'], 'HOLDS')} ${subject} survived ${effort}.`,
    `      faults that took effect: ${faults.join(', ') || 'none'}; unknown outcomes: ${result.infos}`,
    ...coverageLines(result.coverage).map((line) => `      ${line}`),
    ...vacuous.map((sentence) => `      ${paint('yellow', 'beware')}: ${sentence}`),
    ...(atLength ? ['', coverageTables(result.coverage)] : []),
  ];
  return lines.join('\n');
}

/** How many runs of a campaign that went on failed, and that they are the same few findings. */
function countOf(findings: readonly Failure[]): string {
  const failed = findings.reduce((sum, { runs }) => sum + runs, 0);
  if (failed < 2) return '';
  const each = findings.map(({ runs }) => runs.toLocaleString('en')).join(' + ');
  const what = findings.length === 1 ? 'one finding' : `${findings.length} findings (${each})`;
  return ` ${failed.toLocaleString('en')} schedules failed: ${what}.`;
}

function summary(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ result, size }) => {
    const { model, mutant, runs, elapsedMs, failure } = result;
    const good = mutant === null ? !failure : failure;
    const words = mutant === null ? (failure ? 'VIOLATED' : 'survives') : failure ? 'caught' : 'NOT CAUGHT';
    return [
      model,
      mutant ?? '',
      paint(good ? 'green' : 'red', words),
      runs.toLocaleString('en').padStart(9),
      failure ? String(size ?? failure.shrink.to).padStart(10) : '',
      `${(elapsedMs / 1000).toFixed(1)} s`.padStart(7),
      shortened(failure?.property ?? ''),
    ];
  });
  const header = ['model', 'planted bug', 'verdict', 'schedules', 'deviations', '   time', 'violates'];
  const brief = outcomes.some(({ size }) => size !== undefined)
    ? `\nwhere a kept one still fails, a smaller one is looked for in ${shrinkBesideKept.toLocaleString('en')} runs at most`
    : '';
  const kept = outcomes.some(({ file }) => file !== undefined)
    ? `\n\ncounterexamples are kept in ${regressionFolder}; see one: npx clew replay FILE${brief}`
    : '';
  return table(header, rows) + kept;
}

const shortened = (text: string): string => (text.length > 48 ? `${text.slice(0, 47)}…` : text);

function exitOf(outcomes: readonly Outcome[]): ExitCode {
  if (outcomes.some(({ result }) => result.verdict === 'violated')) return exitCode.violated;
  const unsure = outcomes.some(({ result }) => result.verdict === 'unknown' || result.interrupted);
  return unsure ? exitCode.unknown : exitCode.holds;
}

/** With `--all` a planted bug is meant to be caught; one that is not is a search that ran out of budget. */
function exitOfAll(outcomes: readonly Outcome[], wanted: number): ExitCode {
  const correct = outcomes.filter(({ result }) => result.mutant === null);
  if (correct.some(({ result }) => result.verdict === 'violated')) return exitCode.violated;
  const missed = outcomes.some(({ result }) => result.mutant !== null && result.verdict !== 'violated');
  return missed || outcomes.length < wanted || exitOf(correct) !== exitCode.holds
    ? exitCode.unknown
    : exitCode.holds;
}
