/** What a crash takes and what it leaves. */
import { expect, test } from 'vitest';
import {
  at,
  command,
  type Deviation,
  faultsOf,
  firstRequest,
  run,
  sentOf,
  stepsOf,
  type ToyHandlers,
  toy,
} from './toy.ts';

const crash = (more: Partial<Extract<Deviation, { kind: 'crash' }>> = {}): Deviation => ({
  kind: 'crash',
  at: firstRequest,
  nodes: ['n1'],
  for: 20,
  ...more,
});

const keepsSome: ToyHandlers = {
  do({ disk, memory }, { input }, { persist, setTimer }) {
    disk.kept.push('synced', input);
    persist();
    disk.kept.push('unsynced');
    memory.seen.push('remembered');
    setTimer('tick', 50);
  },
};

test('without a crash memory, timers and unsynced writes stay', () => {
  const ran = run(toy(keepsSome));
  expect(stepsOf(ran, 'n1', 'tick')).toMatchObject([
    { time: 60, disk: { kept: ['synced', 0, 'unsynced'] }, memory: { seen: ['remembered'] } },
  ]);
});

test('a crash loses memory, timers and unsynced writes, keeps what was persisted, and start runs again', () => {
  const ran = run(toy(keepsSome), { deviations: [crash()] });
  expect(stepsOf(ran, 'n1').map(({ time, cause }) => `${time} ${cause.event} ${cause.nth}`)).toEqual([
    '0 start 1',
    '10 request 1',
    '30 start 2',
  ]);
  expect(stepsOf(ran, 'n1').at(-1)).toMatchObject({ disk: { kept: ['synced', 0] }, memory: { seen: [] } });
});

test('a disk that was never persisted is as it was at first', () => {
  const ran = run(toy({ do: ({ disk }) => void disk.kept.push('unsynced') }), { deviations: [crash()] });
  expect(stepsOf(ran, 'n1').at(-1)?.disk).toEqual({ kept: [] });
});

test('what arrives at a node that is down is gone', () => {
  const ran = run(toy({ do: (_state, _call, { send }) => send('n2', { type: 'ping', value: 1 }) }), {
    deviations: [crash({ nodes: ['n2'] })],
  });
  expect(ran.trace).toContainEqual({
    kind: 'undelivered',
    time: 20,
    ref: at('ping', 'n1', 'n2'),
    why: 'down',
  });
  expect(stepsOf(ran, 'n2', 'ping')).toEqual([]);
});

test('several nodes crash and come back together', () => {
  const ran = run(toy({}), { deviations: [crash({ nodes: ['n1', 'n2', 'n3'], for: 7 })] });
  for (const node of ['n1', 'n2', 'n3'])
    expect(stepsOf(ran, node, 'start').map(({ time }) => time)).toEqual([0, 17]);
  expect(faultsOf(ran, 'crash')).toHaveLength(1);
});

test('a node that is down does not crash again, and comes back when the calm begins at the latest', () => {
  const ran = run(toy({}), {
    duration: 100,
    clients: [[command(0), command(1, { node: 1 })]],
    deviations: [crash({ for: 5000 }), crash({ at: at('request', 'c1', 'n2'), for: 1 })],
  });
  expect(stepsOf(ran, 'n1', 'start').map(({ time }) => time)).toEqual([0, 100]);
  expect(ran.applied).toEqual([true, false]);
});

const effects: ToyHandlers = {
  do({ disk }, call, { send, persist, note, reply, setTimer }) {
    setTimer('tick', 1);
    send('n2', { type: 'ping', value: 1 });
    disk.kept.push('kept');
    persist();
    note('noted', 1);
    reply(call.id);
  },
};

test.each([0, 1, 2, 3, 4])(
  'a crash within a step keeps exactly its first %i effects, and no timer',
  (keep) => {
    const ran = run(toy(effects), { deviations: [{ kind: 'disk', at: firstRequest, keep, for: 5 }] });
    const [step] = stepsOf(ran, 'n1', 'request');
    const kinds = step?.effects.map(({ kind }) => kind).filter((kind) => kind !== 'setTimer');
    expect(kinds).toEqual(['send', 'persist', 'note', 'reply'].slice(0, keep));
    expect(step?.cutAfter).toBe(keep);
    expect(stepsOf(ran, 'n2', 'ping')).toHaveLength(keep >= 1 ? 1 : 0);
    expect(stepsOf(ran, 'n1', 'start').map(({ disk }) => disk)).toEqual([
      { kept: [] },
      { kept: keep >= 2 ? ['kept'] : [] },
    ]);
    expect(ran.simulation.notes).toHaveLength(keep >= 3 ? 1 : 0);
    expect(sentOf(ran, 'reply')).toHaveLength(keep >= 4 ? 1 : 0);
    expect(stepsOf(ran, 'n1', 'tick')).toEqual([]);
  },
);

test('a crash within a broadcast leaves some without the message', () => {
  const ran = run(toy({ do: (_state, _call, { broadcast }) => broadcast({ type: 'ping', value: 1 }) }), {
    deviations: [{ kind: 'disk', at: firstRequest, keep: 2, for: 5 }],
  });
  expect([stepsOf(ran, 'n1', 'ping'), stepsOf(ran, 'n3', 'ping')]).toEqual([[], []]);
  expect(stepsOf(ran, 'n2', 'ping')).toHaveLength(1);
});

const twoWrites: ToyHandlers = {
  do({ disk }, _call, { persist }) {
    disk.kept.push('first');
    persist();
    disk.kept.push('second');
    persist();
    disk.kept.push('third');
    persist();
  },
};
const halves = (_before: { kept: unknown[] }, after: { kept: unknown[] }) => ({
  kept: after.kept.map((word) => `${word}`.slice(0, 3)),
});

test.each([
  ['leaves what the protocol says', halves, true, ['fir', 'sec']],
  ['happens only where the schedule says so', halves, false, ['first']],
  ['happens only to protocols that opt in', undefined, true, ['first']],
] as const)('a torn write %s', (_claim, torn, tears, expected) => {
  const subject = toy(twoWrites, torn ? { torn: torn as never } : {});
  const cut = { kind: 'disk', at: firstRequest, keep: 1, for: 5 } as const;
  const ran = run(subject, { deviations: [tears ? { ...cut, torn: true } : cut] });
  expect(stepsOf(ran, 'n1', 'start').at(-1)?.disk).toEqual({ kept: expected });
});

test('a step cut short is followed by no other of its incarnation, not even by what it sent itself', () => {
  const ran = run(toy({ do: (_state, _call, { send, self }) => send(self, { type: 'ping', value: 1 }) }), {
    deviations: [crash({ for: 0 })],
  });
  expect(stepsOf(ran, 'n1').map(({ cause }) => cause.event)).toEqual(['start', 'request', 'start']);
});
