/** Runs schedules of one model: simulations are made once for each number of nodes and reused, so memory stays flat. */
import { type Adversary, noAdversary } from '../kernel/adversary.ts';
import { guarded } from '../kernel/guard.ts';
import { type Monitor, Simulation } from '../kernel/simulation.ts';
import type { Trace } from '../kernel/trace.ts';
import type { ClientOperation } from '../kernel/workload.ts';
import type { Executor, Stop } from '../kernel/world.ts';
import { Judge } from '../property/judge.ts';
import { clockBoundOf } from '../schedule/nemeses.ts';
import type { ReduceOptions } from '../schedule/reduce/candidate.ts';
import { ReplayAdversary } from '../schedule/replay.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Model } from './model.ts';

export interface Execution {
  readonly violation: Stop | undefined;
  /** A history property that ran out of its budget. */
  readonly unknown: Stop | undefined;
  /** By index of the deviation: whether its target came. */
  readonly applied: readonly boolean[];
  /** By index of the deviation: the true time at which its target came, or -1. */
  readonly moments: readonly number[];
  readonly simulation: Simulation;
}

type Judged = Omit<Execution, 'applied' | 'moments'>;

const outOfTime: Stop = { property: '', explanation: 'stopped before its end' };

export class Executions {
  readonly judge: Judge;
  private readonly model: Model;
  private readonly mutant: string | null;
  private readonly simulations = new Map<string, Simulation>();

  /** How far clocks may be off: what the model promises, also where a campaign leaves its faults of clocks out. */
  private readonly clockBound: number | undefined;

  constructor(model: Model, mutant: string | null, promising: Model = model) {
    this.model = model;
    this.mutant = mutant;
    this.clockBound = clockBoundOf(promising.nemeses);
    this.judge = new Judge(model.properties);
  }

  simulation(nodes: number, executor: Executor = 'mutable'): Simulation {
    const name = `${executor} ${nodes}`;
    let simulation = this.simulations.get(name);
    if (!simulation) {
      const { mutant, clockBound } = this;
      simulation = new Simulation(this.model.protocol, { nodes, mutant, executor, clockBound });
      this.simulations.set(name, simulation);
    }
    return simulation;
  }

  /** Whether a property is judged at every step, so that a run ends where it is violated. */
  isAlways(property: string): boolean {
    return this.model.properties.some(({ name, kind }) => name === property && kind === 'always');
  }

  /** What a schedule of this model may be made smaller with. */
  get reduceOptions(): ReduceOptions {
    const { nemeses, protocol, inputs } = this.model;
    const clientsRetry = protocol.definition.clients?.retry !== undefined;
    const isPossible = ({ f, input }: ClientOperation) => inputs?.[f]?.canShrinkWithoutContext(input) ?? true;
    return { nemeses, clientsRetry, isPossible };
  }

  /** Runs a schedule and judges it. The result's simulation is good until the next run. */
  run(schedule: Schedule, executor: Executor = 'mutable'): Execution {
    return this.runUntil(Number.POSITIVE_INFINITY, schedule, executor);
  }

  /** Stops a run at a true time, ms, as one without a violation. */
  runUntil(time: number, schedule: Schedule, executor: Executor = 'mutable'): Execution {
    const adversary = new ReplayAdversary(schedule);
    const { applied, moments } = adversary;
    const harmless = schedule.deviations.length === 0;
    const verdict = this.judged(schedule, harmless ? noAdversary : adversary, { time, executor });
    return { ...verdict, applied, moments };
  }

  /** Runs the workload of a schedule with another adversary than the one that does what it says. */
  runWith(schedule: Schedule, adversary: Adversary): Judged {
    return this.judged(schedule, adversary, { time: Number.POSITIVE_INFINITY, executor: 'mutable' });
  }

  private judged(
    { nodes, clients, duration }: Schedule,
    adversary: Adversary,
    { time, executor }: { time: number; executor: Executor },
  ): Judged {
    const simulation = this.simulation(nodes, executor);
    const { judge } = this;
    judge.begin();
    const monitor: Monitor =
      time === Number.POSITIVE_INFINITY
        ? judge.monitor
        : (world) => judge.monitor(world) ?? (world.time > time ? outOfTime : undefined);
    const go = () => simulation.run(clients, duration, adversary, monitor);
    const stop = executor === 'immer' ? guarded(go) : go();
    if (stop === outOfTime) return { violation: undefined, unknown: undefined, simulation };
    const verdict = stop ? { violation: stop, unknown: undefined } : judge.finish(simulation);
    return { ...verdict, simulation };
  }

  /** Runs a schedule and keeps everything that happened, up to a true time, ms. */
  trace(
    schedule: Schedule,
    executor: Executor = 'immer',
    time = Number.POSITIVE_INFINITY,
  ): { trace: Trace; execution: Execution } {
    const simulation = this.simulation(schedule.nodes, executor);
    simulation.record = [];
    try {
      const execution = this.runUntil(time, schedule, executor);
      return { trace: simulation.record, execution };
    } finally {
      simulation.record = undefined;
    }
  }
}
