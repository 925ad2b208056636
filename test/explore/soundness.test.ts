/**
 * Small protocols and machines for which a shortcut of the search would be unsound: each has a violation that is easy to
 * miss, or none that is easy to imagine, and every way to search must say the same.
 */
import { expect, test } from 'vitest';
import { action, machine } from '../../src/explore/machine.ts';
import { searchMachine } from '../../src/explore/machine-search.ts';
import { machineSystem } from '../../src/explore/machine-system.ts';
import { search } from '../../src/explore/search.ts';
import { always, disk, eventually, historyProperty, model, protocol, spec, typed } from '../../src/index.ts';
import { type ExploreOptions, explore } from '../../src/runner/explore.ts';
import type { Model } from '../../src/runner/model.ts';

const verdicts = async (tried: Model, options: ExploreOptions, ways: readonly ExploreOptions[]) => {
  const found: string[] = [];
  for (const way of ways) found.push((await explore(tried, { ...options, ...way })).result.verdict);
  return found;
};

const ways: readonly ExploreOptions[] = [
  {},
  { forget: false },
  { reduce: false },
  { order: 'depth' },
  { order: 'deviations' },
];

test('a message is not dead because it would be in a world that shares its receiver and not who is told on', async () => {
  const fork = protocol({
    name: 'fork',
    message: typed<{ type: 'm' } | { type: 'x' } | { type: 'fwd' }>(),
    timer: typed<'p' | 'q'>(),
    disk: () => ({}),
    memory: () => ({ state: 'i' }),
    start(_, { self, setTimer }) {
      if (self === 'n1') return;
      setTimer('p', 1);
      setTimer('q', 1);
    },
    timeout: {
      p({ memory }, { send }) {
        memory.state = 's';
        send('n1', { type: 'm' });
        send('n1', { type: 'x' });
      },
      q({ memory }, { send }) {
        memory.state = 't';
        send('n1', { type: 'm' });
        send('n1', { type: 'x' });
      },
    },
    on: {
      x({ memory }) {
        memory.state = 'L2';
      },
      m({ memory }, _, { send }) {
        if (memory.state === 'L2') send('n2', { type: 'fwd' });
      },
      fwd({ memory }) {
        if (memory.state === 't') memory.state = 'bad';
      },
    },
  });
  const never = always(fork, 'never bad', ({ nodes }) => nodes.every(({ memory }) => memory.state !== 'bad'));
  const tried = model(fork, { nodes: 2, nemeses: [], properties: [never] });
  expect(await verdicts(tried, { clients: '', timeouts: 1 }, ways)).toEqual(ways.map(() => 'violated'));
});

test('no message is forgotten where a property minds a step at which a node does nothing', async () => {
  const quiet = protocol({
    name: 'quiet',
    message: typed<{ type: 'hello' }>(),
    timer: typed<'t'>(),
    disk: () => ({}),
    memory: () => ({ told: false }),
    start(_, { self, setTimer }) {
      if (self === 'n1') setTimer('t', 10);
    },
    timeout: {
      t({ memory }, { peers, send }) {
        memory.told = true;
        for (const peer of peers) send(peer, { type: 'hello' });
      },
    },
    on: { hello() {} },
  });
  const remembering = always(
    quiet,
    'n2 takes no step after n1 has told',
    ({ changed }, seen) => {
      if (changed?.memory.told) seen.told = true;
      return !(seen.told && changed?.id === 'n2');
    },
    () => ({ told: false }),
  );
  const looking = always(
    quiet,
    'n2 takes no step while n1 has told',
    ({ changed, nodes }) => changed?.id !== 'n2' || !nodes[0]!.memory.told,
  );
  for (const property of [remembering, looking]) {
    const tried = model(quiet, { nodes: 2, nemeses: [], properties: [property] });
    expect(await verdicts(tried, { clients: '', timeouts: 1 }, ways)).toEqual(ways.map(() => 'violated'));
  }
});

test('a crash while nodes begin takes only what the crashed one has sent itself', async () => {
  const hello = protocol({
    name: 'hello',
    message: typed<{ type: 'hi' }>(),
    timer: typed<never>(),
    disk: () => ({}),
    memory: () => ({ ready: false }),
    start(_, { self, send }) {
      send(self, { type: 'hi' });
    },
    timeout: {},
    on: {
      hi({ memory }) {
        memory.ready = true;
      },
    },
  });
  const live = eventually(hello, 'all are ready', ({ nodes }) => nodes.every(({ memory }) => memory.ready));
  const tried = model(hello, { nodes: 2, nemeses: [], properties: [live] });
  expect((await explore(tried, { clients: '', crashes: 1 })).result.verdict).toBe('holds');
});

test('a crash comes between two writes to a disk, and in the middle of a start', async () => {
  const twice = protocol({
    name: 'twice',
    message: typed<never>(),
    timer: typed<'t'>(),
    disk: () => ({ x: 0, y: 0 }),
    memory: () => ({}),
    start(_, { setTimer }) {
      setTimer('t', 10);
    },
    timeout: {
      t({ disk: own }, { persist }) {
        own.x++;
        persist();
        own.y++;
        persist();
      },
    },
    on: {},
  });
  const even = always(twice, 'x is y', ({ nodes }) => nodes.every(({ disk: { x, y } }) => x === y));
  const between = await explore(model(twice, { nodes: 1, nemeses: [disk()], properties: [even] }), {
    ...{ clients: '', timeouts: 1, crashes: 1 },
  });
  expect([between.result.verdict, between.failure?.schedule?.deviations[0]?.kind]).toEqual([
    'violated',
    'disk',
  ]);

  const epochs = protocol({
    name: 'epochs',
    message: typed<{ type: 'epoch'; n: number }>(),
    timer: typed<never>(),
    disk: () => ({ n: 0 }),
    memory: () => ({ seen: [] as number[] }),
    start({ disk: own }, { peers, send, persist }) {
      own.n++;
      for (const peer of peers) send(peer, { type: 'epoch', n: own.n });
      persist();
    },
    timeout: {},
    on: {
      epoch({ memory }, { n }) {
        memory.seen.push(n);
      },
    },
  });
  const once = always(epochs, 'each epoch is seen once', ({ nodes }) =>
    nodes.every(({ memory: { seen } }) => new Set(seen).size === seen.length),
  );
  const starting = await explore(model(epochs, { nodes: 2, nemeses: [disk()], properties: [once] }), {
    ...{ clients: '', crashes: 2 },
  });
  expect([starting.result.verdict, starting.failure?.schedule === undefined]).toEqual(['violated', false]);
});

test('a write is torn where the protocol says what that leaves, in a schedule that replays', async () => {
  const tears = protocol({
    name: 'tears',
    message: typed<never>(),
    timer: typed<'t'>(),
    disk: () => ({ x: 0, y: 0 }),
    memory: () => ({}),
    torn: (before, after) => ({ ...before, x: after.x }),
    start(_, { setTimer }) {
      setTimer('t', 10);
    },
    timeout: {
      t({ disk: own }, { persist }) {
        own.x++;
        own.y++;
        persist();
      },
    },
    on: {},
  });
  const even = always(tears, 'x is y', ({ nodes }) => nodes.every(({ disk: { x, y } }) => x === y));
  const tried = model(tears, { nodes: 1, nemeses: [disk()], properties: [even] });
  const { result, failure } = await explore(tried, { clients: '', timeouts: 1, crashes: 1 });
  expect([result.verdict, failure?.schedule?.deviations[0]]).toMatchObject([
    'violated',
    { kind: 'disk', keep: 0, torn: true },
  ]);
});

test('a property is asked again when all that changed is that the node went down', async () => {
  const upper = protocol({
    name: 'upper',
    message: typed<{ type: 'm' }>(),
    timer: typed<'t'>(),
    disk: () => ({ x: 0 }),
    memory: () => ({}),
    start(_, { setTimer }) {
      setTimer('t', 1);
    },
    timeout: {
      t({ disk: own }, { peers, send, persist }) {
        for (const peer of peers) send(peer, { type: 'm' });
        own.x = 0;
        persist();
      },
    },
    on: { m() {} },
  });
  const up = always(upper, 'who changes is up', ({ changed }) => !changed || changed.up);
  const tried = model(upper, { nodes: 2, nemeses: [disk()], properties: [up] });
  expect((await explore(tried, { clients: '', timeouts: 1, crashes: 1 })).result.verdict).toBe('violated');
});

test('what a handler would do in a state that no message finds it in does not end the search', async () => {
  const counts = protocol({
    name: 'counts',
    message: typed<{ type: 'm' }>(),
    timer: typed<'t'>(),
    disk: () => ({}),
    memory: (): { count?: number } => ({}),
    start({ memory }, { setTimer }) {
      memory.count = 0;
      setTimer('t', 10);
    },
    timeout: {
      t(_, { peers, send }) {
        for (const peer of peers) send(peer, { type: 'm' });
      },
    },
    on: {
      m({ memory }) {
        memory.count! += 1;
      },
    },
  });
  const tried = model(counts, { nodes: 2, nemeses: [], properties: [] });
  const options = { clients: '', timeouts: 1, crashes: 1 };
  expect(await verdicts(tried, options, [{}, { forget: false }])).toEqual(['holds', 'holds']);
});

test('interchangeable nodes are renamed in what clients saw, too', async () => {
  const leader = spec({ name: 'leader', init: () => ({ who: '' }), ops: { who: ({ who }) => who } });
  const who = protocol({
    name: 'who',
    implements: leader,
    message: typed<{ type: 'lead' }>(),
    disk: () => ({}),
    memory: () => ({ follows: '' }),
    client: {
      who({ memory }, call, { self, reply, broadcast }) {
        if (memory.follows === '') broadcast({ type: 'lead' });
        reply(call.id, memory.follows || self);
      },
    },
    on: {
      lead({ memory }, _, { from }) {
        memory.follows = from;
      },
    },
  });
  const same = historyProperty('all are told the same', (history) => {
    const told = history.filter(({ type }) => type === 'ok').map(({ value }) => value);
    return new Set(told).size < 2 ? { valid: true } : { valid: false, explanation: told.join() };
  });
  const first = historyProperty('n1 is told of first', (history) => {
    const told = history.find(({ type }) => type === 'ok')?.value;
    return told === undefined || told === 'n1' || told === 'n2'
      ? { valid: true }
      : { valid: false, explanation: '' };
  });
  for (const [property, verdict] of [
    [same, 'violated'],
    [first, 'holds'],
  ] as const) {
    const tried = model(who, { nodes: 2, nemeses: [], properties: [property], explore: { symmetry: true } });
    const found = await verdicts(tried, { clients: 'who,who;who', timeouts: 0 }, [{}, { symmetry: true }]);
    expect(found).toEqual([verdict, verdict]);
  }
  const unsure = historyProperty('cannot tell', () => ({ valid: 'unknown', reason: 'it never can' }));
  const tried = model(who, { nodes: 2, nemeses: [], properties: [unsure] });
  expect((await explore(tried, { clients: 'who', timeouts: 0 })).notJudged).toEqual([
    { property: 'cannot tell', why: 'it could not tell of some history: it never can' },
  ]);
});

test('what looked at the time is said not to be judged and violates nothing', async () => {
  const late = protocol({
    name: 'late',
    message: typed<never>(),
    timer: typed<'t'>(),
    disk: () => ({}),
    memory: () => ({ done: 0 }),
    start(_, { setTimer }) {
      setTimer('t', 10);
    },
    timeout: {
      t({ memory }) {
        memory.done = 1;
      },
    },
    on: {},
  });
  const timely = always(late, 'not before 5 ms', ({ time, nodes }) => time >= 5 || !nodes[0]!.memory.done);
  const ended = always(
    late,
    'tells of what it saw in time',
    ({ time, nodes }, seen) => {
      if (nodes[0]!.memory.done && time === 0) seen.early = true;
      return !seen.early;
    },
    () => ({ early: false }),
  );
  const tried = model(late, { nodes: 1, nemeses: [], properties: [timely, ended] });
  const { result, notJudged } = await explore(tried, { clients: '', timeouts: 1 });
  expect([result.verdict, notJudged.map(({ property }) => property)]).toEqual([
    'holds',
    ['not before 5 ms', 'tells of what it saw in time'],
  ]);
});

test('a random number that seldom matters is told to matter', async () => {
  const seldom = protocol({
    name: 'seldom',
    message: typed<never>(),
    timer: typed<'t'>(),
    disk: () => ({}),
    memory: () => ({ bad: false }),
    start(_, { setTimer }) {
      setTimer('t', 10);
    },
    timeout: {
      t({ memory }, { random }) {
        if (random() < 0.01) memory.bad = true;
      },
    },
    on: {},
  });
  const { drawn } = await explore(model(seldom, { nodes: 1, nemeses: [], properties: [] }), { timeouts: 1 });
  expect(drawn).toEqual(['t']);
});

test('the fewest deviations are found where a way of more is shorter', async () => {
  const ways = protocol({
    name: 'ways',
    message: typed<{ type: 'a' } | { type: 'b' }>(),
    timer: typed<'t'>(),
    disk: () => ({}),
    memory: () => ({ at: 0 }),
    start(_, { self, setTimer, send }) {
      setTimer('t', 10);
      if (self === 'n1') send('n2', { type: 'a' });
    },
    timeout: {
      t({ memory }) {
        memory.at = 9;
      },
    },
    on: {
      a({ memory }, _, { send }) {
        memory.at = 1;
        send('n1', { type: 'b' });
      },
      b({ memory }) {
        memory.at = 9;
      },
    },
  });
  const never = always(ways, 'not 9', ({ nodes }) => nodes.every(({ memory }) => memory.at !== 9));
  const tried = model(ways, { nodes: 2, nemeses: [], properties: [never] });
  const options = { clients: '', timeouts: 1 };
  const { failure } = await explore(tried, { ...options, order: 'deviations' });
  expect(failure?.trace).toHaveLength(2);
  await expect(explore(tried, { ...options, order: 'deviations', depth: 3 })).rejects.toThrow(
    "a depth with the order 'deviations'",
  );
});

interface Growing {
  at: number;
  list: number[];
}

test('states that outgrow the shape of the first are kept apart from those that do not', async () => {
  const grows = machine({
    name: 'grows',
    init: (): Growing => ({ at: 0, list: [0] }),
    actions: () => [
      action<Growing>(
        'grow',
        ({ at, list }) => at === 0 && list.length < 2,
        ({ list }) => void list.push(1),
      ),
      action<Growing>(
        'one',
        ({ at, list }) => at === 0 && list.length === 1,
        (state) => {
          state.at = 1;
        },
      ),
      action<Growing>(
        'two',
        ({ at }) => at === 1,
        (state) => {
          state.at = 2;
        },
      ),
    ],
    always: { 'at is never 2': ({ at }) => at !== 2 },
  });
  for (const executor of ['copying', 'immer'] as const) {
    const { verdict, states } = await search(machineSystem(grows, { executor }));
    expect([executor, verdict, states]).toEqual([executor, 'violated', 4]);
  }
});

/** A machine with one field, which takes these values one after the other. */
const through = (values: readonly unknown[]) =>
  machine({
    name: 'through',
    init: (): { at: number; field: unknown } => ({ at: 0, field: 'begin' }),
    actions: () => [
      action<{ at: number; field: unknown }>(
        'next',
        ({ at }) => at < values.length,
        (state) => {
          state.field = values[state.at];
          state.at++;
        },
      ),
    ],
  });

test('a state that is not JSON is refused by both executors, with its path', async () => {
  for (const executor of ['copying', 'immer'] as const) {
    for (const [value, found] of [
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [undefined, 'undefined'],
      [10n, 'a bigint'],
    ] as const) {
      await expect(search(machineSystem(through([null, value]), { executor }))).rejects.toThrow(
        `a state has field = ${found}; expected JSON`,
      );
    }
  }
});

test('keys that all objects inherit something by are keys like others', async () => {
  const inherits = machine({
    name: 'inherits',
    init: (): { fields: Record<string, number> } => ({ fields: { first: 0 } }),
    actions: () =>
      ['constructor', 'toString'].map((key) =>
        action<{ fields: Record<string, number> }>(
          key,
          ({ fields }) => !Object.hasOwn(fields, key),
          ({ fields }) => {
            fields[key] = 1;
          },
        ),
      ),
  });
  for (const executor of ['copying', 'immer'] as const)
    expect((await search(machineSystem(inherits, { executor }))).states).toBe(4);
});

test('a condition or a property that changes the state is refused, and what an action returns is nothing', async () => {
  const sorts = machine({
    name: 'sorts',
    init: () => ({ list: [2, 1] }),
    actions: () => [
      action<{ list: number[] }>(
        'look',
        ({ list }) => list.sort()[0] === 1,
        () => {},
      ),
    ],
  });
  await expect(search(machineSystem(sorts))).rejects.toThrow(
    'a condition of machine sorts changed the state',
  );
  const pops = machine({
    name: 'pops',
    init: () => ({ list: [2, 1] }),
    actions: () => [],
    always: { 'ends in 1': ({ list }) => list.pop() === 1 },
  });
  await expect(search(machineSystem(pops))).rejects.toThrow('a property of machine pops changed the state');
  const returns = machine({
    name: 'returns',
    init: () => ({ at: 0 }),
    actions: () => [
      action<{ at: number }>(
        'step',
        ({ at }) => at < 3,
        (state) => (state.at += 1) as never,
      ),
    ],
  });
  for (const executor of ['copying', 'immer'] as const)
    expect((await search(machineSystem(returns, { executor }))).states).toBe(4);
});

test('the same states lie at a bound of depth, whatever the order, and fair runs are not looked for beyond it', async () => {
  const jumps = machine({
    name: 'jumps',
    init: () => ({ at: 0 }),
    actions: () => [
      action<{ at: number }>(
        'jump',
        ({ at }) => at === 0 || at === 10,
        (state) => {
          state.at = state.at === 0 ? 10 : 4;
        },
      ),
      action<{ at: number }>(
        'step',
        ({ at }) => at < 5,
        (state) => {
          state.at++;
        },
      ),
    ],
  });
  for (const order of ['breadth', 'depth'] as const)
    expect((await search(machineSystem(jumps), { order, depth: 4 })).cut).toBe(0);
  const counts = machine({
    name: 'counts',
    init: () => ({ at: 0 }),
    actions: () => [
      action<{ at: number }>(
        'step',
        () => true,
        (state) => {
          state.at++;
        },
      ),
    ],
    eventually: { 'is 99': ({ at }) => at === 99 },
  });
  const { verdict, notJudged } = await searchMachine(counts, {}, { depth: 5 });
  expect([verdict, notJudged.map(({ property }) => property)]).toEqual(['holds', ['is 99']]);
});
