/** Schedules name targets by cause; what is not there is skipped, and generated schedules contain every kind of fault. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Simulation } from '../../src/kernel/simulation.ts';
import { faultKinds } from '../../src/kernel/world.ts';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels } from '../../src/runner/registry.ts';
import { ScheduleArbitrary } from '../../src/schedule/arbitrary.ts';
import { ScheduleSource } from '../../src/schedule/generate.ts';
import { clockBoundOf } from '../../src/schedule/nemeses.ts';
import { type Deviation, faultOf, type Schedule } from '../../src/schedule/schedule.ts';
import { strategies } from '../../src/schedule/strategies/all.ts';

const models = new Map((await loadModels()).map((model) => [model.name, model]));
const named = (name: string) => {
  const model = models.get(name);
  if (!model) throw new Error(`no model ${name}`);
  return model;
};
const abd = named('abd');

const clients = [
  [{ f: 'write', input: 1, node: 0, wait: 0 }],
  [{ f: 'read', input: null, node: 1, wait: 30 }],
];
const happy: Schedule = { nodes: 3, duration: 300, clients, deviations: [] };
const query = { event: 'query', from: 'n1', to: 'n2', nth: 1 };
const nowhere = [
  { ...query, nth: 40 },
  { ...query, event: 'quarry' },
  { ...query, to: 'n7' },
  { ...query, copy: true as const },
  { event: 'request', from: 'c5', to: 'n1', nth: 1 },
];

test.each(nowhere)('deviations of %j, which never comes, are skipped and do nothing', (target) => {
  const deviations: Deviation[] = [
    { kind: 'crash', at: target, nodes: ['n1'], for: 50 },
    { kind: 'disk', at: target, keep: 0, for: 50 },
    { kind: 'pause', at: target, node: 'n1', for: 50 },
    { kind: 'slow', at: target, node: 'n1', by: 5, for: 50 },
    { kind: 'jump', at: target, node: 'n1', by: 50 },
    { kind: 'drift', at: target, node: 'n1', rate: 1.1 },
    { kind: 'hold', at: target, from: 'n1', to: 'n2', for: 50 },
    { kind: 'partition', at: target, groups: [['n1'], ['n2', 'n3']], for: 50 },
    { kind: 'one-way', at: target, from: ['n1'], to: ['n2'], for: 50 },
  ];
  if (!('copy' in target)) {
    deviations.push({ kind: 'drop', message: target });
    deviations.push({ kind: 'delay', message: target, by: 5 });
    deviations.push({ kind: 'duplicate', message: target, after: 5 });
  }
  const executions = new Executions(abd, null);
  const { trace, execution } = executions.trace({ ...happy, deviations });
  expect(execution.applied).toEqual(deviations.map(() => false));
  expect(trace).toEqual(executions.trace(happy).trace);
});

test('deviations whose target comes, but whose victim is not there, are skipped too', () => {
  const deviations: Deviation[] = [
    { kind: 'crash', at: query, nodes: ['n8'], for: 50 },
    { kind: 'pause', at: query, node: 'n8', for: 50 },
    { kind: 'slow', at: query, node: 'n8', by: 5, for: 50 },
    { kind: 'jump', at: query, node: 'n8', by: 50 },
    { kind: 'drift', at: query, node: 'n8', rate: 1.1 },
    { kind: 'hold', at: query, from: 'n1', to: 'n8', for: 50 },
    { kind: 'one-way', at: query, from: ['n8'], to: ['n2'], for: 50 },
  ];
  const executions = new Executions(abd, null);
  const { execution } = executions.trace({ ...happy, deviations });
  expect(execution.applied).toEqual(deviations.map(() => false));
});

test('removing one deviation leaves the meaning of the others', () => {
  const executions = new Executions(abd, null);
  const store: Deviation = { kind: 'drop', message: { event: 'store', from: 'n1', to: 'n3', nth: 1 } };
  const late: Deviation = { kind: 'delay', message: query, by: 7 };
  for (const deviations of [[late, store], [store], [store, late]]) {
    const { execution, trace } = executions.trace({ ...happy, deviations });
    expect(execution.applied).toEqual(deviations.map(() => true));
    const lost = trace.filter((step) => step.kind === 'sent' && step.at === 'lost');
    expect(lost).toMatchObject([{ ref: store.message }]);
  }
});

const subjects = strategies.flatMap((strategy) =>
  [...models.values()].map((model) => ({ strategy, model, name: `${strategy.name} on ${model.name}` })),
);

test.each(subjects)(
  '$name makes every kind of fault take effect, and nothing but what it wrote down',
  (subject) => {
    const { strategy, model } = subject;
    const source = new ScheduleSource(model.protocol, {
      nemeses: model.nemeses,
      inputs: model.inputs,
      strategy,
    });
    const simulation = new Simulation(model.protocol, {
      nodes: model.nodes,
      clockBound: clockBoundOf(model.nemeses),
    });
    const effective = new Set<string>();
    for (let seed = 0; seed < 300 && effective.size < model.nemeses.length; seed++) {
      source.run(simulation, seed);
      const written = new Set(source.schedule(simulation).deviations.map(({ kind }) => faultOf[kind]));
      faultKinds.forEach((fault, index) => {
        if (simulation.exercised[index] === 0) return;
        effective.add(fault);
        expect(written).toContain(fault);
      });
    }
    expect([...effective].sort()).toEqual(model.nemeses.map(({ fault }) => fault).sort());
  },
);

test.each(strategies)('$name uses no fault that a model does not list', (strategy) => {
  for (const nemesis of abd.nemeses) {
    const source = new ScheduleSource(abd.protocol, { nemeses: [nemesis], strategy });
    const simulation = new Simulation(abd.protocol, { nodes: 3, clockBound: clockBoundOf([nemesis]) });
    for (let seed = 0; seed < 20; seed++) {
      source.run(simulation, seed);
      for (const { kind } of source.schedule(simulation).deviations)
        expect(faultOf[kind]).toBe(nemesis.fault);
    }
  }
});

const mutant = 'majority-off-by-one';
const executions = new Executions(abd, mutant);
const holds = (schedule: Schedule) => executions.run(schedule).violation === undefined;
const schedules = () => new ScheduleArbitrary(abd.protocol, { nemeses: abd.nemeses, mutant });

test("schedules are an arbitrary of fast-check's, which finds and shrinks with them", () => {
  const outcome = fc.check(fc.property(schedules(), holds), { seed: 1, numRuns: 500 });
  expect(outcome.failed).toBe(true);
  expect(outcome.numShrinks).toBeGreaterThan(0);
  const [shrunk] = outcome.counterexample ?? [];
  if (!shrunk) throw new Error('no counterexample');
  expect(holds(shrunk)).toBe(false);
  expect(shrunk.deviations.length).toBeLessThanOrEqual(3);
  expect(() => fc.assert(fc.property(schedules(), holds), { seed: 1, numRuns: 500 })).toThrow(
    /Property failed/,
  );
});

test("fast-check's shrinking ends where nothing it tries fails any more, and does the same again", () => {
  const once = fc.check(fc.property(schedules(), holds), { seed: 2, numRuns: 500 });
  const again = fc.check(fc.property(schedules(), holds), { seed: 2, numRuns: 500 });
  expect(again.counterexample).toEqual(once.counterexample);
  const [shrunk] = once.counterexample ?? [];
  if (!shrunk) throw new Error('no counterexample');
  const failing = [...schedules().shrink(shrunk)].filter(({ value }) => !holds(value));
  expect(failing).toEqual([]);
});

test('a counterexample of a property can be given as an example, since schedules shrink without a context', () => {
  const outcome = fc.check(fc.property(schedules(), holds), { seed: 1, numRuns: 500 });
  const [shrunk] = outcome.counterexample ?? [];
  if (!shrunk) throw new Error('no counterexample');
  expect(schedules().canShrinkWithoutContext(shrunk)).toBe(true);
  expect(schedules().canShrinkWithoutContext({ nodes: 3 })).toBe(false);
  const given = fc.check(fc.property(schedules(), holds), { examples: [[shrunk]], numRuns: 1 });
  expect(given.counterexample).toEqual([shrunk]);
});

test('without faults every schedule is the happy path', () => {
  fc.assert(
    fc.property(
      new ScheduleArbitrary(abd.protocol, { nemeses: [] }),
      ({ deviations }) => deviations.length === 0,
    ),
    { seed: 1, numRuns: 20 },
  );
});
