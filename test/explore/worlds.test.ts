/** The search over worlds against enumeration by the book and against itself without its short cuts. */
import { types } from 'node:util';
import { expect, test } from 'vitest';
import { abdModel } from '../../models/abd.ts';
import { leaseLockModel } from '../../models/lease-lock.ts';
import { primaryBackupModel } from '../../models/primary-backup.ts';
import { raftModel } from '../../models/raft/properties.ts';
import { twoPhaseCommitModel } from '../../models/two-phase-commit.ts';
import { canonicalJson } from '../../src/base/json.ts';
import type { BoundedWorld } from '../../src/explore/bounds.ts';
import { search } from '../../src/explore/search.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import { clock, disk, model, protocol, typed } from '../../src/index.ts';
import { always } from '../../src/property/property.ts';
import { type ExploreOptions, explore } from '../../src/runner/explore.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadModels } from '../../src/runner/registry.ts';
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
  [abdModel, { timeouts: 0, clients: 'write', nodes: 3, partitions: 1 }],
  [twoPhaseCommitModel, { clients: 'write', nodes: 2, timeouts: 1, partitions: 2 }],
];

/** The first node lends a thing by its clock to whoever asks, at most once in two ticks, or so it thinks. */
const lender = protocol({
  name: 'lender',
  message: typed<{ type: 'ask' } | { type: 'lent'; until: number }>(),
  timer: typed<'want'>(),
  disk: () => ({ until: 0 }),
  memory: () => ({ mine: 0, sure: false }),
  start(_, { setTimer }) {
    setTimer('want', 10);
  },
  timeout: {
    want(_, { send }) {
      send('n1', { type: 'ask' });
    },
  },
  on: {
    ask({ disk }, _, { from, now, interval, send, persist }) {
      if (interval().earliest <= disk.until) return;
      disk.until = now + 20;
      persist();
      send(from, { type: 'lent', until: disk.until });
    },
    lent({ memory }, { until }, { now }) {
      memory.sure = now < until;
      memory.mine = until;
    },
  },
});

const lenderModel = model(lender, {
  nodes: 2,
  nemeses: [clock({ bound: 10 })],
  properties: [],
  explore: { clocks: { tick: 10, ticks: 3 } },
});

const mutantsOf = (model: Model) => [null, ...Object.keys(model.protocol.definition.mutants ?? {})];

test('as many worlds as enumeration by the book, hashed or kept whole', async () => {
  const keepingTime: readonly (readonly [Model, ExploreOptions])[] = [
    [lenderModel, { clients: '' }],
    [lenderModel, { clients: '', crashes: 1, ticks: 2 }],
    [lenderModel, { clients: '', duplicates: 1, partitions: 1, ticks: 1 }],
  ];
  for (const [model, options] of [...small, ...keepingTime]) {
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
}, 120_000);

/** Steps that write twice, and one that starts by writing; what is torn keeps the one half. */
const writer = protocol({
  name: 'writer',
  message: typed<{ type: 'wrote'; x: number; y: number }>(),
  timer: typed<'write'>(),
  disk: () => ({ starts: 0, x: 0, y: 0 }),
  memory: () => ({ heard: 0 }),
  torn: (before, after) => ({ ...before, x: after.x }),
  start({ disk }, { setTimer, persist }) {
    disk.starts++;
    persist();
    setTimer('write', 1);
  },
  timeout: {
    write({ disk }, { peers, send, persist }) {
      disk.x += 1;
      persist();
      for (const peer of peers) send(peer, { type: 'wrote', x: disk.x, y: disk.y });
      disk.x += 1;
      disk.y += 1;
      persist();
    },
  },
  on: {
    wrote({ memory, disk }, { x, y }, { persist }) {
      memory.heard = x - y;
      disk.y = x;
      persist();
    },
  },
});

test('crashes in the middle of steps, and torn writes, lead to the nodes that enumeration by the book finds', async () => {
  const plain = model(writer, { nodes: 2, nemeses: [disk()], properties: [] });
  const { torn: _, ...whole } = writer.definition;
  const untorn = { ...plain, protocol: { ...plain.protocol, definition: whole } } as typeof plain;
  const tried: readonly (readonly [Model, ExploreOptions])[] = [
    [plain, { clients: '', crashes: 1 }],
    [plain, { clients: '', crashes: 2 }],
    [untorn, { clients: '', crashes: 2 }],
    [abdModel, { clients: 'write', crashes: 1, nodes: 2, timeouts: 0 }],
  ];
  const counts: number[] = [];
  for (const [model, options] of tried) {
    const { bounds } = boundsOf(model, options);
    expect(bounds.cuts).toBe(true);
    const shown = (nodes: readonly { up: boolean; disk: unknown; memory: unknown }[]) =>
      canonicalJson(nodes.map(({ up, disk, memory }) => ({ up, disk, memory })) as never);
    const [found, expected] = [new Set<string>(), new Set<string>()];
    const within = ({ nodes }: BoundedWorld) => found.add(shown(nodes)).size > 0;
    const anyNode = false;
    await search(
      new WorldSystem(model.protocol, {
        ...{ mutant: null, properties: [], bounds: { ...bounds, within, anyNode }, reduce: false },
      }),
    );
    countWorlds(model.protocol, null, { ...bounds }, (nodes) =>
      expected.add(shown(nodes.map(({ up, state }) => ({ up, ...state })))),
    );
    expect([...found].sort()).toEqual([...expected].sort());
    counts.push(found.size);
  }
  expect(counts[1]).toBeGreaterThan(counts[2]!);
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

const readModifyWrite = (value: number) => `txn([["r","x",null],["w","x",${value}]])`;

/** Bounds so small that every world can be met without any reduction. */
const bothWays: Readonly<Record<string, readonly ExploreOptions[]>> = {
  abd: [
    { clients: 'write;read', nodes: 2 },
    { clients: 'write', crashes: 1, duplicates: 1, nodes: 2 },
    { clients: 'write;read,read', maxStates: 20_000 },
  ],
  'causal-store': [{ clients: 'write,read', nodes: 2 }],
  'lease-lock': [
    { clients: 'add;add', nodes: 1, ticks: 3 },
    { clients: 'add;add', nodes: 1, ticks: 2, crashes: 1 },
  ],
  paxos: [
    { clients: 'propose;propose', nodes: 2, timeouts: 0 },
    { clients: 'propose;propose', nodes: 2, timeouts: 0, crashes: 1 },
  ],
  'primary-backup': [{ clients: 'write;read', timeouts: 1 }],
  raft: [{ clients: 'write', nodes: 2, timeouts: 1, crashes: 1 }],
  reconfiguration: [{ clients: '', nodes: 2, timeouts: 1 }],
  'snapshot-store': [{ clients: `${readModifyWrite(1)};${readModifyWrite(2)}`, nodes: 2, timeouts: 0 }],
  'two-phase-commit': [{ clients: 'write;read', nodes: 2, crashes: 1 }],
};

const models = await loadModels();
const tried = models.flatMap((model) =>
  mutantsOf(model).map((mutant) => ({ name: model.name, mutant, model })),
);

test.each(tried)(
  'reducing clients’ moves and forgetting messages change no verdict of $name with $mutant',
  async ({ name, mutant, model }) => {
    const options = bothWays[name];
    expect(options, `${name} has bounds here`).toBeDefined();
    for (const bounds of options ?? []) {
      const judged = async (how: ExploreOptions) => {
        const { result } = await explore(model, { ...bounds, ...how, mutant, liveness: false });
        return { verdict: result.verdict, states: result.states };
      };
      const whole = await judged({ reduce: false });
      for (const how of [{}, { forget: false }, ...(model.explore.symmetry ? [{ symmetry: true }] : [])]) {
        const reduced = await judged(how);
        const told = JSON.stringify({ ...bounds, ...how });
        if (whole.verdict !== 'unknown') expect(reduced.verdict, told).toBe(whole.verdict);
        if (reduced.verdict === 'holds') expect(reduced.states, told).toBeLessThanOrEqual(whole.states);
      }
    }
  },
  60_000,
);

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

test('a protocol that reads clocks is refused where its model keeps none', async () => {
  const timeless = { ...leaseLockModel, explore: {} };
  await expect(explore(timeless)).rejects.toThrow("lease-lock reads clocks in 'request'");
  await expect(explore(abdModel, { ticks: 3 })).rejects.toThrow('abd keeps no clocks');
  const odd = { ...leaseLockModel, explore: { clocks: { tick: 30, ticks: 3 } } };
  await expect(explore(odd)).rejects.toThrow('ticks of 30 ms and clocks that are off by 40 ms');
});

test('clocks are off as far as their bound allows, and no further', async () => {
  // Lent until 20 ms later by a clock, and again when that is surely over: 10 ms more, and later than that by a tick.
  const apart = (least: number) =>
    always(lender, `${least} ms apart`, ({ nodes }) => {
      const [one, two] = nodes.map(({ memory }) => memory.mine) as [number, number];
      return one === 0 || two === 0 || Math.abs(one - two) >= least || `until ${one} and until ${two}`;
    });
  const verdict = async (least: number) =>
    (await explore({ ...lenderModel, properties: [apart(least)] }, { clients: '' })).result.verdict;
  expect([await verdict(40), await verdict(50)]).toEqual(['holds', 'violated']);
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
  expect(['n1,n2 led', 'n2,n1 led']).toContain(result.violation?.explanation);
});

test('a handler that does one thing on a draft and another on a plain object is refused', async () => {
  const nosy = protocol({
    name: 'nosy',
    message: typed<{ type: 'm' }>(),
    timer: typed<'t'>(),
    disk: () => ({}),
    memory: () => ({ drafted: false }),
    start(_, { setTimer }) {
      setTimer('t', 1);
    },
    timeout: {
      t({ memory }) {
        memory.drafted = types.isProxy(memory);
      },
    },
    on: { m() {} },
  });
  const tried = model(nosy, { nodes: 2, nemeses: [], properties: [] });
  await expect(explore(tried, { clients: '' })).rejects.toThrow(
    "nosy does one thing on immer drafts and another on plain objects in 't'",
  );
});
