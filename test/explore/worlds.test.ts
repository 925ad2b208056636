/** The search over worlds against enumeration by the book, against itself without its short cuts, and on planted bugs. */
import { expect, test } from 'vitest';
import { abdModel } from '../../models/abd.ts';
import { leaseLockModel } from '../../models/lease-lock.ts';
import { primaryBackupModel } from '../../models/primary-backup.ts';
import { raftModel } from '../../models/raft/properties.ts';
import { twoPhaseCommitModel } from '../../models/two-phase-commit.ts';
import { search } from '../../src/explore/search.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import { always } from '../../src/property/property.ts';
import { Executions } from '../../src/runner/execute.ts';
import { type ExploreOptions, explore } from '../../src/runner/explore.ts';
import type { Model } from '../../src/runner/model.ts';
import { boundsOf } from '../../src/runner/world-settings.ts';
import { countWorlds } from './naive-worlds.ts';

const small: readonly (readonly [Model, ExploreOptions])[] = [
  [abdModel, { timeouts: 0, clients: 'write;read', nodes: 2 }],
  [abdModel, { timeouts: 0, clients: 'write', nodes: 2, crashes: 1 }],
  [abdModel, { timeouts: 0, clients: 'write', nodes: 2, duplicates: 1 }],
  [abdModel, { timeouts: 0, clients: 'write', nodes: 3 }],
  [twoPhaseCommitModel, { clients: 'write', nodes: 2, timeouts: 1, crashes: 1 }],
  [primaryBackupModel, { clients: '', nodes: 3, timeouts: 1, crashes: 1 }],
  [primaryBackupModel, { clients: '', nodes: 3, timeouts: 2, drops: 1 }],
  [raftModel, { clients: '', nodes: 2, timeouts: 1, crashes: 1 }],
];

const mutantsOf = (model: Model) => [null, ...Object.keys(model.protocol.definition.mutants ?? {})];

test('as many worlds as enumeration by the book, hashed or kept whole', async () => {
  for (const [model, options] of small) {
    for (const mutant of mutantsOf(model)) {
      const bounds = { ...boundsOf(model, options).bounds, cuts: false, anyNode: false };
      const make = () => new WorldSystem(model.protocol, { mutant, properties: [], bounds, reduce: false });
      const told = `${model.name} ${mutant} ${JSON.stringify(options)}`;
      const expected = countWorlds(model.protocol, mutant, bounds);
      expect((await search(make())).states, told).toBe(expected);
      expect((await search(make(), { exact: true })).states, told).toBe(expected);
      if (mutant !== null) continue;
      const leaving = { mutant, properties: [], bounds, reduce: false, leaveIdle: true };
      expect((await search(new WorldSystem(model.protocol, leaving))).states, `${told} leaving idle`).toBe(
        countWorlds(model.protocol, mutant, { ...bounds, leaveIdle: true }),
      );
    }
  }
});

test('with what properties remember, too, fingerprints tell apart what texts tell apart', async () => {
  for (const [model, options] of small) {
    for (const symmetry of model.explore.symmetry ? [false, true] : [false]) {
      const hashed = await explore(model, { ...options, symmetry });
      const exact = await explore(model, { ...options, symmetry, exact: true });
      expect(hashed.result.verdict, model.name).toBe('holds');
      expect(hashed.result.states, model.name).toBe(exact.result.states);
      expect(hashed.result.transitions, model.name).toBe(exact.result.transitions);
    }
  }
});

const planted: readonly (readonly [Model, string, ExploreOptions])[] = [
  [abdModel, 'no-write-back', { clients: 'write;read,read' }],
  [abdModel, 'majority-off-by-one', { clients: 'write;read' }],
  [raftModel, 'vote-not-persisted', { clients: '', crashes: 1 }],
  [primaryBackupModel, 'no-epoch', { clients: '', timeouts: 4 }],
  [twoPhaseCommitModel, 'decision-not-persisted', { clients: 'write', crashes: 1 }],
];

test('planted bugs within small bounds are found, and become schedules that replay', async () => {
  for (const [model, mutant, options] of planted) {
    const { result, failure } = await explore(model, { ...options, mutant });
    expect(result.verdict, mutant).toBe('violated');
    const schedule = failure?.schedule;
    expect(schedule, `${mutant}: a schedule that does what the trace does`).toBeDefined();
    const { violation } = new Executions(model, mutant).run(schedule!, 'immer');
    expect(violation?.property, mutant).toBe(failure?.property);
    expect(
      (await explore(model, { ...options, clients: options.clients!, maxStates: 3000 })).result.verdict,
    ).not.toBe('violated');
  }
}, 120_000);

test('reducing clients’ moves changes no verdict, on any model and any of its planted bugs', async () => {
  const tried: readonly (readonly [Model, ExploreOptions])[] = [
    [abdModel, { clients: 'write;read', nodes: 2 }],
    [abdModel, { clients: 'write', crashes: 1, duplicates: 1, nodes: 2 }],
    [abdModel, { clients: 'write;read,read', maxStates: 20_000 }],
    [twoPhaseCommitModel, { clients: 'write;read', nodes: 2, crashes: 1 }],
    [primaryBackupModel, { clients: 'write;read', timeouts: 1 }],
    [raftModel, { clients: 'write', nodes: 2, timeouts: 1, crashes: 1 }],
  ];
  for (const [model, options] of tried) {
    for (const mutant of mutantsOf(model)) {
      const whole = (await explore(model, { ...options, mutant, reduce: false })).result;
      const reduced = (await explore(model, { ...options, mutant })).result;
      const told = `${model.name} ${mutant} ${JSON.stringify(options)}`;
      if (whole.verdict !== 'unknown') expect(reduced.verdict, told).toBe(whole.verdict);
      if (reduced.verdict === 'holds') expect(reduced.states, told).toBeLessThanOrEqual(whole.states);
    }
  }
}, 120_000);

test('symmetry changes no verdict, on any model that declares it and any of its planted bugs', async () => {
  const tried: readonly (readonly [Model, ExploreOptions])[] = [
    [abdModel, { clients: 'write;read', nodes: 2 }],
    [abdModel, { clients: 'write,read', nodes: 3 }],
    [raftModel, { clients: '', crashes: 1, nodes: 2 }],
  ];
  for (const [model, options] of tried) {
    for (const mutant of mutantsOf(model)) {
      const whole = (await explore(model, { ...options, mutant })).result;
      const reduced = (await explore(model, { ...options, mutant, symmetry: true })).result;
      expect(reduced.verdict, `${model.name} ${mutant}`).toBe(whole.verdict);
      expect(reduced.states).toBeLessThanOrEqual(whole.states);
      expect(reduced.violation?.steps.length).toBe(whole.violation?.steps.length);
    }
  }
});

test('a protocol that reads clocks is refused, since time is left out', async () => {
  await expect(explore(leaseLockModel)).rejects.toThrow("lease-lock reads clocks in 'acquire'");
});

test('what a property remembers is part of the state', async () => {
  // Two leaders of one term, one after the other: no single world shows it, only a memory does.
  const twice = always(
    raftModel.protocol,
    'never two leaders in a row',
    ({ notes, firstNewNote }, seen: { leaders: string[] }) => {
      for (const { name, node } of notes.slice(firstNewNote)) if (name === 'leader') seen.leaders.push(node);
      return seen.leaders.length < 2 || `${seen.leaders} led`;
    },
    () => ({ leaders: [] }),
  );
  const tried = { ...raftModel, properties: [twice] };
  const { result } = await explore(tried, { clients: '', nodes: 2, timeouts: 2 });
  expect(result.verdict).toBe('violated');
  expect(result.violation?.explanation).toBe('n1,n2 led');
});
