/** Each strategy: what it generates is an explicit schedule that replays exactly, the same seeds do the same, and it does what it promises. */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { Simulation } from '../../../src/kernel/simulation.ts';
import type { Trace, TraceStep } from '../../../src/kernel/trace.ts';
import { loadModels, selectModels } from '../../../src/runner/registry.ts';
import { Coverage } from '../../../src/schedule/coverage.ts';
import { ScheduleSource } from '../../../src/schedule/generate.ts';
import { clockBoundOf } from '../../../src/schedule/nemeses.ts';
import type { Schedule } from '../../../src/schedule/schedule.ts';
import { strategies } from '../../../src/schedule/strategies/all.ts';
import type { Strategy } from '../../../src/schedule/strategies/strategy.ts';
import { difference, Replayer } from '../../laws.ts';

const models = await loadModels();
const [abd, raft] = selectModels(models, ['abd', 'raft']);
if (!abd || !raft) throw new Error('no models');

interface Run {
  readonly schedule: Schedule;
  readonly trace: Trace;
}

/** Runs of the first seeds; only those from `recordFrom` on keep a trace, since recording costs many times the run. */
function runs(
  model: typeof raft,
  strategy: Strategy,
  count: number,
  recordFrom = Number.POSITIVE_INFINITY,
): Run[] {
  if (!model) throw new Error('no model');
  const { protocol, nemeses, inputs, nodes } = model;
  const coverage = new Coverage();
  const source = new ScheduleSource(protocol, { nemeses, inputs, strategy, coverage });
  const simulation = new Simulation(protocol, { nodes, clockBound: clockBoundOf(nemeses) });
  return Array.from({ length: count }, (_, seed) => {
    const trace: TraceStep[] = [];
    simulation.record = seed >= recordFrom ? trace : undefined;
    source.run(simulation, seed);
    return { schedule: JSON.parse(JSON.stringify(source.schedule(simulation))), trace };
  });
}

const subjects = strategies.flatMap((strategy) =>
  models.map((model) => ({ strategy, model, name: `${strategy.name} on ${model.name}` })),
);

/** What a strategy that learns does before it has something to learn from is what others do. */
const untilLearned = 40;

test.each(subjects)('$name: every schedule replays exactly', ({ strategy, model }) => {
  const replayer = new Replayer({ model, mutant: null }, 'mutable');
  const from = strategy.learns ? untilLearned : 0;
  const recorded = runs(model, strategy, from + 4, from).slice(from);
  for (const [index, { schedule, trace }] of recorded.entries()) {
    expect(trace).not.toHaveLength(0);
    expect(difference(replayer.trace(schedule), trace), `seed ${from + index}`).toBeUndefined();
  }
});

test.each(strategies)('$name: the same seeds in the same order give the same schedules', (strategy) => {
  const schedules = () => runs(raft, strategy, 40).map(({ schedule }) => schedule);
  expect(schedules()).toEqual(schedules());
});

const named = (name: string): Strategy => {
  const found = strategies.find((strategy) => strategy.name === name);
  if (!found) throw new Error(`no strategy ${name}`);
  return found;
};

test('delay-bounded runs have at most six disturbances', () => {
  const sizes = runs(raft, named('delay'), 100).map(({ schedule }) => schedule.deviations.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(6);
  expect(Math.max(...sizes)).toBeGreaterThan(2);
});

test('priorities rank every link, the first of them prompt, all at one event', () => {
  const ranked = runs(raft, named('pct'), 40).map(({ schedule }) => {
    const [first] = schedule.deviations;
    return schedule.deviations.filter(
      (each) => each.kind === 'hold' && first?.kind === 'hold' && isDeepStrictEqual(each.at, first.at),
    );
  });
  expect(ranked.some((holds) => holds.length === 5)).toBe(true);
});

test('targeted runs isolate a node at its own events, such as a leader right after it acted', () => {
  const isolated = runs(raft, named('targeted'), 200).flatMap(({ schedule }) =>
    schedule.deviations.flatMap((each) =>
      each.kind === 'partition' && each.groups[0]?.length === 1 ? [[each.groups[0][0], each.at.to]] : [],
    ),
  );
  const own = isolated.filter(([node, at]) => node === at).length;
  expect(isolated.length).toBeGreaterThan(20);
  expect(own / isolated.length).toBeGreaterThan(0.5);
});

test('guided runs reuse what reached something new: workloads come again', () => {
  const seen = runs(raft, named('guided'), 300).map(({ schedule }) => JSON.stringify(schedule.clients));
  expect(new Set(seen).size).toBeLessThan(seen.length - 50);
});
