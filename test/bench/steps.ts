/**
 * Steps per second of one core. A step is one event handled: a delivery, a timer, a client's move. Schedules are drawn
 * by the usual strategies and every `always` property is judged after every step. Three figures a model: the mutable
 * executor alone, the immer executor on the same schedules, and a whole campaign with histories judged too. Then each
 * strategy's own rate, by CPU time, beside the swarm's.
 */
import { abdModel } from '../../models/abd.ts';
import { raftModel } from '../../models/raft/properties.ts';
import { mix } from '../../src/base/random.ts';
import type { Executor } from '../../src/kernel/world.ts';
import { check } from '../../src/runner/check.ts';
import { Executions } from '../../src/runner/execute.ts';
import type { Model } from '../../src/runner/model.ts';
import { ScheduleSource } from '../../src/schedule/generate.ts';
import { strategies } from '../../src/schedule/strategies/all.ts';
import type { Strategy } from '../../src/schedule/strategies/strategy.ts';

export async function run(): Promise<void> {
  const cases: [Model, number, number][] = [
    [abdModel, 3, 2_000_000],
    [raftModel, 5, 1_000_000],
  ];
  for (const [model, nodes, wanted] of cases) {
    const mutable = median(() => rate(model, nodes, 'mutable', 1500));
    const immer = median(() => rate(model, nodes, 'immer', 1500));
    const { stepsPerSecond } = await check(model, {
      nodes,
      seed: 7,
      maxTimeMs: 3000,
      runs: Number.POSITIVE_INFINITY,
    });
    const shown = (value: number) => Math.round(value).toLocaleString('en').padStart(10);
    console.log(`${model.name}, ${nodes} nodes, steps per second (median of 5):`);
    console.log(
      `  mutable executor   ${shown(mutable)}   wanted ${shown(wanted)}   ${(mutable / wanted).toFixed(2)}×`,
    );
    console.log(`  immer executor     ${shown(immer)}   mutable / immer ${(mutable / immer).toFixed(1)}×`);
    console.log(
      `  whole campaign     ${shown(stepsPerSecond)}   histories judged, spot checks on immer included`,
    );
    // What a strategy costs: interleaved, since the machine has other work too. Those that learn have settled.
    const rounds = Array.from({ length: 5 }, () =>
      strategies.map((strategy) => rate(model, nodes, 'mutable', 400, { strategy, settling: 1000 })),
    );
    const rates = strategies.map((_, index) => middle(rounds.map((round) => round[index] as number)));
    const swarm = rates[strategies.findIndex(({ name }) => name === 'swarm')] as number;
    for (const [index, { name }] of strategies.entries()) {
      const own = rates[index] as number;
      console.log(
        `  ${name.padEnd(18)} ${shown(own)}   swarm / this ${(swarm / own).toFixed(2)}×, wanted at most 2×`,
      );
    }
  }
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;
const median = (sample: () => number): number => middle(Array.from({ length: 5 }, sample));

/** Steps per second over at least `forMs`, the same schedules each time. */
function rate(
  model: Model,
  nodes: number,
  executor: Executor,
  forMs: number,
  { strategy, settling = 0 }: { strategy?: Strategy; settling?: number } = {},
): number {
  const executions = new Executions(model, null);
  const simulation = executions.simulation(nodes, executor);
  const source = new ScheduleSource(model.protocol, { nemeses: model.nemeses, strategy });
  let steps = 0;
  for (let run = 0; run < settling; run++) source.run(simulation, mix(-run));
  const started = cpuMs();
  for (let run = 0; ; run++) {
    executions.judge.begin();
    source.run(simulation, mix(run), executions.judge.monitor);
    steps += simulation.steps;
    const elapsed = cpuMs() - started;
    if (elapsed >= forMs) return (steps / elapsed) * 1000;
  }
}
