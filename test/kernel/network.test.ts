/** What becomes of messages: on time, late, lost, doubled, cut off, held up by pauses and slow nodes. */
import { expect, test } from 'vitest';
import {
  at,
  command,
  type Deviation,
  exercised,
  firstRequest,
  pingsAt,
  run,
  sentOf,
  stepsOf,
  type ToyHandlers,
  toldTo,
  toy,
} from './toy.ts';

/** A commanded node pings all, itself included, with the command. */
const pingAll: ToyHandlers = {
  do: (_state, { input }, { broadcast }) => broadcast({ type: 'ping', value: input }),
};
const timesOf = (ran: ReturnType<typeof run>, node: string, event: string) =>
  stepsOf(ran, node, event).map(({ time }) => time);

test('a message takes 10 ms, but none to oneself', () => {
  const ran = run(toy(pingAll));
  expect(['n1', 'n2', 'n3'].map((node) => timesOf(ran, node, 'ping'))).toEqual([[10], [20], [20]]);
});

test.each<Deviation>([
  { kind: 'drop', message: at('ping', 'n1', 'n1') },
  { kind: 'delay', message: at('ping', 'n1', 'n1'), by: 50 },
  { kind: 'duplicate', message: at('ping', 'n1', 'n1'), after: 50 },
  { kind: 'hold', at: at('start', 'n1', 'n1'), from: 'n1', to: 'n1', for: 500 },
  { kind: 'slow', at: at('start', 'n1', 'n1'), node: 'n2', by: 50, for: 500 },
  { kind: 'one-way', at: at('start', 'n1', 'n1'), from: ['n1'], to: ['n1', 'n2'], for: 500 },
  { kind: 'partition', at: at('start', 'n1', 'n1'), groups: [['n2'], ['n3']], for: 500 },
])('what a node sends itself is neither lost nor late nor doubled: %j', (deviation) => {
  expect(timesOf(run(toy(pingAll), { deviations: [deviation] }), 'n1', 'ping')).toEqual([10]);
});

const ping12 = at('ping', 'n1', 'n2');

test.each<[string, Deviation, readonly number[]]>([
  ['lost', { kind: 'drop', message: ping12 }, []],
  ['late', { kind: 'delay', message: ping12, by: 37 }, [57]],
  ['late until the calm at most', { kind: 'delay', message: ping12, by: 60_000 }, [1010]],
  ['doubled', { kind: 'duplicate', message: ping12, after: 37 }, [20, 57]],
  ['doubled until the calm at most', { kind: 'duplicate', message: ping12, after: 60_000 }, [20, 1020]],
  ['held', { kind: 'hold', at: firstRequest, from: 'n1', to: 'n2', for: 70 }, [20]],
  ['held before it', { kind: 'hold', at: at('start', 'n1', 'n1'), from: 'n1', to: 'n2', for: 70 }, [70]],
  ['held the other way', { kind: 'hold', at: at('start', 'n1', 'n1'), from: 'n2', to: 'n1', for: 70 }, [20]],
  ['slow to arrive', { kind: 'slow', at: at('start', 'n2', 'n2'), node: 'n2', by: 9, for: 70 }, [29]],
  ['slow no longer', { kind: 'slow', at: at('start', 'n2', 'n2'), node: 'n2', by: 9, for: 10 }, [20]],
])('a message is %s', (_what, deviation, times) => {
  const ran = run(toy(pingAll), { deviations: [deviation] });
  expect(timesOf(ran, 'n2', 'ping')).toEqual(times);
  expect(timesOf(ran, 'n3', 'ping')).toEqual([20]);
  expect(ran.applied).toEqual([true]);
});

test('a gray node is late in all it sends and receives, clients included', () => {
  const slow: Deviation = { kind: 'slow', at: at('start', 'n1', 'n1'), node: 'n1', by: 25, for: 900 };
  const ran = run(
    toy({
      do(_state, call, { send, reply }) {
        reply(call.id);
        send('n2', { type: 'ping', value: 1 });
      },
      ping: (_state, _message, { from, send }) => send(from, { type: 'pong', value: 1 }),
    }),
    { deviations: [slow] },
  );
  expect([timesOf(ran, 'n1', 'request'), timesOf(ran, 'n2', 'ping'), timesOf(ran, 'n1', 'pong')]).toEqual([
    [35],
    [70],
    [105],
  ]);
  expect(toldTo(ran)).toEqual(['0 invoke', '70 ok']);
});

test('the second copy of a message is its own, whatever the first receiver does to its state', () => {
  const ran = run(
    toy({
      do: (_state, _call, { send }) => send('n2', { type: 'ping', value: [1] }),
      ping({ memory }, { value }, { setTimer }) {
        memory.seen.push(value);
        setTimer('tick', 1);
      },
      tick: ({ memory }) => void (memory.seen[0] as number[]).push(9),
    }),
    { deviations: [{ kind: 'duplicate', message: ping12, after: 5 }] },
  );
  const steps = stepsOf(ran, 'n2', 'ping');
  expect(steps.map(({ cause, payload }) => [cause.copy, payload])).toEqual([
    [undefined, { type: 'ping', value: [1] }],
    [true, { type: 'ping', value: [1] }],
  ]);
});

// n1, n2 and n3 ping all at 10 ms; the network splits just after n1 has, and the pings arrive at 20 ms.
const everyone = [[command('1')], [command('2', { node: 1 })], [command('3', { node: 2 })]];
const whoHears = (deviations: readonly Deviation[]) => {
  const ran = run(toy(pingAll), { clients: everyone, deviations });
  return Object.fromEntries(
    ['n1', 'n2', 'n3'].map((node) => [node, pingsAt(ran, node).map(String).sort().join('')]),
  );
};
const split = (groups: string[][], span: number): Deviation => ({
  kind: 'partition',
  at: firstRequest,
  groups,
  for: span,
});

test.each<[string, readonly Deviation[], Record<string, string>]>([
  ['cuts off one node', [split([['n1'], ['n2', 'n3']], 20)], { n1: '1', n2: '23', n3: '23' }],
  ['cuts off whom it does not name', [split([['n1', 'n2']], 20)], { n1: '12', n2: '12', n3: '3' }],
  [
    'leaves a bridge',
    [
      split(
        [
          ['n1', 'n2'],
          ['n2', 'n3'],
        ],
        20,
      ),
    ],
    { n1: '12', n2: '123', n3: '23' },
  ],
  [
    'can cut one direction only',
    [{ kind: 'one-way', at: firstRequest, from: ['n1'], to: ['n2', 'n3'], for: 20 }],
    { n1: '123', n2: '23', n3: '23' },
  ],
  ['heals', [split([['n1'], ['n2', 'n3']], 10)], { n1: '123', n2: '123', n3: '123' }],
  [
    'is not healed by a shorter one',
    [split([['n1'], ['n2', 'n3']], 20), split([['n1'], ['n2', 'n3']], 1)],
    { n1: '1', n2: '23', n3: '23' },
  ],
])('a partition %s', (_claim, deviations, heard) => {
  expect(whoHears(deviations)).toEqual(heard);
});

test('a partition does not keep clients from any node', () => {
  const ran = run(toy({}), {
    deviations: [{ ...split([['n1'], ['n2'], ['n3']], 500), at: at('start', 'n1', 'n1') } as Deviation],
  });
  expect(toldTo(ran)).toEqual(['0 invoke', '20 ok']);
});

test('a paused node goes on with what fell due meanwhile, in that order, before what is due then', () => {
  // Due at n1: B at 20, its tick at 22, A (sent before B, but late) at 25, C at 40, when the pause ends.
  const ran = run(
    toy({
      do({ memory }, { input }, { self, send, setTimer }) {
        memory.seen.push('asked');
        if (self === 'n1') return setTimer('tick', 12);
        for (const value of input as string[]) send('n1', { type: 'ping', value });
      },
      tick: ({ memory }) => void memory.seen.push('tick'),
    }),
    {
      clients: [[command(null)], [command(['A', 'B'], { node: 1 })], [command(['C'], { node: 2 })]],
      deviations: [
        { kind: 'pause', at: firstRequest, node: 'n1', for: 30 },
        { kind: 'delay', message: at('ping', 'n2', 'n1', 1), by: 5 },
        { kind: 'delay', message: at('ping', 'n3', 'n1', 1), by: 20 },
      ],
    },
  );
  const last = stepsOf(ran, 'n1').at(-1);
  expect(last?.memory).toEqual({ seen: ['asked', 'B', 'tick', 'A', 'C'] });
  expect(
    stepsOf(ran, 'n1')
      .slice(2)
      .map(({ time }) => time),
  ).toEqual([40, 40, 40, 40]);
});

test('a paused node keeps its memory and does not start again; one that is down or paused is not paused', () => {
  const pause = (more: object = {}): Deviation =>
    ({ kind: 'pause', at: firstRequest, node: 'n1', for: 30, ...more }) as Deviation;
  const ran = run(toy({}), {
    deviations: [
      pause(),
      pause({ for: 500 }),
      { kind: 'crash', at: firstRequest, nodes: ['n2'], for: 50 },
      pause({ node: 'n2' }),
    ],
  });
  expect(ran.applied).toEqual([true, false, true, false]);
  expect(stepsOf(ran, 'n1', 'start')).toHaveLength(1);
});

test('faults that nothing met are not counted as exercised', () => {
  const ran = run(toy({}), {
    deviations: [
      { kind: 'pause', at: firstRequest, node: 'n3', for: 30 },
      split([['n1'], ['n2', 'n3']], 20),
      { kind: 'slow', at: firstRequest, node: 'n3', by: 5, for: 30 },
      { kind: 'drop', message: at('ping', 'n1', 'n2') },
      { kind: 'give-up', call: 101, after: 400 },
    ],
  });
  expect([...exercised(ran)].every((count) => count === 0)).toBe(true);
  expect(ran.applied).toEqual([true, true, true, false, true]);
});

test('messages keep their causal order at equal times', () => {
  const ran = run(toy(pingAll), {
    clients: [[command('1')], [command('2', { node: 1 })], [command('3')], [command('4', { node: 2 })]],
  });
  expect(pingsAt(ran, 'n2')).toEqual(['2', '1', '3', '4']);
  expect(sentOf(ran, 'ping').map(({ at: arrival }) => arrival)).toEqual([
    10, 20, 20, 20, 10, 20, 10, 20, 20, 20, 20, 10,
  ]);
});
