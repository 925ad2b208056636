/**
 * Messages taken for dead, against searches that keep every message: random protocols come to the same states of nodes,
 * also where a message was dead at first and then was not, and where nodes are taken for one another.
 */
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { search } from '../../src/explore/search.ts';
import type { SearchOptions } from '../../src/explore/search-result.ts';
import { permutations, renamed } from '../../src/explore/symmetry.ts';
import { WorldSystem } from '../../src/explore/world-system.ts';
import { model, protocol, typed } from '../../src/index.ts';
import { always } from '../../src/property/property.ts';
import { boundsOf } from '../../src/runner/world-settings.ts';

const kinds = 2;
const states = 4;
const mostHops = 2;
/** Protocols with more worlds than this are passed over, to have many small ones. */
const mostWorlds = 1500;

/** What a node does in a state on a message: where it goes, and what it tells whom. */
interface Rule {
  readonly to: number;
  readonly tell: 'nobody' | 'sender' | 'others';
  readonly kind: number;
  /** Whether it remembers who told it, and whether it listens only to others than the last that it remembers. */
  readonly remembers: boolean;
  readonly wary: boolean;
}

type Draw = (below: number) => number;

function rulesOf(draw: Draw): Rule[][] {
  const pick = <T>(values: readonly T[]): T => values[draw(values.length)] as T;
  return Array.from({ length: states }, (_, state) =>
    Array.from({ length: kinds }, () => ({
      // Most messages do nothing in most states, so that many are dead, or seem to be.
      to: pick([state, state, state, draw(states)]),
      tell: pick(['nobody', 'nobody', 'sender', 'others'] as const),
      kind: draw(kinds),
      remembers: draw(2) === 0,
      wary: draw(4) === 0,
    })),
  );
}

function ruled(rules: readonly Rule[][], wakes: readonly number[]) {
  return protocol({
    name: 'ruled',
    message: typed<{ type: 'tell'; kind: number; hops: number }>(),
    timer: typed<'wake'>(),
    disk: () => ({}),
    memory: () => ({ state: 0, who: '' }),
    start(_, { setTimer }) {
      setTimer('wake', 10);
    },
    timeout: {
      wake({ memory }, { peers, send }) {
        const kind = wakes[memory.state] as number;
        for (const peer of peers) send(peer, { type: 'tell', kind, hops: 1 });
        if (memory.state === 0) memory.state = 1;
      },
    },
    on: {
      tell({ memory }, { kind, hops }, { from, peers, send }) {
        const { to, tell, kind: next, remembers, wary } = rules[memory.state]![kind]!;
        if (wary && memory.who === from) return;
        memory.state = to;
        if (remembers) memory.who = from;
        const told = hops >= mostHops || tell === 'nobody' ? [] : tell === 'sender' ? [from] : peers;
        for (const peer of told) send(peer, { type: 'tell', kind: next, hops: hops + 1 });
      },
    },
  });
}

/** The least text of what it is when nodes change their names, if they may. */
function leastName(state: object, symmetry: boolean): string {
  const ids = Object.keys(state);
  const namings = symmetry ? permutations(ids) : [ids];
  const texts = namings.map((names) =>
    canonicalJson(renamed(state, new Map(ids.map((id, at) => [id, names[at] as string])))),
  );
  return texts.reduce((a, b) => (a < b ? a : b));
}

test('random protocols come to the same states of nodes whether or not dead messages are kept', async () => {
  let [compared, forgotten, refuted] = [0, 0, 0];
  for (let seed = 1; compared < 300; seed++) {
    const chance = new Random(seed);
    const draw: Draw = (below) => chance.below(below);
    const rules = rulesOf(draw);
    const wakes = Array.from({ length: states }, () => draw(kinds));
    const tried = ruled(rules, wakes);
    const crashes = draw(3) === 0 ? 1 : 0;
    const fewTimeouts = 1 + draw(2);
    const reached = async (symmetry: boolean, forget: boolean, options: SearchOptions = {}) => {
      // Two nodes have too few names to take one for another where it matters.
      const [nodes, timeouts] = symmetry ? [3, 1] : [2, fewTimeouts];
      const { bounds } = boundsOf(model(tried, { nodes, nemeses: [], properties: [] }), {
        ...{ clients: '', timeouts, crashes },
      });
      const seen = new Set<string>();
      const look = always(tried, 'looks', ({ nodes: all }) => {
        const state = Object.fromEntries(all.map(({ id, memory, up }) => [id, up ? memory : null]));
        seen.add(leastName(state, symmetry));
      });
      const system = new WorldSystem(tried, { mutant: null, properties: [look], bounds, symmetry, forget });
      const result = await search(system, options);
      return { seen: [...seen].sort(), system, ...result };
    };
    for (const symmetry of [false, true]) {
      const whole = await reached(symmetry, false, { maxStates: mostWorlds });
      if (whole.verdict === 'unknown') continue;
      compared++;
      for (const order of ['breadth', 'deviations'] as const) {
        const less = await reached(symmetry, true, { order });
        expect(less.seen, `seed ${seed} ${symmetry} ${order}`).toEqual(whole.seen);
        expect(less.states).toBeLessThanOrEqual(whole.states);
        if (less.states < whole.states) forgotten++;
        if ((less.system.dead?.factsBefore().followers.edges.length ?? 0) > 0) refuted++;
      }
    }
  }
  expect(forgotten).toBeGreaterThan(200);
  expect(refuted).toBeGreaterThan(20);
}, 120_000);
