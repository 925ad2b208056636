/** One search by several workers: the same states, transitions and verdicts, whatever the number of workers. */
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { AnyMachine } from '../../src/explore/machine.ts';
import { searchMachine } from '../../src/explore/machine-search.ts';
import type { SearchOptions, SearchResult } from '../../src/explore/search-result.ts';
import { type ExploreOptions, explore } from '../../src/runner/explore.ts';
import { crewForMachine } from '../../src/runner/explore-work.ts';
import type { Model } from '../../src/runner/model.ts';
import { loadMachines, loadModels } from '../../src/runner/registry.ts';
import { Folder } from '../cli/in-folder.ts';

const folder = resolve('models');
const models = await loadModels(folder);
const named = (name: string): Model => models.find((model) => model.name === name)!;
const [machine] = (await loadMachines(folder)).filter(({ name }) => name === 'two-phase') as [AnyMachine];

/** What must not depend on the number of workers. */
function essence({
  verdict,
  states,
  transitions,
  depth,
  cut,
  frontier,
  violation,
  unseen,
}: SearchResult<never>) {
  const trace = violation?.steps.map(({ action }) => action);
  const { property, explanation } = violation ?? {};
  return { verdict, states, transitions, depth, cut, frontier, property, explanation, trace, unseen };
}

async function exploredBy(workers: number, name: string, options: ExploreOptions) {
  const { result, notJudged, failure } = await explore(named(name), {
    ...options,
    workers,
    together: true,
    liveness: false,
  });
  expect(result.workers, name).toBe(workers);
  return { ...essence(result as SearchResult<never>), notJudged, schedule: failure?.schedule };
}

const cases: readonly (readonly [string, ExploreOptions, workers: readonly number[]])[] = [
  ['abd', { clients: 'write;read', crashes: 1, symmetry: true, depth: 9 }, [2, 3, 4]],
  ['abd', { clients: 'write;read,read', mutant: 'no-write-back' }, [2]],
  ['raft', { clients: 'write', timeouts: 2, depth: 6 }, [3]],
  ['raft', { clients: '', crashes: 1, mutant: 'vote-not-persisted' }, [2]],
  ['raft', { clients: 'write', timeouts: 2, maxStates: 3000 }, [3]],
  ['two-phase-commit', { clients: 'write;read', nodes: 2, crashes: 1, timeouts: 1 }, [2]],
];

test.each(cases)(
  '%s with %o is the same for one worker and %o',
  async (name, options, several) => {
    const alone = await exploredBy(1, name, options);
    for (const workers of several) expect(await exploredBy(workers, name, options)).toEqual(alone);
  },
  120_000,
);

test('a machine is the same for one to four workers, with a bound of depth or of states, and symmetric', async () => {
  const tried: readonly (readonly ['none' | 'full', SearchOptions, readonly number[]])[] = [
    ['none', {}, [4]],
    ['none', { depth: 7 }, [2]],
    ['none', { maxStates: 3000 }, [3]],
    ['full', {}, [2]],
  ];
  for (const [symmetry, options, several] of tried) {
    const bounds = { nodes: 5, symmetry };
    const by = async (workers: number) => {
      const crew = crewForMachine(machine, bounds)!;
      return essence(
        await searchMachine<never>(machine, bounds, { ...options, workers, together: true, crew }),
      );
    };
    const alone = await by(1);
    if (symmetry === 'none' && !('depth' in options || 'maxStates' in options))
      expect(alone.states).toBe(8832);
    for (const workers of several) expect(await by(workers)).toEqual(alone);
  }
}, 120_000);

test('workers that others cannot take part with are refused', async () => {
  const { kind, protocol, ...rest } = named('abd');
  await expect(explore({ kind, protocol, ...rest }, { workers: 2 })).rejects.toThrow(
    'no other worker can load',
  );
  await expect(explore(named('abd'), { workers: 2, order: 'depth' })).rejects.toThrow(
    "with the order 'depth'",
  );
  await expect(explore(named('abd'), { workers: 2, exact: true })).rejects.toThrow('with whole states kept');
});

test("workers load a user's model, with its own bound and its planted bugs", async () => {
  const text = `
    import { action, machine, model, protocol, typed, always } from 'clew';
    const ring = protocol({
      name: 'ring', mutants: { throws: { story: 'throws', source: 'none' }, clock: { story: 'looks', source: 'none' } }, message: typed(), timer: typed(), disk: () => ({ sum: 0 }), memory: () => ({}),
      start({}, { self, setTimer }) { setTimer('go', 1); },
      on: { token({ disk }, { hops }, context) {
        const { self, nodes, mutant, send } = context;
        disk.sum += hops;
        if (mutant === 'clock' && hops > 2) disk.sum += context.now % 2;
        if (mutant === 'throws' && disk.sum === 5 && self === 'n3') throw new TypeError('five');
        send(nodes[(nodes.indexOf(self) + 1) % nodes.length], { type: 'token', hops: hops + 1 });
      } },
      timeout: { go({}, { peers, send }) { for (const peer of peers) send(peer, { type: 'token', hops: 1 }); } },
    });
    const small = always(ring, 'sums are whole', ({ changed }) => !changed || Number.isInteger(changed.disk.sum));
    export const ringModel = model(ring, {
      nodes: 3, nemeses: [], properties: [small],
      explore: { within: ({ nodes }) => nodes.every(({ disk }) => disk.sum < 5) },
    });
  `;
  const own = new Folder({ 'ring.ts': text });
  const [ring] = (await loadModels(join(own.path, 'models'))) as [Model];
  const run = async (workers: number, mutant: string | null = null) => {
    const { result, failure } = await explore(ring, {
      ...{ clients: 0, timeouts: 1, liveness: false, workers, together: true, mutant },
    });
    expect(result.workers).toBe(workers);
    return { ...essence(result as SearchResult<never>), trace: failure?.trace };
  };
  const alone = await run(1);
  expect([alone.verdict, alone.states]).toEqual(['holds', 1988]);
  expect(await run(3)).toEqual(alone);
  const throwing = await run(2, 'throws');
  expect(throwing.explanation).toBe("'token' at n3 threw: five");
  await expect(run(2, 'clock')).rejects.toThrow("ring reads clocks in 'token'");
  const told = await own.run('explore ring --clients 0 --timeouts 1 --workers 2 --mutant clock');
  expect(told.code).toBe(3);
  expect(told.stderr).toMatch(/^clew: ring reads clocks in 'token'.*\n$/);
  own.remove();
}, 60_000);

test('states that outgrow the shape of the first are the same for workers who have not met such states themselves', async () => {
  const text = `
    import { action, machine } from 'clew';
    export const journal = machine({
      name: 'journal', nodes: 4,
      init: (ids) => ({ counts: Object.fromEntries(ids.map((id) => [id, 0])), log: ['begin'] }),
      actions: (ids) => ids.flatMap((id) => [
        action(\`count \${id}\`, ({ counts }) => counts[id] < 4, ({ counts }) => { counts[id]++; }),
        action(\`write \${id}\`, ({ counts, log }) => counts[id] === 2 && log.length < 3, ({ log }) => { log.push(id); }),
      ]),
    });
  `;
  const own = new Folder({ 'journal.ts': text });
  const [journal] = (await loadMachines(join(own.path, 'models'))) as [AnyMachine];
  const by = async (workers: number) => {
    const crew = crewForMachine(journal, {})!;
    return essence(await searchMachine<never>(journal, {}, { workers, together: true, crew }));
  };
  const alone = await by(1);
  for (const workers of [2, 3, 4]) expect(await by(workers)).toEqual(alone);
  own.remove();
}, 60_000);

test('a property that minds steps at which a node does nothing keeps all workers from forgetting messages', async () => {
  const text = `
    import { always, model, protocol, typed } from 'clew';
    const rounds = protocol({
      name: 'rounds', message: typed(), timer: typed(), disk: () => ({}), memory: () => ({ round: 0 }),
      start({}, { setTimer }) { setTimer('go', 1); },
      timeout: { go({ memory }, { peers, send, setTimer }) {
        memory.round++;
        for (const peer of peers) send(peer, { type: 'round', round: memory.round });
        setTimer('go', 1);
      } },
      on: { round({ memory }, { round }) { if (round > memory.round) memory.round = round; } },
    });
    const counts = always(rounds, 'n1 takes few steps', ({ changed }, seen) => {
      if (changed?.id === 'n1' && seen.steps < 4) seen.steps++;
      return true;
    }, () => ({ steps: 0 }));
    export const roundsModel = model(rounds, { nodes: 3, nemeses: [], properties: [counts] });
  `;
  const own = new Folder({ 'rounds.ts': text });
  const [rounds] = (await loadModels(join(own.path, 'models'))) as [Model];
  const by = async (workers: number, forget = true) => {
    const { result } = await explore(rounds, {
      ...{ clients: '', timeouts: 1, liveness: false, workers, together: true, forget },
    });
    return essence(result as SearchResult<never>);
  };
  const alone = await by(1);
  expect(alone).toEqual(await by(1, false));
  for (const workers of [2, 3]) expect(await by(workers)).toEqual(alone);
  own.remove();
}, 60_000);
