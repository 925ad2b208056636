/** Machines: published counts, and small random machines against naive enumeration. */
import { expect, test } from 'vitest';
import { twoPhase } from '../../models/two-phase.ts';
import { canonicalJson } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { action, type Machine, machine } from '../../src/explore/machine.ts';
import { type MachineBounds, machineSystem } from '../../src/explore/machine-system.ts';
import { search } from '../../src/explore/search.ts';
import { type Order, orders } from '../../src/explore/search-result.ts';
import { permutations, renamed } from '../../src/explore/symmetry.ts';

const explored = async (bounds: MachineBounds, order: Order = 'breadth') =>
  await search(machineSystem(twoPhase, bounds), { order });

test('TwoPhase has the states that TLC counts, on either executor', async () => {
  for (const executor of ['copying', 'immer'] as const) {
    const three = await explored({ nodes: 3, executor });
    // TLC counts the initial state among those generated.
    expect([three.states, three.transitions + 1]).toEqual([288, 1146]);
    const five = await explored({ nodes: 5, executor });
    expect([five.verdict, five.states, five.depth]).toEqual(['holds', 8832, 16]);
    expect(five.unseen).toEqual([]);
  }
});

test('TwoPhase with five, sorted by rmState and depth first, has the 665 states of Stateright', async () => {
  expect((await explored({ nodes: 5, symmetry: 'sorted' }, 'depth')).states).toBe(665);
});

test('full symmetry leaves one state of each orbit, whatever the order of the search', async () => {
  const system = machineSystem(twoPhase, { nodes: 4 });
  const ids = ['rm1', 'rm2', 'rm3', 'rm4'];
  const namings = permutations(ids).map((order) => new Map(order.map((id, i) => [id, ids[i]!])));
  const orbits = new Set(
    everyState(system).map((state) => namings.map((names) => canonicalJson(renamed(state, names))).sort()[0]),
  );
  for (const order of orders) {
    expect((await explored({ nodes: 4, symmetry: 'full' }, order)).states).toBe(orbits.size);
  }
});

/** Voters choose among colours, once or, with the planted bug, again; two of three decide. */
const colours = ['red', 'green', 'blue'];
const sides = ['left', 'right'];
interface Poll {
  readonly votes: Record<string, string | null>;
  readonly decided: string[];
  side: string | null;
}
const poll = machine({
  name: 'poll',
  symmetry: true,
  values: [colours, sides],
  mutants: { 'votes-again': { story: 'A voter votes twice.', source: 'none' } },
  init: (ids): Poll => ({ votes: Object.fromEntries(ids.map((id) => [id, null])), decided: [], side: null }),
  actions: (ids, mutant) => [
    ...sides.map((side) =>
      action<Poll>(
        `choose ${side}`,
        (state) => state.side === null,
        (state) => void (state.side = side),
      ),
    ),
    ...colours.flatMap((colour) =>
      ids.map((id) =>
        action<Poll>(
          `${id} votes ${colour}`,
          ({ votes }) => mutant === 'votes-again' || votes[id] === null,
          ({ votes }) => void (votes[id] = colour),
        ),
      ),
    ),
    ...colours.map((colour) =>
      action<Poll>(
        `decide ${colour}`,
        ({ votes, decided }) =>
          !decided.includes(colour) && Object.values(votes).filter((vote) => vote === colour).length >= 2,
        ({ decided }) => void decided.push(colour),
      ),
    ),
  ],
  always: { 'at most one is decided': ({ decided }) => decided.length <= 1 },
});

test('values and participants are interchangeable together: one state of each orbit, and the same verdict', async () => {
  const kinds = [
    ['n1', 'n2', 'n3'],
    ['red', 'green', 'blue'],
    ['left', 'right'],
  ];
  const namings = kinds.reduce<[string, string][][]>(
    (before, kind) =>
      before.flatMap((pairs) =>
        permutations(kind).map((order) => [
          ...pairs,
          ...order.map((name, i): [string, string] => [name, kind[i]!]),
        ]),
      ),
    [[]],
  );
  const orbits = new Set(
    everyState(machineSystem(poll, {})).map(
      (state) => namings.map((names) => canonicalJson(renamed(state, new Map(names)))).sort()[0],
    ),
  );
  for (const order of orders) {
    const reduced = await search(machineSystem(poll, { symmetry: 'full' }), { order });
    expect([reduced.verdict, reduced.states]).toEqual(['holds', orbits.size]);
    const broken = await search(machineSystem(poll, { symmetry: 'full', mutant: 'votes-again' }), { order });
    expect(broken.violation?.property).toBe('at most one is decided');
  }
  const whole = await search(machineSystem(poll, {}), {});
  expect(whole.states).toBeGreaterThan(orbits.size * 10);
  expect(() => machine({ ...poll.definition, values: [['red'], ['red']] })).toThrow(
    "values with 'red' twice",
  );
});

/** All states by naive enumeration, told apart by their canonical text. */
function everyState<State>(system: ReturnType<typeof machineSystem<State>>): State[] {
  const states = new Map<string, State>();
  const todo = [...system.initial()];
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    const text = canonicalJson(state);
    if (states.has(text)) continue;
    states.set(text, state);
    system.expand(state, (next) => todo.push(system.keep(next)));
  }
  return [...states.values()];
}

test('a state that breaks the shape of the others is noticed, whatever it does to it', async () => {
  type Loose = { at: number; box: { held: unknown; list: number[] }; more?: number };
  const breaks: Record<string, (state: Loose) => void> = {
    'a new key': (state) => void (state.more = 1),
    'a key less': (state) => void delete (state.box as Partial<Loose['box']>).held,
    'a longer list': ({ box }) => void box.list.push(7),
    'a shorter list': ({ box }) => void box.list.pop(),
    'a leaf that becomes an object': ({ box }) => void (box.held = { deep: 1 }),
    'an object replaced by one with more keys': (state) =>
      void (state.box = { ...state.box, ...{ extra: 1 } }),
    'an object that becomes a leaf': (state) => void (state.box.list = null as never),
  };
  for (const [name, broken] of Object.entries(breaks)) {
    const counts = (['copying', 'immer'] as const).map(async (executor) => {
      const tried = machine({
        name,
        init: (): Loose => ({ at: 0, box: { held: null, list: [1, 2] } }),
        actions: () => [
          action<Loose>(
            'step',
            ({ at }) => at < 5,
            (state) => void state.at++,
          ),
          action<Loose>(
            name,
            (state) =>
              state.at === 3 &&
              canonicalJson(state.box) === '{"held":null,"list":[1,2]}' &&
              state.more === undefined,
            broken,
          ),
        ],
      });
      return (await search(machineSystem(tried, { executor }))).states;
    });
    expect(await Promise.all(counts), name).toEqual([9, 9]);
  }
});

interface Walk {
  at: number;
  seen: Record<string, number>;
  list: number[];
}

/** A machine with nothing behind it: each action tests and changes something at random. */
function randomMachine(seed: number): Machine<Walk> {
  const random = new Random(seed);
  const bound = random.between(3, 6);
  return machine({
    name: `random ${seed}`,
    init: (): Walk => ({ at: 0, seen: {}, list: [] }),
    actions: () =>
      Array.from({ length: random.between(2, 5) }, (_, index) => {
        const [step, key, kind, when] = [
          random.between(1, 5),
          random.pick(['a', 'b']),
          random.below(4),
          random.below(3),
        ];
        return action<Walk>(
          `${index}`,
          ({ at, list }) => (at + list.length) % 3 !== when,
          (state) => {
            state.at = (state.at + step) % bound;
            if (kind === 0) state.seen[key] = state.at;
            if (kind === 1) delete state.seen[key];
            if (kind === 2 && state.list.length < 3) state.list.push(state.at % 2);
            if (kind === 3) state.list.shift();
          },
        );
      }),
    always: { 'does not get there': ({ at, list }) => at !== bound - 1 || list.length < 3 },
  });
}

/** How many states, and the fewest steps to one that breaks the property, by the book. */
function naive(tried: Machine<Walk>): { states: number; violatedAt: number | undefined } {
  const { init, actions, always = {} } = tried.definition;
  const [holds] = Object.values(always);
  const acts = actions([], null);
  let layer = [init([]) as Walk];
  const seen = new Set(layer.map(canonicalJson));
  let violatedAt: number | undefined;
  for (let depth = 0; layer.length > 0; depth++) {
    const next: Walk[] = [];
    for (const state of layer) {
      if (holds!(state, []) !== true) violatedAt ??= depth;
      for (const act of acts) {
        if (!act.when(state)) continue;
        const after = structuredClone(state);
        act.then(after);
        const text = canonicalJson(after);
        if (!seen.has(text)) next.push(after);
        seen.add(text);
      }
    }
    layer = next;
  }
  return { states: seen.size, violatedAt };
}

test('every order, executor and way to tell states apart finds what naive enumeration finds', async () => {
  let violated = 0;
  for (let seed = 0; seed < 150; seed++) {
    const expected = naive(randomMachine(seed));
    if (expected.violatedAt !== undefined) violated++;
    for (const order of orders) {
      for (const executor of ['copying', 'immer'] as const) {
        for (const exact of [false, true]) {
          const result = await search(machineSystem(randomMachine(seed), { executor }), { order, exact });
          const told = `seed ${seed}, ${order}, ${executor}, ${exact ? 'exact' : 'hashed'}`;
          expect(result.verdict, told).toBe(expected.violatedAt === undefined ? 'holds' : 'violated');
          if (result.verdict === 'holds') expect(result.states, told).toBe(expected.states);
          else if (order === 'breadth')
            expect(result.violation?.steps.length, told).toBe(expected.violatedAt);
        }
      }
    }
  }
  expect(violated).toBeGreaterThan(20);
  expect(violated).toBeLessThan(130);
});

test('a depth bound means the same states in every order', async () => {
  for (const depth of [0, 1, 4, 7, 11]) {
    const states = [];
    for (const order of ['breadth', 'depth'] as const) {
      const result = await search(machineSystem(twoPhase, { nodes: 4 }), { order, depth });
      expect(result.cut > 0, `depth ${depth}`).toBe(true);
      states.push(result.states);
    }
    expect(states[0], `depth ${depth}`).toBe(states[1]);
  }
});

test('a budget that runs out is an unknown with what was covered', async () => {
  const few = await search(machineSystem(twoPhase, { nodes: 5 }), { maxStates: 500 });
  expect([few.verdict, few.states, few.reason]).toEqual(['unknown', 500, 'the budget of 500 states ran out']);
  const none = await search(machineSystem(twoPhase, { nodes: 5 }), { maxTimeMs: 0 });
  expect([none.verdict, none.frontier]).toEqual(['unknown', 1]);
  const stopped = await search(machineSystem(twoPhase, { nodes: 5 }), { signal: AbortSignal.abort() });
  expect([stopped.verdict, stopped.reason]).toEqual(['unknown', 'interrupted']);
  const full = await search(machineSystem(twoPhase, { nodes: 7 }), { maxMemory: 1 });
  expect(full.verdict).toBe('unknown');
  expect(full.reason).toContain('memory ran out');
});

test('the trace to a violation is the shortest and can be followed', async () => {
  const hasty = machine({
    ...twoPhase.definition,
    actions: (rms) =>
      twoPhase.definition
        .actions(rms, null)
        .map((act) =>
          act.name === 'TMCommit' ? { ...act, when: ({ tmState }) => tmState === 'init' } : act,
        ),
  });
  const { violation, verdict } = await search(machineSystem(hasty, { nodes: 3 }));
  expect(verdict).toBe('violated');
  expect(violation?.steps.map((step) => step.action)).toEqual([
    'TMCommit',
    expect.stringMatching(/^RMRcvCommitMsg/),
    expect.stringMatching(/^RMChooseToAbort/),
  ]);
  expect(violation?.explanation).toMatch(/^rm\d has aborted and rm\d has committed$/);
});
