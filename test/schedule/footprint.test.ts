/** Deviations with one footprint make the same run, and one without any changes nothing: held against the runs themselves. */
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import type { Trace } from '../../src/kernel/trace.ts';
import { Executions } from '../../src/runner/execute.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { Footprints } from '../../src/schedule/reduce/footprint.ts';
import type { Deviation, Schedule } from '../../src/schedule/schedule.ts';
import { type Grid, singleDeviations } from '../../src/schedule/space.ts';

const models = selectModels(await loadModels(), ['abd', 'raft', 'lease-lock', 'primary-backup']);
const grid: Grid = {
  delays: [5, 15, 1000],
  copies: [10],
  spans: [15, 40, 1000],
  downs: [0, 30],
  clientWaits: [15],
  jumps: [20],
};

/** Everything that happened, but not that a fault struck: it may have hit nothing. */
const withoutFaults = (trace: Trace): string =>
  canonicalJson(trace.filter(({ kind }) => kind !== 'fault') as never);

function* single(model: Model, executions: Executions, schedule: Schedule): Generator<Deviation> {
  const { nemeses } = model;
  const { trace } = executions.trace(schedule, 'mutable');
  const { clientsRetry } = executions.reduceOptions;
  yield* singleDeviations(schedule, trace, { nemeses, grid, clientsRetry });
}

test.each(models.map((model) => [model.name, model] as const))('footprints of %s', (_, model) => {
  const executions = new Executions(model, null);
  const random = new Random(7);
  let same = 0;
  let idle = 0;
  for (let round = 0; round < 12; round++) {
    const names = Object.keys(model.protocol.definition.client ?? {});
    const operation = (input: number) => ({
      f: names[random.below(names.length)] as string,
      input,
      node: random.below(model.nodes),
      wait: random.below(3) * 10,
    });
    let base: Schedule = {
      nodes: model.nodes,
      duration: 150 + random.below(100),
      clients: [[operation(1), operation(2)], [operation(3)]],
      deviations: [],
    };
    for (let kept = 0; kept < round % 4; kept++) {
      const pool = [...single(model, executions, base)];
      base = { ...base, deviations: [...base.deviations, pool[random.below(pool.length)] as Deviation] };
    }
    const { trace } = executions.trace(base, 'mutable');
    const footprints = new Footprints(base, trace);
    const groups = new Map<string, Deviation[]>();
    for (const deviation of single(model, executions, base)) {
      const footprint = footprints.of(deviation) ?? '';
      groups.set(footprint, [...(groups.get(footprint) ?? []), deviation]);
    }
    const runOf = (deviation: Deviation) =>
      withoutFaults(
        executions.trace({ ...base, deviations: [...base.deviations, deviation] }, 'mutable').trace,
      );
    const some = (deviations: readonly Deviation[], count: number) =>
      Array.from({ length: count }, () => deviations[random.below(deviations.length)] as Deviation);
    const unchanged = withoutFaults(trace);
    for (const deviation of some(groups.get('') ?? [], 20)) {
      idle++;
      if (runOf(deviation) !== unchanged)
        expect.fail(`changes the run: ${canonicalJson({ base, deviation } as never)}`);
    }
    const shared = [...groups].filter(([footprint, { length }]) => footprint !== '' && length > 1);
    for (let pair = 0; pair < 20 && shared.length > 0; pair++) {
      const [footprint, deviations] = shared[random.below(shared.length)] as (typeof shared)[0];
      const [one, other] = some(deviations, 2) as [Deviation, Deviation];
      same++;
      if (runOf(one) !== runOf(other))
        expect.fail(`${footprint} is not all: ${canonicalJson({ base, one, other } as never)}`);
    }
  }
  expect(idle).toBeGreaterThan(200);
  expect(same).toBeGreaterThan(200);
});
