/**
 * Fuzzes one model: thousands of generated schedules, the first violation shrunk and confirmed on immer drafts.
 * `check` returns what it found as data; `assert` throws it. The same seed gives the same runs, whatever
 * the clock says. A campaign can be split into shards: with a strategy that does not learn, run i depends on the seed and
 * i alone, and the shards together are the whole; with one that learns (the default), it depends on the runs before it
 * in its shard too, so each shard is a campaign of its own, which the same seed and shard repeat.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { UsageError, unknownName } from '../base/errors.ts';
import { mix } from '../base/random.ts';
import type { Simulation } from '../kernel/simulation.ts';
import type { FaultKind } from '../kernel/world.ts';
import { faultKinds, type Stop } from '../kernel/world.ts';
import { Coverage, type CoverageReport } from '../schedule/coverage.ts';
import { ScheduleSource } from '../schedule/generate.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { portfolio } from '../schedule/strategies/all.ts';
import type { Strategy } from '../schedule/strategies/strategy.ts';
import { requireAgreement } from './agreement.ts';
import { Executions } from './execute.ts';
import { type Failure, Findings } from './findings.ts';
import type { Model } from './model.ts';

export interface CheckOptions {
  /** A planted bug of the protocol by name; default none. */
  readonly mutant?: string | null;
  /** How many schedules to run at most; default 1000. */
  readonly runs?: number;
  /** Milliseconds after which no further schedule is begun; default no limit. */
  readonly maxTimeMs?: number;
  /** A 32-bit integer; default drawn anew. */
  readonly seed?: number;
  /** Default: the model's. */
  readonly nodes?: number;
  /** Only these of the model's faults. */
  readonly faults?: readonly FaultKind[];
  /** This process runs every `of`-th schedule, beginning with the `index`-th, counted from 1. */
  readonly shard?: { readonly index: number; readonly of: number };
  readonly strategy?: Strategy;
  /** After how many different findings (by property and causal shape) the campaign ends; default 1. */
  readonly findings?: number;
  /** Most runs that shrinking a finding takes, for all or by the property it violates; default 20,000. */
  readonly shrinkLimit?: number | ((property: string) => number | undefined);
  /** Ends the campaign early; what was found so far is returned. */
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly runs: number;
  readonly steps: number;
  readonly elapsedMs: number;
  /** How often each fault took effect so far. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly shrinking: boolean;
}

/** What nodes met, and which `sometimes` properties were seen. */
export interface RunCoverage extends CoverageReport {
  readonly sometimes: Readonly<Record<string, boolean>>;
}

export interface CheckResult {
  readonly model: string;
  readonly mutant: string | null;
  readonly verdict: 'holds' | 'violated' | 'unknown';
  readonly runs: number;
  readonly steps: number;
  readonly elapsedMs: number;
  readonly stepsPerSecond: number;
  /** How often each of the model's faults took effect. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Operations of unknown outcome. */
  readonly infos: number;
  readonly seed: number;
  readonly failure: Failure | undefined;
  /** Further findings: of other properties violated on the way, and what else the campaign was to go on for. */
  readonly others: readonly Failure[];
  /** What the campaign never showed: unseen `sometimes`, faults without effect, no unknown outcome. */
  readonly vacuous: readonly string[];
  /** What was reached, and an estimate of what is left. */
  readonly coverage: RunCoverage;
  /** Why the verdict is unknown. */
  readonly reason: string | undefined;
  readonly interrupted: boolean;
}

const defaultShrinkLimit = 20_000;
/** A run in so many is run again on immer drafts and compared step by step. */
const spotCheckEvery = 2000;
/** How often the loop lets signals and progress through, ms. */
const breathEvery = 100;

export async function check(model: Model, options: CheckOptions = {}): Promise<CheckResult> {
  return await new Campaign(model, options).run();
}

class Campaign {
  private readonly model: Model;
  private readonly options: CheckOptions;
  private readonly mutant: string | null;
  private readonly seed: number;
  private readonly executions: Executions;
  private readonly source: ScheduleSource;
  private readonly simulation: Simulation;
  private readonly coverage = new Coverage();
  private readonly exercised = new Float64Array(faultKinds.length);
  private readonly started = performance.now();
  private runs = 0;
  private steps = 0;
  private infos = 0;
  private reason: string | undefined;
  private breathedAt = performance.now();
  private readonly findings: Findings;

  constructor(model: Model, options: CheckOptions) {
    this.options = options;
    this.model = withFaults(model, options.faults);
    this.mutant = options.mutant ?? null;
    const mutants = Object.keys(model.protocol.definition.mutants ?? {});
    if (this.mutant !== null && !mutants.includes(this.mutant)) {
      throw unknownName(`mutant of ${model.name}`, this.mutant, mutants);
    }
    this.seed = options.seed ?? Math.floor(Math.random() * 0x8000_0000);
    this.executions = new Executions(this.model, this.mutant, model);
    this.source = new ScheduleSource(model.protocol, {
      nemeses: this.model.nemeses,
      strategy: options.strategy ?? portfolio,
      coverage: this.coverage,
      inputs: model.inputs,
    });
    this.simulation = this.executions.simulation(options.nodes ?? model.nodes);
    const { shrinkLimit, signal } = options;
    const limitOf = (property: string) =>
      (typeof shrinkLimit === 'function' ? shrinkLimit(property) : shrinkLimit) ?? defaultShrinkLimit;
    this.findings = new Findings(this.model, this.executions, { limitOf, signal });
  }

  async run(): Promise<CheckResult> {
    const { runs = 1000, maxTimeMs = Number.POSITIVE_INFINITY, shard = { index: 1, of: 1 } } = this.options;
    for (let run = shard.index - 1; run < runs; run += shard.of) {
      const stop = this.one(run);
      if (stop) {
        await this.found(run, stop);
        if (this.findings.all.length >= (this.options.findings ?? 1)) break;
      }
      // The clock is read now and then, since a run can take less time than reading it well.
      if ((this.runs & 7) !== 0) continue;
      const now = performance.now();
      if (now - this.started >= maxTimeMs) break;
      if (now - this.breathedAt > breathEvery) await this.breathe();
      if (this.options.signal?.aborted) break;
    }
    return this.result();
  }

  private one(run: number): Stop | undefined {
    const { executions, simulation } = this;
    const { judge } = executions;
    judge.begin();
    const stopped = this.source.run(simulation, mix(mix(this.seed) + run), judge.monitor);
    const { violation, unknown } = stopped
      ? { violation: stopped, unknown: undefined }
      : judge.finish(simulation);
    this.runs++;
    this.steps += simulation.steps;
    this.infos += simulation.infos;
    for (let i = 0; i < faultKinds.length; i++) this.exercised[i]! += simulation.exercised[i]!;
    if (unknown) this.reason ??= `${unknown.property}: ${unknown.explanation}`;
    if (!violation && (this.runs - 1) % spotCheckEvery === 0) {
      requireAgreement(this.model.name, executions, this.source.schedule(simulation));
    }
    return violation;
  }

  private async breathe(): Promise<void> {
    this.options.onProgress?.(this.progress(false));
    await nextTurn();
    this.breathedAt = performance.now();
  }

  private progress(shrinking: boolean): Progress {
    const { runs, steps } = this;
    return { runs, steps, elapsedMs: performance.now() - this.started, faults: this.faults(), shrinking };
  }

  private faults(): Partial<Record<FaultKind, number>> {
    const own = this.model.nemeses.map(({ fault }) => fault);
    return Object.fromEntries(own.map((fault) => [fault, this.exercised[faultKinds.indexOf(fault)]]));
  }

  private async found(run: number, { property }: Stop): Promise<void> {
    const original = this.source.schedule(this.simulation);
    const { strategy } = this.options;
    if (strategy && this.executions.run(original).violation?.property !== property) {
      throw new UsageError(
        `strategy '${strategy.name}' did what it did not write down: the deviations of run ${run} do not make that run again`,
      );
    }
    this.options.onProgress?.(this.progress(true));
    await nextTurn();
    await this.findings.add({
      run,
      property,
      original,
      another: (index, wanted) => this.another(run, index, wanted),
    });
  }

  /** Another schedule that violates the property, found off the record: where one shrinks badly, another may do better. */
  private another(run: number, index: number, property: string): Schedule | undefined {
    const { executions, simulation, source } = this;
    const { judge } = executions;
    judge.begin();
    const stopped = source.run(simulation, mix(mix(mix(this.seed) + run) + index + 1), judge.monitor);
    const violation = stopped ?? judge.finish(simulation).violation;
    return violation?.property === property ? source.schedule(simulation) : undefined;
  }

  private result(): CheckResult {
    const [failure, ...others] = this.findings.all;
    const elapsedMs = performance.now() - this.started;
    const interrupted = this.options.signal?.aborted ?? false;
    const reason =
      this.reason ??
      (interrupted
        ? 'interrupted before all schedules were tried'
        : this.runs === 0
          ? 'no schedule was tried'
          : undefined);
    return {
      model: this.model.name,
      mutant: this.mutant,
      verdict: failure ? 'violated' : reason === undefined ? 'holds' : 'unknown',
      runs: this.runs,
      steps: this.steps,
      elapsedMs: Math.round(elapsedMs),
      stepsPerSecond: Math.round((this.steps / elapsedMs) * 1000),
      faults: this.faults(),
      infos: this.infos,
      seed: this.seed,
      failure,
      others,
      vacuous: failure ? [] : this.vacuous(),
      coverage: this.reached(),
      reason: failure ? undefined : reason,
      interrupted,
    };
  }

  private reached(): RunCoverage {
    const { unseen } = this.executions.judge;
    const sometimes = this.model.properties
      .filter(({ kind }) => kind === 'sometimes')
      .map(({ name }) => [name, !unseen.has(name)]);
    const report = this.coverage.report();
    const caution = report.caution ?? fewness(this.runs);
    return { ...report, caution, sometimes: Object.fromEntries(sometimes) };
  }

  private vacuous(): string[] {
    const unseen = [...this.executions.judge.unseen].map((name) => `'${name}' was never seen`);
    const without = Object.entries(this.faults()).filter(([, count]) => count === 0);
    const named = without.map(([fault]) => `'${fault}'`).join(', ');
    const faults = without.length === 1 ? `the fault ${named}` : `the faults ${named}`;
    const idle = without.length === 0 ? [] : [`${faults} never took effect`];
    const hasClients = Object.keys(this.model.protocol.definition.client ?? {}).length > 0;
    const certain = hasClients && this.infos === 0 ? ['no operation had an unknown outcome'] : [];
    return [...unseen, ...idle, ...certain];
  }
}

/** Fewer schedules than this say little, however much they had in common. */
const trustedRuns = 1000;

/** What so few schedules may have missed: a bug that strikes one run with a chance p escapes n runs with (1 - p)^n. */
function fewness(runs: number): string | null {
  if (runs >= trustedRuns) return null;
  const rare = Math.ceil(1 / (1 - 0.05 ** (1 / runs)));
  const schedules = runs === 1 ? '1 schedule is' : `${runs} schedules are`;
  return `${schedules} few: a bug that shows in one of ${rare} escapes them with a chance of more than 5 %`;
}

function withFaults(model: Model, faults: readonly FaultKind[] | undefined): Model {
  if (!faults) return model;
  const known = model.nemeses.map(({ fault }) => fault);
  const unknown = faults.find((fault) => !known.includes(fault));
  if (unknown !== undefined) throw unknownName(`fault of ${model.name}`, unknown, known);
  return { ...model, nemeses: model.nemeses.filter(({ fault }) => faults.includes(fault)) };
}
