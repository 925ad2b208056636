/** What tells worlds apart: fingerprints that follow a change, and violations on the way to a world met before. */
import { expect, test } from 'vitest';
import { raftModel } from '../../models/raft/properties.ts';
import { twoPhaseCommitModel } from '../../models/two-phase-commit.ts';
import { search } from '../../src/explore/search.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import type { PackedWorld } from '../../src/explore/worlds.ts';
import { always, model, protocol, typed } from '../../src/index.ts';
import { explore } from '../../src/runner/explore.ts';
import { boundsOf } from '../../src/runner/world-settings.ts';

test('the fingerprint that follows an event is the one computed anew', () => {
  const cases = [
    [raftModel, { clients: 'write', timeouts: 2, crashes: 1 }, true],
    [raftModel, { clients: 'write', timeouts: 2, duplicates: 1 }, false],
    [twoPhaseCommitModel, { clients: 'write;read', crashes: 1, drops: 1 }, false],
  ] as const;
  for (const [tried, options, symmetry] of cases) {
    const { protocol, properties } = tried;
    const { bounds } = boundsOf(tried, options);
    const system = new WorldSystem(protocol, { mutant: null, properties, bounds, symmetry });
    let layer = [...system.initial()];
    for (let depth = 0; depth < 6; depth++) {
      const next: PackedWorld[] = [];
      for (const world of layer.slice(-200)) {
        system.expand(world, (successor) => {
          const followed = system.print.slice();
          system.fingerprint(successor);
          expect([...followed]).toEqual([...system.print]);
          system.print.set(followed);
          next.push(successor);
        });
      }
      layer = next;
    }
    expect(layer.length).toBeGreaterThan(100);
  }
});

const twoWays = protocol({
  name: 'two-ways',
  message: typed<never>(),
  timer: typed<'good' | 'bad'>(),
  disk: () => ({}),
  memory: () => ({ done: false }),
  start(_, { setTimer }) {
    setTimer('good', 1);
    setTimer('bad', 2);
  },
  on: {},
  timeout: {
    good({ memory }, { clearTimer }) {
      memory.done = true;
      clearTimer('bad');
    },
    bad({ memory }, { clearTimer, note }) {
      memory.done = true;
      clearTimer('good');
      note('went wrong', null);
    },
  },
});

test('a step that violates something is found although it leads where another step has led', async () => {
  const never = always(
    twoWays,
    'nothing goes wrong',
    ({ notes, firstNewNote }) => notes.length === firstNewNote,
  );
  const tried = model(twoWays, { nodes: 1, nemeses: [], properties: [never] });
  for (const exact of [false, true]) {
    const { result } = await explore(tried, { timeouts: 1, exact });
    expect(result.verdict).toBe('violated');
    expect(result.violation?.steps.map(({ action }) => action)).toEqual(['n1  bad']);
  }
  const bounds = boundsOf(tried, { timeouts: 1 }).bounds;
  const unwatched = new WorldSystem(twoWays, { mutant: null, properties: [], bounds });
  expect((await search(unwatched)).states).toBe(2);
});
