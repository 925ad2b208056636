/**
 * Generates schedules by simulating: a strategy decides as the run goes, so every deviation it writes down is one that
 * could happen and did. The run itself is the first execution of the schedule; nobody has to run it again.
 */
import * as fc from 'fast-check';
import { mix, Random } from '../base/random.ts';
import { noAdversary } from '../kernel/adversary.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { Monitor, Simulation } from '../kernel/simulation.ts';
import type { Workload } from '../kernel/workload.ts';
import type { Stop } from '../kernel/world.ts';
import type { Nemesis } from './nemeses.ts';
import type { Schedule } from './schedule.ts';
import { pct } from './strategies/pct.ts';
import { faultsOf, type Strategist, type Strategy } from './strategies/strategy.ts';
import { swarm } from './strategies/swarm.ts';
import { type Inputs, WorkloadSource } from './workload.ts';

export const strategies: readonly Strategy[] = [swarm, pct];

/** How long the chaos lasts, ms: short runs are fast, long ones see several elections. */
const durations = [200, 400, 800, 1200, 2000, 3000];

export interface GenerateOptions {
  readonly nemeses: readonly Nemesis[];
  /** Default: `swarm` for three runs of four, `pct` for the fourth. */
  readonly strategy?: Strategy | undefined;
  readonly inputs?: Inputs | undefined;
}

export class ScheduleSource {
  private readonly workloads: WorkloadSource;
  private readonly random = new Random(0);
  /** By turns; strategists keep their buffers between runs. */
  private readonly strategists: readonly Strategist[];
  private workload: Workload = [];
  private duration = 0;
  private strategist: Strategist | undefined = undefined;

  constructor(protocol: AnyProtocol, { nemeses, strategy, inputs }: GenerateOptions) {
    const faults = faultsOf(nemeses);
    this.workloads = new WorkloadSource(protocol, inputs);
    if (nemeses.length === 0) this.strategists = [];
    else if (strategy) this.strategists = [strategy.make(faults)];
    else {
      const usual = swarm.make(faults);
      this.strategists = [usual, usual, usual, pct.make(faults)];
    }
  }

  /** Simulates the run that this seed means; `schedule` then gives what it did. The same seed gives the same run. */
  run(simulation: Simulation, seed: number, monitor?: Monitor): Stop | undefined {
    const { random } = this;
    random.reseed(seed);
    this.workload = this.workloads.draw(random, simulation.nodes.length, (arbitrary) => {
      const [value = null] = fc.sample(arbitrary, { seed: random.next() | 0, numRuns: 1 });
      return value;
    });
    this.duration = random.pick(durations);
    this.strategist = this.strategists[mix(seed) % Math.max(1, this.strategists.length)];
    this.strategist?.plan(random.next());
    return simulation.run(this.workload, this.duration, this.strategist ?? noAdversary, monitor);
  }

  /** The schedule of the last run. */
  schedule(simulation: Simulation): Schedule {
    return {
      nodes: simulation.nodes.length,
      duration: this.duration,
      clients: this.workload,
      deviations: this.strategist?.deviations ?? [],
    };
  }
}
