/**
 * What every model must satisfy, as functions that return what contradicts the law, or nothing. Each takes a protocol
 * under one planted bug or none: a bug may break the protocol, never the simulation.
 */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { findNonJson, type Json } from '../src/base/json.ts';
import { Random } from '../src/base/random.ts';
import { Simulation } from '../src/kernel/simulation.ts';
import type { Trace, TraceStep } from '../src/kernel/trace.ts';
import { type Executor, faultKinds } from '../src/kernel/world.ts';
import { Executions } from '../src/runner/execute.ts';
import type { Model } from '../src/runner/model.ts';
import { ScheduleSource } from '../src/schedule/generate.ts';
import { clockBoundOf } from '../src/schedule/nemeses.ts';
import { ReplayAdversary } from '../src/schedule/replay.ts';
import type { Schedule } from '../src/schedule/schedule.ts';
import { WorkloadSource } from '../src/schedule/workload.ts';

/** A protocol with one of its planted bugs, or none. */
export interface Subject {
  readonly model: Model;
  readonly mutant: string | null;
}

export const nameOf = ({ model, mutant }: Subject): string =>
  mutant === null ? model.name : `${model.name} with ${mutant}`;

/** The correct protocol of each model, then each planted bug of it. */
export function subjectsOf(models: readonly Model[]): Subject[] {
  return models.flatMap((model) =>
    [null, ...Object.keys(model.protocol.definition.mutants ?? {})].map((mutant) => ({ model, mutant })),
  );
}

function newSimulation({ model, mutant }: Subject, nodes: number, executor: Executor): Simulation {
  return new Simulation(model.protocol, {
    nodes,
    mutant,
    executor,
    clockBound: clockBoundOf(model.nemeses),
  });
}

export interface Generated {
  readonly schedule: Schedule;
  readonly trace: Trace;
}

/** Generates runs of a subject; properties do not stop them, so that each goes on to its end. */
export class Generator {
  private readonly source: ScheduleSource;
  private readonly simulation: Simulation;

  constructor(subject: Subject) {
    const { protocol, nemeses, inputs, nodes } = subject.model;
    this.source = new ScheduleSource(protocol, { nemeses, inputs });
    this.simulation = newSimulation(subject, nodes, 'mutable');
  }

  run(seed: number): Generated {
    const trace: TraceStep[] = [];
    this.simulation.record = trace;
    this.source.run(this.simulation, seed);
    return { schedule: this.source.schedule(this.simulation), trace };
  }
}

/** Replays schedules of a subject on one executor. */
export class Replayer {
  private readonly subject: Subject;
  private readonly executor: Executor;
  private readonly simulations = new Map<number, Simulation>();

  constructor(subject: Subject, executor: Executor) {
    this.subject = subject;
    this.executor = executor;
  }

  trace(schedule: Schedule): Trace {
    const { nodes, clients, duration } = schedule;
    let simulation = this.simulations.get(nodes);
    if (!simulation) {
      simulation = newSimulation(this.subject, nodes, this.executor);
      this.simulations.set(nodes, simulation);
    }
    const trace: TraceStep[] = [];
    simulation.record = trace;
    simulation.run(clients, duration, new ReplayAdversary(schedule));
    return trace;
  }
}

/** The first entry in which two traces differ, shown side by side; undefined when they are the same. */
export function difference(a: Trace, b: Trace): string | undefined {
  if (JSON.stringify(a) === JSON.stringify(b)) return undefined;
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    if (!isDeepStrictEqual(a[index], b[index])) {
      return `entry ${index}: ${JSON.stringify(a[index])} and ${JSON.stringify(b[index])}`;
    }
  }
  return undefined;
}

/** The same seed gives the same schedule and trace, from a generator that is new and from one that has been used. */
export function sameSeedSameTrace(subject: Subject, seeds: readonly number[]): string | undefined {
  const used = new Generator(subject);
  const first = seeds.map((seed) => used.run(seed));
  const fresh = new Generator(subject);
  for (const [index, seed] of [...seeds.entries()].reverse()) {
    const { schedule, trace } = first[index] as Generated;
    for (const generator of [used, fresh]) {
      const again = generator.run(seed);
      if (!isDeepStrictEqual(again.schedule, schedule)) return `seed ${seed} gives two schedules`;
      const differs = difference(trace, again.trace);
      if (differs) return `seed ${seed}: ${differs}`;
    }
  }
  return undefined;
}

/** A schedule, saved and read again, gives the trace of the run that generated it, on either executor. */
export function replayReproduces(subject: Subject, seeds: readonly number[]): string | undefined {
  const generator = new Generator(subject);
  const replayers = { mutable: new Replayer(subject, 'mutable'), immer: new Replayer(subject, 'immer') };
  for (const seed of seeds) {
    const { schedule, trace } = generator.run(seed);
    const saved = JSON.parse(JSON.stringify(schedule)) as Schedule;
    if (!isDeepStrictEqual(saved, schedule)) return `seed ${seed}: the schedule does not survive JSON`;
    for (const [executor, replayer] of Object.entries(replayers)) {
      const differs = difference(trace, replayer.trace(saved));
      if (differs) return `seed ${seed}, ${executor}: ${differs}`;
    }
  }
  return undefined;
}

/** States, messages, effects, calls and schedules are JSON and survive being written and read. */
export function allIsJson(subject: Subject, seeds: readonly number[]): string | undefined {
  const generator = new Generator(subject);
  const immer = new Replayer(subject, 'immer');
  for (const seed of seeds) {
    const { schedule, trace } = generator.run(seed);
    const named = { schedule: () => schedule, trace: () => trace, immer: () => immer.trace(schedule) };
    for (const [name, make] of Object.entries(named)) {
      const value = make();
      const problem = findNonJson(value);
      if (problem) return `seed ${seed}: ${name}${problem.path} is ${problem.found}`;
      const again = JSON.parse(JSON.stringify(value)) as Json;
      if (!isDeepStrictEqual(again, value)) return `seed ${seed}: ${name} does not survive JSON`;
    }
  }
  return undefined;
}

/** Without deviations nothing goes wrong: no fault takes effect, every property holds. */
export function happyPathHolds({ model }: Subject, seeds: readonly number[]): string | undefined {
  const executions = new Executions(model, null);
  const workloads = new WorkloadSource(model.protocol, model.inputs);
  const random = new Random(0);
  for (const seed of seeds) {
    random.reseed(seed);
    const clients = workloads.draw(random, model.nodes, (arbitrary) => {
      const [value = null] = fc.sample(arbitrary, { seed: random.next() | 0, numRuns: 1 });
      return value;
    });
    const duration = random.below(2000);
    const { violation, unknown, simulation } = executions.run({
      nodes: model.nodes,
      duration,
      clients,
      deviations: [],
    });
    const broken = violation ?? unknown;
    if (broken) return `seed ${seed}: '${broken.property}': ${broken.explanation}`;
    const fault = faultKinds.find((_, index) => simulation.exercised[index] !== 0);
    if (fault) return `seed ${seed}: the fault '${fault}' took effect`;
  }
  return undefined;
}
