/** Counterexamples of machines: those that are kept still fail, and what is found replays, or says what stands in the way. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { canonicalJson, type Json } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { action, type Machine, machine } from '../../src/explore/machine.ts';
import { searchMachine } from '../../src/explore/machine-search.ts';
import { type ActionRef, follow, type MachineTrace, traceOf } from '../../src/explore/machine-trace.ts';
import {
  formatMachineCounterexample,
  type MachineCounterexample,
  readMachineCounterexample,
  replayMachine,
  replaySavedMachine,
  savedMachineCounterexamples,
  saveMachineCounterexample,
} from '../../src/runner/machine-counterexample.ts';
import { loadMachines } from '../../src/runner/registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'clew-machines-'));
afterAll(() => rmSync(folder, { recursive: true }));

const machines = await loadMachines();

test.each(machines.map((each) => [each.name, each] as const))(
  'what is saved of %s still fails with its planted bug, each bug is among it, and the correct machine survives it',
  (name, each) => {
    const saved = replaySavedMachine(each);
    for (const { file, counterexample, run, stillFails } of saved) {
      expect([file, stillFails, run.hindrance]).toEqual([file, true, undefined]);
      expect(run.violation?.explanation, file).toBe(counterexample.explanation);
      expect(counterexample.mutant, file).not.toBeNull();
      const correct = replayMachine(file, { ...counterexample, mutant: null }, each);
      expect(correct.run.violation, file).toBeUndefined();
      expect(correct.run.hindrance, file).toMatch(/^action \d+ of \d+, .* is not possible after action \d+$/);
    }
    const caught = new Set(saved.map(({ counterexample }) => counterexample.mutant));
    expect([...caught].sort(), name).toEqual(Object.keys(each.definition.mutants ?? {}).sort());
  },
);

interface Walk {
  at: number;
  flag: boolean;
}

/** A walk on a small circle: some actions share a name, some need not be fair, and it may begin in two places. */
function randomMachine(seed: number): Machine<Walk> {
  const random = new Random(seed);
  const size = random.between(3, 5);
  const acts = Array.from({ length: random.between(2, 4) }, () => {
    const [to, from, flips, fair] = [
      random.below(size),
      random.below(size),
      random.below(3) === 0,
      random.below(4) > 0,
    ];
    const any = random.below(4) === 0;
    return action<Walk>(
      random.pick(['go', 'hop', 'run']),
      ({ at }) => any || at === from,
      (state) => {
        state.at = to;
        if (flips) state.flag = !state.flag;
      },
      { fair },
    );
  });
  const two = random.below(2) === 0;
  return machine({
    name: 'walk',
    init: (): Walk[] => [{ at: 0, flag: false }, ...(two ? [{ at: 1, flag: false }] : [])],
    actions: () => acts,
    always:
      random.below(3) === 0 ? { 'not all the way round': ({ at, flag }) => at !== size - 1 || !flag } : {},
    eventually: random.below(2) === 0 ? { 'is flagged': ({ flag }) => flag } : {},
    leadsTo: { 'comes home': [({ at }) => at === 1, ({ at }) => at === 0] },
  });
}

const named = (walk: Machine<Walk>, found: Partial<MachineCounterexample>): MachineCounterexample => ({
  ...{
    model: walk.name,
    mutant: null,
    property: '',
    explanation: '',
    trace: { nodes: walk.nodes, actions: [] },
  },
  ...found,
});

test('what is found in random machines is saved, read, and fails again in the same way', async () => {
  const found = { state: 0, round: 0, end: 0, initial: 0, nth: 0 };
  for (let seed = 0; seed < 2000; seed++) {
    const walk = randomMachine(seed);
    const { violation } = await searchMachine(walk);
    if (!violation) continue;
    const { property, explanation } = violation;
    const trace = traceOf(walk, {}, violation);
    const file = join(folder, 'walk.json');
    const counterexample = named(walk, { property, explanation, trace });
    writeFileSync(file, formatMachineCounterexample(counterexample));
    const read = readMachineCounterexample(file);
    expect(read, `seed ${seed}`).toEqual(counterexample);
    const { run, stillFails } = replayMachine(file, read, walk);
    expect([stillFails, run.violation], `seed ${seed}`).toEqual([true, { property, explanation }]);
    expect(run.steps, `seed ${seed}`).toEqual(violation.steps);
    found[!trace.round ? 'state' : trace.round.length > 0 ? 'round' : 'end']++;
    if ('initial' in trace) found.initial++;
    if ([...trace.actions, ...(trace.round ?? [])].some(({ nth }) => nth > 1)) found.nth++;
  }
  for (const [kind, times] of Object.entries(found)) expect(times, kind).toBeGreaterThan(50);
});

/** By the book: whether the trace is a fair run of the machine that violates the property of runs, its round unrolled. */
function naive(
  { definition }: Machine<Walk>,
  property: string,
  { initial, actions, round = [] }: MachineTrace,
): boolean {
  const all = definition.actions([], null);
  const find = ({ name, nth }: ActionRef) => all.filter((each) => each.name === name)[nth - 1]!;
  let state = (initial ?? (definition.init([]) as Walk[])[0]) as Walk;
  const states = [state];
  const [stem, ...rounds] = [actions, round, round, round];
  const ends: Walk[] = [];
  const inRound: { state: Walk; taken: ActionRef | undefined }[] = [];
  for (const [index, part] of [stem, ...rounds].entries()) {
    for (const ref of part) {
      if (!find(ref).when(state)) return false;
      if (index === 3) inRound.push({ state, taken: ref });
      state = structuredClone(state);
      find(ref).then(state);
      states.push(state);
    }
    ends.push(state);
  }
  if (new Set(ends.map(canonicalJson)).size > 1) return false;
  if (round.length === 0) inRound.push({ state, taken: undefined });
  const done = new Set(inRound.flatMap(({ taken }) => (taken ? [find(taken)] : [])));
  if (all.some((each) => each.fair && !done.has(each) && inRound.every((at) => each.when(at.state))))
    return false;
  if (property === 'is flagged') return states.every(({ flag }) => !flag);
  // What is owed is owed for a whole round at least.
  const owing = states.slice(0, states.length - round.length);
  return owing.some(({ at }, index) => at === 1 && states.slice(index).every((later) => later.at !== 0));
}

test('whether any trace is a fair run that owes something is judged as by the book', () => {
  let violated = 0;
  for (let seed = 0; seed < 20_000; seed++) {
    const random = new Random(seed + 7);
    const made = randomMachine(seed % 400);
    const { always: _, ...rest } = made.definition;
    const walk = machine({ ...rest, eventually: { 'is flagged': ({ flag }) => flag } });
    const all = walk.definition.actions([], null);
    const refs = all.map(({ name }, i) => ({
      name,
      nth: all.slice(0, i + 1).filter((each) => each.name === name).length,
    }));
    const some = (most: number) => Array.from({ length: random.below(most) }, () => random.pick(refs));
    const initial = random.pick(walk.definition.init([]) as Walk[]) as unknown as Json;
    const trace = { nodes: 3, initial, actions: some(3), round: some(4) };
    const property = random.pick(['is flagged', 'comes home']);
    const expected = naive(walk, property, trace);
    const { violation, hindrance } = follow(walk, null, { property, trace });
    expect(violation?.property, `seed ${seed}`).toBe(expected ? property : undefined);
    if (expected) violated++;
    else if (violation) expect(hindrance).toBeUndefined();
  }
  expect(violated).toBeGreaterThan(500);
  expect(violated).toBeLessThan(15_000);
});

const counter = (most: number, name = 'up', initial: readonly number[] = [0]) =>
  machine({
    name: 'counter',
    init: () => initial.map((at) => ({ at })),
    actions: () => [
      action(
        name,
        ({ at }: { at: number }) => at < most,
        (state: { at: number }) => void state.at++,
      ),
    ],
    always: { 'below three': ({ at }) => at < 3 },
    eventually: { 'gets to nine': ({ at }) => at === 9 },
  });

const up = { name: 'up', nth: 1 };
const three: MachineCounterexample = {
  ...{ model: 'counter', mutant: null, property: 'below three', explanation: 'does not hold' },
  trace: { nodes: 3, actions: [up, up, up] },
};

test('a machine that has changed says which action stands in the way', () => {
  const replayed = (tried: ReturnType<typeof counter>, changed: Partial<MachineCounterexample> = {}) =>
    replayMachine('a.json', { ...three, ...changed }, tried);
  expect(replayed(counter(9))).toMatchObject({ stillFails: true, run: { steps: { length: 3 } } });
  expect(replayed(counter(2))).toMatchObject({
    stillFails: false,
    run: {
      violation: undefined,
      hindrance: 'action 3 of 3, up, is not possible after action 2',
      steps: { length: 2 },
    },
  });
  expect(replayed(counter(9, 'down')).run.hindrance).toBe(
    'action 1 of 3, up, is not one of counter any more (it has: down)',
  );
  expect(() => replayed(counter(9), { mutant: 'x' })).toThrow(
    /^a\.json: mutant 'x', which counter does not have/,
  );
  expect(() => replayed(counter(9), { property: 'x' })).toThrow(/\(it has: below three, gets to nine\)$/);
  expect(() => replayed(counter(9), { property: 'gets to nine' })).toThrow('a.json: round is missing');
  expect(() => replayed(counter(9, 'up', [0, 1]))).toThrow('a.json: initial is missing; counter has 2');
  const elsewhere = { trace: { ...three.trace, initial: { at: 7 } } };
  expect(() => replayed(counter(9), elsewhere)).toThrow(
    /initial state \{"at":7\}, which counter does not have/,
  );
  const twice = { trace: { nodes: 3, actions: [{ name: 'up', nth: 2 }] } };
  expect(replayed(counter(9), twice).run.hindrance).toMatch(
    /^action 1 of 1, up \(no. 2\), is not one of counter/,
  );
  const stays = { property: 'gets to nine', trace: { nodes: 3, actions: [up], round: [] } };
  expect(replayed(counter(1), stays).stillFails).toBe(true);
  expect(replayed(counter(2), stays).run.hindrance).toBe('the run does not end here: up is possible');
});

test('a file is kept while it fails and is no longer than another of its kind; a shorter one stands beside it', () => {
  const own = join(folder, 'saved');
  const save = (tried: ReturnType<typeof counter>, length: number) =>
    saveMachineCounterexample(
      tried,
      { ...three, trace: { nodes: 3, actions: Array.from({ length }, () => up) } },
      own,
    );
  const first = save(counter(9), 4);
  expect(first).toMatch(/counter[\\/]below-three-[0-9a-f]{8}\.trace\.json$/);
  expect(save(counter(9), 5)).toBe(first);
  const shorter = save(counter(9), 3);
  expect(shorter).toBe(first.replace('.trace.json', '-2.trace.json'));
  expect(save(counter(9), 3)).toBe(shorter);
  expect(savedMachineCounterexamples('counter', own).sort()).toEqual([first, shorter].sort());
  writeFileSync(first, 'somebody else’s');
  writeFileSync(shorter, readFileSync(shorter, 'utf8').replaceAll('"up"', '"gone"'));
  const third = save(counter(9), 3);
  expect(third).toBe(first.replace('.trace.json', '-3.trace.json'));
  expect(existsSync(third)).toBe(true);
  expect(readdirSync(join(own, 'counter'))).toHaveLength(3);
});
