/**
 * How near shrinking comes to the shortest counterexample: `npm run bench -- shrink [MODEL[:MUTANT]…] [--limit 600s]
 * [--seeds 20]`. The optimum is found by iterative deepening over deviations from the happy path: all schedules of 0, 1,
 * 2 … deviations over the space below, until one violates the same property, or until as many are refuted as shrinking
 * itself needed (then that is the optimum). What cannot finish within the limit prints the lower bound it proved, and is
 * left out of the percentage.
 *
 * The space: workloads of at most 2 clients and 3 operations (reads and writes, or what else the spec has; each asked of
 * any node, of the first only where clients ask the next by themselves), each after a wait of 0 (at 0 deviations also of
 * 10 or 20 ms), and besides these every workload that shrinking ended at; all message fates of messages that occur, strikes after
 * and within all events, all moods of clients, with the magnitudes of `grid`.
 */
import type { Json } from '../../src/base/json.ts';
import type { ClientOperation, Workload } from '../../src/kernel/workload.ts';
import { check, type Progress } from '../../src/runner/check.ts';
import { Executions } from '../../src/runner/execute.ts';
import type { Failure } from '../../src/runner/findings.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import { type Grid, singleDeviations } from '../../src/schedule/space.ts';

const subjects = ['abd', 'raft', 'lease-lock', 'primary-backup', 'two-phase-commit'];
const grid: Grid = {
  delays: [15, 200, 1000],
  copies: [1, 200],
  spans: [200, 1000],
  downs: [0, 300],
  clientWaits: [15, 100],
  jumps: [1000],
};
/** Milliseconds of chaos: several elections and leases. */
const duration = 400;
const campaignRuns = 20_000;

interface Pair {
  readonly seed: number;
  readonly failure: Failure;
  /** From the first failure to the end of the campaign, confirmation and further properties included. */
  readonly elapsedMs: number;
}

/** What deepening found out about one property of one mutant. */
interface Bound {
  /** No schedule of the space with fewer deviations violates it. */
  lower: number;
  optimum: number | undefined;
}

export async function run(args: string[]): Promise<void> {
  const option = (name: string) => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? undefined : args.splice(at, 2)[1];
  };
  const limitMs = Number.parseFloat(option('limit') ?? '600') * 1000;
  const seeds = Number(option('seeds') ?? '20');
  const models = await loadModels();
  const named = (args.length > 0 ? args : subjects).map((name) => name.split(':'));
  const all: { equal: boolean; excess: number }[] = [];
  const executions: number[] = [];
  const times: number[] = [];
  console.log(
    `${'model'.padEnd(18)}${'planted bug'.padEnd(30)}${'optimum'.padStart(8)}  shrunk to (seeds)${''.padEnd(14)}executions  ms   property`,
  );
  for (const [name = '', only] of named) {
    const [model] = selectModels(models, [name]) as [Model];
    for (const mutant of Object.keys(model.protocol.definition.mutants ?? {})) {
      if (only !== undefined && mutant !== only) continue;
      const pairs = await shrinkAll(model, mutant, seeds);
      const bounds = deepen(model, mutant, pairs, limitMs);
      for (const [property, bound] of bounds) {
        const own = pairs
          .filter(({ failure }) => failure.property === property)
          .map(({ failure, elapsedMs }) => ({ shrink: failure.shrink, elapsedMs }));
        for (const { shrink, elapsedMs } of own) {
          executions.push(shrink.executions);
          times.push(elapsedMs);
          if (bound.optimum === undefined) continue;
          all.push({ equal: shrink.to <= bound.optimum, excess: shrink.to - bound.optimum });
        }
        const shown = bound.optimum === undefined ? `≥ ${bound.lower}` : String(bound.optimum);
        console.log(
          `${model.name.padEnd(18)}${mutant.padEnd(30)}${shown.padStart(8)}  ${tally(own.map(({ shrink }) => shrink.to)).padEnd(30)}${String(median(own.map(({ shrink }) => shrink.executions))).padStart(9)}${String(median(own.map(({ elapsedMs }) => elapsedMs))).padStart(6)}   ${property}`,
        );
      }
      if (pairs.length < seeds) console.log(`${''.padEnd(48)}${seeds - pairs.length} seeds found nothing`);
    }
  }
  const equal = all.filter((pair) => pair.equal).length;
  const worst = Math.max(...all.map(({ excess }) => excess));
  console.log(
    `\n${equal} of ${all.length} pairs with a proved optimum reach it: ${((100 * equal) / all.length).toFixed(1)} % (wanted 90); worst excess ${worst} (wanted at most 2)`,
  );
  console.log(
    `median ${median(executions)} executions (wanted under 400), ${median(times)} ms (wanted under 2000), of ${executions.length} shrinks`,
  );
}

async function shrinkAll(model: Model, mutant: string, seeds: number): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    let began = 0;
    const onProgress = ({ shrinking }: Progress) => {
      if (shrinking) began = performance.now();
    };
    const { failure } = await check(model, { mutant, seed, runs: campaignRuns, onProgress });
    if (failure) pairs.push({ seed, failure, elapsedMs: Math.round(performance.now() - began) });
  }
  return pairs;
}

function deepen(model: Model, mutant: string, pairs: readonly Pair[], limitMs: number): Map<string, Bound> {
  const bounds = new Map<string, Bound>();
  const least = new Map<string, number>();
  for (const { failure } of pairs) {
    bounds.set(failure.property, { lower: 0, optimum: undefined });
    const { to } = failure.shrink;
    least.set(failure.property, Math.min(to, least.get(failure.property) ?? to));
  }
  const ends = performance.now() + limitMs;
  for (let depth = 0; ; depth++) {
    for (const [property, bound] of bounds) {
      if (bound.lower === least.get(property)) bound.optimum ??= bound.lower;
    }
    const open = [...bounds.values()].filter(({ optimum }) => optimum === undefined);
    if (open.length === 0) return bounds;
    const search = new Search(model, mutant, ends, (property) => {
      const bound = bounds.get(property);
      if (bound) bound.optimum ??= depth;
      return [...bounds.values()].every(({ optimum }) => optimum !== undefined);
    });
    if (!search.all(workloads(model, pairs, depth), depth)) return bounds;
    for (const bound of open) bound.lower = depth + 1;
  }
}

/** Runs all schedules of so many deviations over some workloads. */
class Search {
  private readonly model: Model;
  private readonly executions: Executions;
  private readonly ends: number;
  /** Told what each run violates; true when nothing is left to look for. */
  private readonly found: (property: string) => boolean;

  constructor(model: Model, mutant: string, ends: number, found: (property: string) => boolean) {
    this.model = model;
    this.executions = new Executions(model, mutant);
    this.ends = ends;
    this.found = found;
  }

  /** False when it ended before its time: nothing left to look for, or no time left. */
  all(schedules: Iterable<Schedule>, depth: number): boolean {
    for (const schedule of schedules) if (!this.below(schedule, depth)) return false;
    return true;
  }

  private below(schedule: Schedule, depth: number): boolean {
    if (performance.now() > this.ends) return false;
    if (depth === 0) {
      const { violation } = this.executions.run(schedule);
      return !violation || !this.found(violation.property);
    }
    const { nemeses } = this.model;
    const { trace, execution } = this.executions.trace(schedule, 'mutable');
    // What fails with fewer deviations was seen before; what comes after its end cannot matter.
    if (execution.violation) return true;
    const { clientsRetry } = this.executions.reduceOptions;
    for (const deviation of singleDeviations(schedule, trace, { nemeses, grid, clientsRetry })) {
      const next = { ...schedule, deviations: [...schedule.deviations, deviation] };
      if (!this.below(next, depth - 1)) return false;
    }
    return true;
  }
}

function* workloads(model: Model, pairs: readonly Pair[], depth: number): Generator<Schedule> {
  const { nodes } = model;
  const seen = new Set<string>();
  for (const { failure } of pairs) {
    const schedule = { ...failure.schedule, deviations: [] };
    const text = JSON.stringify(schedule);
    if (!seen.has(text)) yield schedule;
    seen.add(text);
  }
  for (const clients of grids(model, depth === 0 ? [0, 10, 20] : [0])) {
    yield { nodes, duration, clients, deviations: [] };
  }
}

/** None; one client with up to 2 operations; two, of which the second has up to 2. */
function* grids(model: Model, waits: readonly number[]): Generator<Workload> {
  const { client, implements: spec, clients } = model.protocol.definition;
  const anywhere = clients?.retry === undefined;
  const choices: Omit<ClientOperation, 'input'>[] = [];
  for (const f of Object.keys(client ?? {})) {
    for (let node = 0; node < (anywhere ? model.nodes : 1); node++) {
      for (const wait of waits) choices.push({ f, node, wait });
    }
  }
  const input = (f: string, value: number): Json => (spec?.reads.includes(f) ? null : value);
  const filled = (lists: readonly (readonly Omit<ClientOperation, 'input'>[])[]): Workload => {
    let value = 0;
    return lists.map((list) =>
      list.map((operation) => ({ ...operation, input: input(operation.f, ++value) })),
    );
  };
  yield [];
  for (const a of choices) {
    yield filled([[a]]);
    for (const b of choices) {
      yield filled([[a, b]]);
      yield filled([[a], [b]]);
      for (const c of choices) yield filled([[a], [b, c]]);
    }
  }
}

function tally(sizes: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const size of [...sizes].sort((a, b) => a - b)) counts.set(size, (counts.get(size) ?? 0) + 1);
  return [...counts].map(([size, count]) => `${size}×${count}`).join(' ');
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
