/** `eventually` under weak fairness, where marking paths while searching goes wrong, and against a naive twin. */
import { expect, test } from 'vitest';
import { twoPhase } from '../../models/two-phase.ts';
import { Random } from '../../src/base/random.ts';
import { action, type Machine, machine } from '../../src/explore/machine.ts';
import { searchMachine } from '../../src/explore/machine-search.ts';

interface At {
  at: number;
}

/** A machine of numbered places and arrows between them, one action an arrow. */
const places = (arrows: readonly (readonly [number, number])[], goal: (at: number) => boolean): Machine<At> =>
  machine({
    name: 'places',
    init: (): At => ({ at: 0 }),
    actions: () =>
      arrows.map(([from, to]) =>
        action<At>(
          `${from} to ${to}`,
          ({ at }) => at === from,
          (state) => void (state.at = to),
        ),
      ),
    eventually: { 'gets there': ({ at }) => goal(at) },
  });

const verdict = async (tried: Machine<At>) => (await searchMachine(tried)).verdict;

test('a run that comes back to a state met before without the property is a counterexample', async () => {
  // Documented by Stateright as its false negative: "eventually odd" on the paths 0 1 and 0 2 4 2 4 …
  const odd = (at: number) => at % 2 === 1;
  const { verdict: told, violation } = await searchMachine(
    places(
      [
        [0, 1],
        [0, 2],
        [2, 4],
        [4, 2],
      ],
      odd,
    ),
  );
  expect(told).toBe('violated');
  expect(violation?.steps.map((step) => step.state.at)).toEqual([2, 4, 2]);
  expect(violation?.goesOn).toBe(1);
});

test('a run that rejoins the states of another without the property is a counterexample', async () => {
  // 0 → 1 (odd) → 4 and 0 → 2 → 4: by 2 it is never odd, although 4 was first reached by way of 1.
  const tried = places(
    [
      [0, 1],
      [1, 4],
      [0, 2],
      [2, 4],
    ],
    (at) => at === 1,
  );
  const { verdict: told, violation } = await searchMachine(tried);
  expect([told, violation?.goesOn]).toEqual(['violated', 'never']);
  expect(violation?.steps.map((step) => step.state.at)).toEqual([2, 4]);
});

test('fairness takes an action that is possible for ever, and not one that is possible now and then', async () => {
  expect(
    await verdict(
      places(
        [
          [0, 0],
          [0, 1],
        ],
        (at) => at === 1,
      ),
    ),
  ).toBe('holds');
  // Weak fairness: from 1 alone one gets away, and the run leaves 1 again each time.
  expect(
    await verdict(
      places(
        [
          [0, 1],
          [1, 0],
          [1, 2],
        ],
        (at) => at === 2,
      ),
    ),
  ).toBe('violated');
  const lazy = machine({
    name: 'lazy',
    init: (): At => ({ at: 0 }),
    actions: () => [
      action<At>(
        'go',
        ({ at }) => at === 0,
        (state) => void (state.at = 1),
        { fair: false },
      ),
    ],
    eventually: { 'gets there': ({ at }) => at === 1 },
  });
  expect(await verdict(lazy)).toBe('violated');
});

test('TwoPhase comes to a decision of the transaction manager, but not always to a commit', async () => {
  const told = async (goal: 'decided' | 'committed') =>
    (
      await searchMachine(
        machine({
          ...twoPhase.definition,
          eventually: {
            [goal]: ({ tmState }) => (goal === 'decided' ? tmState !== 'init' : tmState === 'committed'),
          },
        }),
        { nodes: 3 },
      )
    ).verdict;
  expect(await told('decided')).toBe('holds');
  expect(await told('committed')).toBe('violated');
});

test('random graphs agree with trying all sets of states that a run can stay in', async () => {
  const random = new Random(7);
  const counts = { holds: 0, violated: 0 };
  for (let run = 0; run < 400; run++) {
    const size = random.between(2, 5);
    const arrows = Array.from({ length: random.between(1, 8) }, (): [number, number] => [
      random.below(size),
      random.below(size),
    ]);
    const goal = size - 1;
    const expected = staysForEver(arrows, goal, size) ? 'violated' : 'holds';
    expect(await verdict(places(arrows, (at) => at === goal)), JSON.stringify(arrows)).toBe(expected);
    counts[expected]++;
  }
  expect(Math.min(counts.holds, counts.violated)).toBeGreaterThan(50);
});

/** Whether some set of places without the goal can be reached without it and be what a fair run sees infinitely often. */
function staysForEver(arrows: readonly (readonly [number, number])[], goal: number, size: number): boolean {
  const reach = (from: number, within: (at: number) => boolean): Set<number> => {
    const seen = new Set([from]);
    for (const at of seen) for (const [a, b] of arrows) if (a === at && within(b)) seen.add(b);
    return seen;
  };
  const reached = reach(0, (at) => at !== goal);
  for (let mask = 1; mask < 1 << size; mask++) {
    const inside = (at: number) => (mask & (1 << at)) !== 0;
    const members = Array.from({ length: size }, (_, at) => at).filter(inside);
    if (!members.every((at) => at !== goal && reached.has(at))) continue;
    const [only] = members;
    const leaving = arrows.filter(([from]) => inside(from));
    if (members.length === 1 && leaving.length === 0) return true;
    const connected = members.every((at) => reach(at, inside).size === members.length);
    if (!connected || (members.length === 1 && !leaving.some(([, to]) => to === only))) continue;
    // An arrow is possible everywhere only where there is one place.
    if (members.length > 1 || leaving.every(([, to]) => to === only)) return true;
  }
  return false;
}
