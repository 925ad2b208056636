/** Shrinking ends at schedules from which nothing can be taken, always in the same way, within its bound. */
import { expect, test } from 'vitest';
import { check } from '../../src/runner/check.ts';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels } from '../../src/runner/registry.ts';
import { shrink } from '../../src/runner/shrink.ts';
import { crash, drop, pause, reorder } from '../../src/schedule/nemeses.ts';
import { reductions } from '../../src/schedule/reduce.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';
import { smaller, withoutClient, withoutLastNode, withoutOperation } from './minimal.ts';

const models = new Map((await loadModels()).map((model) => [model.name, model]));

const caught = [
  ['abd', 'no-write-back'],
  ['abd', 'majority-off-by-one'],
  ['lease-lock', 'no-recheck-after-pause'],
  ['primary-backup', 'acks-before-backup'],
  ['primary-backup', 'reads-from-backup'],
  ['raft', 'vote-not-persisted'],
  ['raft', 'no-up-to-date-check'],
  ['two-phase-commit', 'presumes-commit'],
  ['two-phase-commit', 'forgets-yes-vote'],
] as const;

test.each(caught)('the counterexample of %s with %s is 1-minimal', async (name, mutant) => {
  const model = models.get(name);
  if (!model) throw new Error(`no model ${name}`);
  const { failure } = await check(model, { mutant, runs: 3000, seed: 3 });
  if (!failure) throw new Error(`${name} with ${mutant} was not caught`);
  expect(failure.shrink.complete).toBe(true);
  const { property, schedule, original } = failure;
  const executions = new Executions(model, mutant);
  expect(executions.run(original).violation?.property).toBe(property);
  expect(executions.run(schedule).violation?.property).toBe(property);
  expect(schedule.deviations.length).toBeLessThanOrEqual(original.deviations.length);
  const removable = smaller(schedule)
    .filter((candidate) => executions.run(candidate.schedule).violation?.property === property)
    .map(({ what }) => what);
  expect(removable, JSON.stringify(schedule)).toEqual([]);
});

test('shrinking is deterministic, bounded, and keeps the best when its bound ends it', async () => {
  const model = models.get('abd');
  if (!model) throw new Error('no model abd');
  const mutant = 'majority-off-by-one';
  const { failure } = await check(model, { mutant, runs: 3000, seed: 5 });
  if (!failure) throw new Error('not caught');
  const { original, property } = failure;
  const executions = new Executions(model, mutant);
  const whole = await shrink(executions, original, property);
  expect(await shrink(new Executions(model, mutant), original, property)).toEqual(whole);
  for (const limit of [0, 1, 7, 20]) {
    const bounded = await shrink(executions, original, property, { limit });
    expect(bounded.complete).toBe(false);
    expect(bounded.executions).toBeLessThanOrEqual(limit);
    expect(executions.run(bounded.schedule).violation?.property).toBe(property);
  }
  const abort = new AbortController();
  abort.abort();
  const aborted = await shrink(executions, original, property, { signal: abort.signal });
  expect(aborted).toMatchObject({ schedule: original, executions: 0, complete: false });
});

/** All candidates of a round in which nothing is accepted, after the schedule itself, which is run once to know it. */
const offered = (schedule: Schedule): Schedule[] => {
  const found: Schedule[] = [];
  const options = { nemeses: [crash(), drop(), pause(), reorder()], clientsRetry: true };
  for (const candidate of reductions(schedule, options)) found.push(candidate.schedule);
  expect(found[0]).toEqual(schedule);
  return found.slice(1);
};
const operation = (input: number) => ({ f: 'write', input, node: 0, wait: 0 });
const named: Schedule = {
  nodes: 3,
  duration: 100,
  clients: [[operation(1)], [operation(2), operation(3), operation(4)], [operation(5)]],
  deviations: [
    { kind: 'drop', message: { event: 'request', from: 'c1', to: 'n3', nth: 1 } },
    { kind: 'delay', message: { event: 'reply', from: 'n1', to: 'c2', nth: 2 }, by: 4 },
    { kind: 'hold', at: { event: 'request', from: 'c3', to: 'n2', nth: 1 }, from: 'c3', to: 'n1', for: 9 },
    { kind: 'give-up', call: 203, after: 3 },
    { kind: 'die', call: 301, after: 3 },
    { kind: 'retry', call: 202, node: 'n3', after: 3 },
    { kind: 'crash', at: { event: 'store', from: 'n1', to: 'n2', nth: 1 }, nodes: ['n1', 'n3'], for: 5 },
    {
      kind: 'partition',
      at: { event: 'store', from: 'n1', to: 'n2', nth: 1 },
      groups: [['n1'], ['n2', 'n3']],
      for: 5,
    },
    {
      kind: 'one-way',
      at: { event: 'store', from: 'n1', to: 'n2', nth: 1 },
      from: ['n3'],
      to: ['n1'],
      for: 5,
    },
  ],
};

test('removing a client renames what refers to those after it, and drops what refers to it', () => {
  for (const client of [1, 2, 3]) expect(offered(named)).toContainEqual(withoutClient(named, client));
  expect(withoutClient(named, 1).deviations.slice(0, 4)).toEqual([
    { kind: 'delay', message: { event: 'reply', from: 'n1', to: 'c1', nth: 2 }, by: 4 },
    { kind: 'hold', at: { event: 'request', from: 'c2', to: 'n2', nth: 1 }, from: 'c2', to: 'n1', for: 9 },
    { kind: 'give-up', call: 103, after: 3 },
    { kind: 'die', call: 201, after: 3 },
  ]);
});

test('removing an operation renames the calls after it, and drops what refers to it', () => {
  for (const gone of [1, 2, 3]) expect(offered(named)).toContainEqual(withoutOperation(named, 2, gone));
  const calls = withoutOperation(named, 2, 2).deviations.flatMap((deviation) =>
    'call' in deviation ? [deviation.call] : [],
  );
  expect(calls).toEqual([202, 301]);
});

test('removing the last node takes it out of every group, and drops what happens to it alone', () => {
  const without = withoutLastNode(named);
  expect(offered(named)).toContainEqual(without);
  expect(JSON.stringify(without)).not.toContain('n3');
  expect(without.deviations.map(({ kind }) => kind)).toEqual([
    'delay',
    'hold',
    'give-up',
    'die',
    'crash',
    'partition',
  ]);
});

test('every reduction is another schedule, no bigger than what it reduces', () => {
  const size = ({ nodes, clients, deviations }: Schedule) =>
    nodes + clients.length + clients.flat().length + deviations.length;
  for (const candidate of offered(named)) {
    expect(candidate).not.toEqual(named);
    expect(size(candidate)).toBeLessThanOrEqual(size(named));
  }
});

test('where no single change helps, a search finds fewer deviations', async () => {
  const model = models.get('raft');
  if (!model) throw new Error('no model raft');
  const mutant = 'commits-old-term-by-counting';
  const property = 'leader completeness';
  const stuck: Schedule = {
    nodes: 3,
    duration: 520,
    clients: [],
    deviations: [
      { kind: 'delay', message: { event: 'appendEntries', from: 'n1', to: 'n2', nth: 3 }, by: 26 },
      {
        kind: 'one-way',
        at: { event: 'appended', from: 'n1', to: 'n2', nth: 1 },
        from: ['n2'],
        to: ['n1', 'n3'],
        for: 71,
      },
      { kind: 'delay', message: { event: 'appendEntries', from: 'n2', to: 'n3', nth: 4 }, by: 11 },
      {
        kind: 'one-way',
        at: { event: 'appended', from: 'n1', to: 'n2', nth: 3 },
        from: ['n2'],
        to: ['n1', 'n3'],
        for: 51,
      },
    ],
  };
  const executions = new Executions(model, mutant);
  const brief = await shrink(executions, stuck, property, { brief: true });
  expect(brief.schedule.deviations).toHaveLength(4);
  const { schedule } = await shrink(executions, stuck, property);
  expect(schedule.deviations.length).toBeLessThan(4);
  expect(executions.run(schedule).violation?.property).toBe(property);
});
