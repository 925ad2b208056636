/** Runs schedules of one model: simulations are made once for each number of nodes and reused, so memory stays flat. */
import { type Adversary, noAdversary } from '../kernel/adversary.ts';
import { guarded } from '../kernel/guard.ts';
import { Simulation } from '../kernel/simulation.ts';
import type { Trace } from '../kernel/trace.ts';
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

export class Executions {
  readonly judge: Judge;
  private readonly model: Model;
  private readonly mutant: string | null;
  private readonly simulations = new Map<string, Simulation>();

  constructor(model: Model, mutant: string | null) {
    this.model = model;
    this.mutant = mutant;
    this.judge = new Judge(model.properties);
  }

  simulation(nodes: number, executor: Executor = 'mutable'): Simulation {
    const name = `${executor} ${nodes}`;
    let simulation = this.simulations.get(name);
    if (!simulation) {
      const clockBound = clockBoundOf(this.model.nemeses);
      simulation = new Simulation(this.model.protocol, { nodes, mutant: this.mutant, executor, clockBound });
      this.simulations.set(name, simulation);
    }
    return simulation;
  }

  /** What a schedule of this model may be made smaller with. */
  get reduceOptions(): ReduceOptions {
    const { nemeses, protocol } = this.model;
    return { nemeses, clientsRetry: protocol.definition.clients?.retry !== undefined };
  }

  /** Runs a schedule and judges it. The result's simulation is good until the next run. */
  run(schedule: Schedule, executor: Executor = 'mutable'): Execution {
    const adversary = new ReplayAdversary(schedule);
    const { applied, moments } = adversary;
    const harmless = schedule.deviations.length === 0;
    return { ...this.runWith(schedule, harmless ? noAdversary : adversary, executor), applied, moments };
  }

  /** Runs the workload of a schedule with another adversary than the one that does what it says. */
  runWith(
    schedule: Schedule,
    adversary: Adversary,
    executor: Executor = 'mutable',
  ): Omit<Execution, 'applied' | 'moments'> {
    const simulation = this.simulation(schedule.nodes, executor);
    this.judge.begin();
    const go = () => simulation.run(schedule.clients, schedule.duration, adversary, this.judge.monitor);
    const stop = executor === 'immer' ? guarded(go) : go();
    const verdict = stop ? { violation: stop, unknown: undefined } : this.judge.finish(simulation);
    return { ...verdict, simulation };
  }

  /** Runs a schedule and keeps everything that happened. */
  trace(schedule: Schedule, executor: Executor = 'immer'): { trace: Trace; execution: Execution } {
    const simulation = this.simulation(schedule.nodes, executor);
    simulation.record = [];
    try {
      const execution = this.run(schedule, executor);
      return { trace: simulation.record, execution };
    } finally {
      simulation.record = undefined;
    }
  }
}
