/** A finding is something that can happen to the model as it is declared, whatever shrinking tries, and is saved as what it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaseLockModel } from '../../models/lease-lock.ts';
import {
  always,
  disk,
  drop,
  eventually,
  historyProperty,
  model,
  protocol,
  register,
  reorder,
  typed,
} from '../../src/index.ts';
import { check } from '../../src/runner/check.ts';
import { readCounterexample } from '../../src/runner/counterexample.ts';
import { Executions } from '../../src/runner/execute.ts';
import { saveAndTell } from '../../src/runner/explain.ts';
import { replay } from '../../src/runner/regressions.ts';

/** n1 sends to n2 at once; n2 notices after 300 ms whether that has come. */
const pinged = protocol({
  name: 'pinged',
  message: typed<{ type: 'ping' }>(),
  timer: typed<'late'>(),
  disk: () => ({}),
  memory: () => ({ got: 0, late: false }),
  start(_, { self, send, setTimer }) {
    if (self === 'n1') send('n2', { type: 'ping' });
    else setTimer('late', 300);
  },
  timeout: {
    late({ memory }) {
      memory.late = memory.got === 0;
    },
  },
  on: {
    ping({ memory }) {
      memory.got++;
    },
  },
});

test('what stands in for a fault when shrinking keeps to the bounds of its own', async () => {
  const inTime = always(pinged, 'ping comes in time', ({ nodes }) =>
    nodes.every(({ memory }) => !memory.late),
  );
  const prompt = always(
    pinged,
    'what comes, comes within 200 ms',
    ({ changed, time }) => !changed?.memory.got || time <= 200 || !changed.memory.late,
  );
  const tried = model(pinged, {
    nodes: 2,
    nemeses: [drop(), reorder({ most: 50 })],
    properties: [prompt, inTime],
  });
  const { failure, others } = await check(tried, { runs: 2000, seed: 1 });
  expect(failure?.schedule.deviations.map(({ kind }) => kind)).toEqual(['drop']);
  expect(others).toEqual([]);
});

test('what goes wrong only on fewer nodes, or with inputs that no client has, is not found', async () => {
  const three = protocol({
    name: 'three',
    message: typed<{ type: 'a'; length: number }>(),
    disk: () => ({}),
    memory: () => ({ got: 0 }),
    start(_, { self, peers, send }) {
      if (self === 'n1') send(peers[0]!, { type: 'a', length: peers[1]!.length });
    },
    on: {
      a({ memory }) {
        memory.got++;
      },
    },
  });
  const arrives = eventually(three, 'a arrives', ({ nodes }) => (nodes[1]?.memory.got ?? 0) > 0);
  const fewer = await check(model(three, { nodes: 3, nemeses: [drop()], properties: [arrives] }), {
    ...{ runs: 500, seed: 1 },
  });
  expect([fewer.failure?.property, fewer.others]).toEqual(['a arrives', []]);

  const picky = protocol({
    name: 'picky',
    implements: register,
    message: typed<{ type: 'a' }>(),
    disk: () => ({}),
    memory: () => ({ got: 0 }),
    client: {
      read(_, call, { reply }) {
        reply(call.id, 0);
      },
      write(_, call, { send }) {
        if (call.input < 10) throw new Error(`too small: ${call.input}`);
        send('n2', { type: 'a' });
      },
    },
    on: {
      a({ memory }) {
        memory.got++;
      },
    },
  });
  const written = eventually(
    picky,
    'what is written arrives',
    ({ history, nodes }) => !history.some(({ f }) => f === 'write') || nodes.at(-1)!.memory.got > 0,
  );
  const inputs = { write: fc.integer({ min: 10, max: 20 }) };
  const plain = await check(model(picky, { nodes: 2, inputs, nemeses: [drop()], properties: [written] }), {
    ...{ runs: 500, seed: 1 },
  });
  expect([plain.failure?.property, plain.others]).toEqual(['what is written arrives', []]);
});

test('a campaign without faults of clocks finds what replays under the bound that the model promises', async () => {
  const mutant = 'no-recheck-after-pause';
  const { failure } = await check(leaseLockModel, {
    ...{ mutant, faults: ['pause', 'reorder'], runs: 2000, seed: 1 },
  });
  const again = new Executions(leaseLockModel, mutant).run(failure!.schedule);
  expect(again.violation?.property).toBe(failure!.property);
});

test('only the very next write of a step that is cut short can be torn', async () => {
  const noted = protocol({
    name: 'noted',
    message: typed<never>(),
    timer: typed<'t'>(),
    disk: () => ({ n: 0, sum: 0 }),
    memory: () => ({}),
    torn: (before, after) => ({ ...before, n: after.n }),
    start(_, { setTimer }) {
      setTimer('t', 20);
    },
    timeout: {
      t({ disk: own }, { note, persist, setTimer }) {
        own.n++;
        own.sum++;
        note('n', own.n);
        persist();
        setTimer('t', 20);
      },
    },
    on: {},
  });
  const told = always(noted, 'what is on disk was noted', ({ nodes, notes }) =>
    nodes.every((node) => node.disk.n <= Math.max(0, ...notes.map(({ value }) => Number(value)))),
  );
  const { verdict } = await check(model(noted, { nodes: 1, nemeses: [disk()], properties: [told] }), {
    ...{ runs: 1000, seed: 1 },
  });
  expect(verdict).toBe('holds');
});

test('a replay that cannot be judged is not taken for one that holds, nor a campaign of no schedule', async () => {
  const unsure = historyProperty('cannot tell', () => ({ valid: 'unknown', reason: 'the budget ran out' }));
  const tried = model(pinged, { nodes: 2, nemeses: [drop()], properties: [unsure] });
  const schedule = { nodes: 2, duration: 200, clients: [], deviations: [] };
  const saved = { model: 'pinged', mutant: null, property: 'cannot tell', explanation: '', schedule };
  const { violation, unknown, stillFails } = replay('a.json', saved, tried);
  expect([violation, unknown?.explanation, stillFails]).toEqual([undefined, 'the budget ran out', false]);
  const none = await check(tried, { runs: 3, shard: { index: 5, of: 5 } });
  expect([none.verdict, none.reason]).toEqual(['unknown', 'no schedule was tried']);
});

test('properties whose names make one name of a file are kept in two', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clew-domain-'));
  const least = eventually(pinged, 'got >= 1', ({ nodes }) => nodes.at(-1)!.memory.got >= 1);
  const most = eventually(pinged, 'got <= 1', ({ nodes }) => nodes.at(-1)!.memory.got === 1);
  const settings = { nodes: 2, nemeses: [drop()] };
  const saved: string[] = [];
  for (const property of [least, most]) {
    const { failure } = await check(model(pinged, { ...settings, properties: [property] }), { seed: 1 });
    const both = model(pinged, { ...settings, properties: [least, most] });
    saved.push(readCounterexample(saveAndTell(both, null, failure!, folder).file).property);
  }
  expect(saved).toEqual(['got >= 1', 'got <= 1']);
  rmSync(folder, { recursive: true });
});
