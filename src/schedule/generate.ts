/**
 * Generates schedules by simulating: a strategy decides as the run goes, so every deviation it writes down is one that
 * could happen and did. The run itself is the first execution of the schedule; nobody has to run it again.
 */
import * as fc from 'fast-check';
import { mix, Random } from '../base/random.ts';
import { noAdversary } from '../kernel/adversary.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { Monitor, Simulation } from '../kernel/simulation.ts';
import type { Stop } from '../kernel/world.ts';
import { Coverage } from './coverage.ts';
import type { Nemesis } from './nemeses.ts';
import type { Schedule } from './schedule.ts';
import { pct } from './strategies/pct.ts';
import { faultsOf, type Scene, type Strategist, type Strategy } from './strategies/strategy.ts';
import { swarm } from './strategies/swarm.ts';
import { type Inputs, WorkloadSource } from './workload.ts';

/** How long the chaos lasts, ms: short runs are fast, long ones see several elections. */
const durations = [200, 400, 800, 1200, 2000, 3000];
/** So many runs at the beginning are watched, then one in so many, since watching costs; more of a curious strategy's. */
const watchedFirst = 200;
const watchEvery = 4;
const watchCuriousEvery = 3;

export interface GenerateOptions {
  readonly nemeses: readonly Nemesis[];
  /** Default: `swarm` for three runs of four, `pct` for the fourth; these learn nothing, so that a run depends on its seed alone. */
  readonly strategy?: Strategy | undefined;
  readonly inputs?: Inputs | undefined;
  /** Takes in what runs reach; a strategy that learns has one in any case. */
  readonly coverage?: Coverage | undefined;
}

export class ScheduleSource {
  private readonly workloads: WorkloadSource;
  private readonly random = new Random(0);
  /** By turns; strategists keep their buffers between runs. */
  private readonly strategists: readonly Strategist[];
  private readonly coverage: Coverage | undefined;
  private scene: Scene = { workload: [], duration: 0 };
  private strategist: Strategist | undefined = undefined;

  constructor(protocol: AnyProtocol, { nemeses, strategy, inputs, coverage }: GenerateOptions) {
    const faults = faultsOf(nemeses);
    this.workloads = new WorkloadSource(protocol, inputs);
    this.coverage = coverage ?? (strategy?.learns ? new Coverage() : undefined);
    if (nemeses.length === 0) this.strategists = [];
    else if (strategy) this.strategists = [strategy.make(faults)];
    else {
      const usual = swarm.make(faults);
      this.strategists = [usual, usual, usual, pct.make(faults)];
    }
  }

  /** Simulates the run that this seed means; `schedule` then gives what it did. The same seeds in the same order give the same runs; one seed alone does, but for a strategy that learns. */
  run(simulation: Simulation, seed: number, monitor?: Monitor): Stop | undefined {
    const { random } = this;
    random.reseed(seed);
    const workload = this.workloads.draw(random, simulation.nodes.length, (arbitrary) => {
      const [value = null] = fc.sample(arbitrary, { seed: random.next() | 0, numRuns: 1 });
      return value;
    });
    this.scene = { workload, duration: random.pick(durations) };
    const chooser = this.strategists[mix(seed) % Math.max(1, this.strategists.length)];
    const strategist = chooser?.elect();
    this.strategist = strategist;
    if (strategist) {
      strategist.scene = this.scene;
      strategist.plan(random.next());
      this.scene = strategist.scene;
    }
    const { workload: clients, duration } = this.scene;
    const adversary = strategist ?? noAdversary;
    const { coverage } = this;
    const every = strategist?.curious ? watchCuriousEvery : watchEvery;
    const watched = coverage && (coverage.watched < watchedFirst || mix(seed + 1) % every === 0);
    if (!watched) return simulation.run(clients, duration, adversary, monitor);
    coverage.begin(simulation);
    const stop = simulation.run(clients, duration, adversary, (world) => {
      coverage.watch(simulation);
      return monitor?.(world);
    });
    coverage.end();
    if (chooser && strategist) chooser.learn(strategist, coverage.novelty);
    return stop;
  }

  /** The schedule of the last run. */
  schedule(simulation: Simulation): Schedule {
    const { workload, duration } = this.scene;
    const deviations = this.strategist?.written ?? [];
    return { nodes: simulation.nodes.length, duration, clients: workload, deviations };
  }
}
