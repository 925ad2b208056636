/** Each mistake of a protocol's author is told in one clear sentence, on the executor that can see it. */
import { expect, test } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { protocol, typed } from '../../src/kernel/protocol.ts';
import { vocabularyOf } from '../../src/kernel/vocabulary.ts';
import {
  command,
  run,
  runOn,
  stepsOf,
  type ToyContext,
  type ToyHandlers,
  type ToyState,
  toy,
} from './toy.ts';

type Do = (state: ToyState, call: { id: number; input: never }, context: ToyContext) => unknown;
const doing = (body: Do): ToyHandlers => ({ do: body as unknown as NonNullable<ToyHandlers['do']> });
const told = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'nothing';
};

const misspelled = (name: string) => name as 'tick';

/** Both executors notice these. */
test.each<[string, Do, string]>([
  [
    'sends to an unknown node',
    (_state, _call, { send }) => send('n9', { type: 'ping', value: 1 }),
    "toy.client.do sent to 'n9', which is not a node (n1, n2, n3)",
  ],
  [
    'sends a message that nothing handles',
    (_state, _call, { send }) => send('n2', { type: misspelled('pnig') as unknown as 'ping', value: 1 }),
    "toy.client.do sent a message of type 'pnig', for which there is no handler (ping, pong)",
  ],
  [
    'sets an unknown timer',
    (_state, _call, { setTimer }) => setTimer(misspelled('tikc'), 10),
    "toy.client.do used the timer 'tikc', for which there is no handler (tick, tock)",
  ],
  [
    'clears an unknown timer',
    (_state, _call, { clearTimer }) => clearTimer(misspelled('tikc')),
    "toy.client.do used the timer 'tikc', for which there is no handler (tick, tock)",
  ],
  [
    'sets a timer to no time',
    (_state, _call, { setTimer }) => setTimer('tick', Number.NaN),
    "toy.client.do set the timer 'tick' to NaN; expected milliseconds, 0 or more",
  ],
  [
    'sets a timer to the past',
    (_state, _call, { setTimer }) => setTimer('tick', -1),
    "toy.client.do set the timer 'tick' to -1; expected milliseconds, 0 or more",
  ],
  [
    'replies twice',
    (_state, { id }, { reply }) => [reply(id), reply(id)],
    'toy.client.do answered call 101 twice in one step; expected one reply or refusal',
  ],
  [
    'replies and refuses, another reply between',
    (_state, { id }, { reply, refuse }) => [reply(id), reply(201), refuse(id)],
    'toy.client.do answered call 101 twice in one step; expected one reply or refusal',
  ],
  [
    'replies to a call that no client made',
    (_state, _call, { reply }) => reply(901),
    'toy.client.do answered call 901, which no client made',
  ],
  [
    'returns a promise',
    async () => {},
    'toy.client.do returned a promise; expected a handler that finishes at once',
  ],
])('a handler that %s is told so', (_what, body, message) => {
  for (const executor of ['mutable', 'immer'] as const) {
    expect(told(() => runOn(executor, toy(doing(body)), { clients: [[command(0)], [command(1)]] }))).toBe(
      message,
    );
  }
});

const replayed = 'expected JSON, which can be hashed, saved and replayed';
const pure = 'so that every run can be replayed';
class Version {
  tag = 1;
}

/** Only the executor of tests and replays notices these; a campaign runs its first schedule on both. */
test.each<[string, Do, string]>([
  [
    'keeps a Map in its memory',
    ({ memory }) => void (memory.odd = { votes: [1, new Map()] }),
    `toy.client.do left memory.odd.votes[1] = a Map; ${replayed}`,
  ],
  [
    'keeps an instance on its disk',
    ({ disk }) => void disk.kept.push(new Version() as never),
    `toy.client.do left disk.kept[0] = a Version; ${replayed}`,
  ],
  [
    'keeps undefined',
    ({ memory }) => void (memory.odd = { 'a b': undefined }),
    `toy.client.do left memory.odd["a b"] = undefined; ${replayed}`,
  ],
  [
    'keeps NaN',
    ({ memory }) => void (memory.odd = Number.NaN),
    `toy.client.do left memory.odd = NaN; ${replayed}`,
  ],
  [
    'sends a function',
    (_state, _call, { send }) => send('n2', { type: 'ping', value: [() => 1] as never }),
    `toy.client.do sent value[0] = a function; ${replayed}`,
  ],
  [
    'notes what is not JSON',
    (_state, _call, { note }) => note('odd', new Set() as never),
    `toy.client.do noted a Set; ${replayed}`,
  ],
  [
    'uses Math.random',
    ({ memory }) => void memory.seen.push(Math.random()),
    `toy.client.do used Math.random; expected context.random(), ${pure}`,
  ],
  [
    'uses Date.now',
    ({ memory }) => void memory.seen.push(Date.now()),
    `toy.client.do used Date; expected context.now, ${pure}`,
  ],
  [
    'makes a Date',
    ({ memory }) => void memory.seen.push(new Date(0).getTime()),
    `toy.client.do used Date; expected context.now, ${pure}`,
  ],
  [
    'uses setTimeout',
    () => void setTimeout(() => {}, 0),
    `toy.client.do used setTimeout; expected context.setTimer, ${pure}`,
  ],
  [
    'uses a random identity',
    ({ memory }) => void memory.seen.push(crypto.randomUUID()),
    `toy.client.do used crypto.randomUUID; expected context.random(), ${pure}`,
  ],
])('a handler that %s is told so by tests and replays', (_what, body, message) => {
  expect(told(() => runOn('immer', toy(doing(body))))).toBe(message);
});

test.each<[string, (value: { list: number[] }) => unknown]>([
  ['adds to', (value) => value.list.push(1)],
  ['empties', (value) => (value.list.length = 0)],
  ['takes from', (value) => delete (value as Partial<typeof value>).list],
  ['puts something into', (value) => Object.assign(value, { more: 1 })],
])('a handler that %s a message it was given is told so', (_what, change) => {
  const subject = toy({
    do: (_state, _call, { send }) => send('n2', { type: 'ping', value: { list: [1] } }),
    ping: (_state, { value }) => void change(value as { list: number[] }),
  });
  expect(told(() => runOn('immer', subject))).toMatch(
    /^toy\.on\.ping changed an object that it was given in a message or call.*; expected it to change a copy$/,
  );
});

test('what a handler copied or kept from a message may change', () => {
  const subject = toy({
    do: (_state, _call, { send }) => send('n2', { type: 'ping', value: [1] }),
    ping({ memory }, { value }, { setTimer }) {
      memory.odd = [...(value as number[]), 2];
      memory.seen.push(value);
      setTimer('tick', 1);
    },
    tick: ({ memory }) => void (memory.seen[0] as number[]).push(3),
  });
  const last = stepsOf(run(subject), 'n2').at(-1);
  expect(last?.memory).toEqual({ odd: [1, 2], seen: [[1, 3]] });
});

test('outside handlers random numbers, dates and timers work as ever, also after a mistake', () => {
  told(() => runOn('immer', toy(doing(() => Date.now()))));
  expect(Date.now()).toBeGreaterThan(0);
  expect(new Date()).toBeInstanceOf(Date);
  expect(Math.random()).toBeLessThan(1);
  clearTimeout(setTimeout(() => {}, 0));
});

test.each<[string, unknown, string]>([
  ['an error', new Error('no quorum'), 'no quorum'],
  ['no error', 'just text', 'just text'],
  ['nothing', undefined, 'undefined'],
])('a handler that throws %s is a finding of the run, and its step did nothing', (_what, thrown, message) => {
  const subject = toy({
    do({ disk, memory }, _call, { send, note, persist }) {
      disk.kept.push(1);
      memory.seen.push(1);
      persist();
      note('done', 1);
      send('n2', { type: 'ping', value: 1 });
      throw thrown;
    },
  });
  const ran = run(subject);
  expect(ran.stop).toEqual({ property: 'no handler throws', explanation: `toy.client.do threw: ${message}` });
  expect(ran.trace.at(-1)).toMatchObject({
    kind: 'step',
    cause: { event: 'request' },
    effects: [],
    disk: { kept: [] },
    memory: { seen: [] },
  });
});

test('a request that no client handler takes names those there are', () => {
  for (const executor of ['mutable', 'immer'] as const) {
    const message = told(() => runOn(executor, toy({}), { clients: [[{ ...command(0), f: 'undo' }]] }));
    expect(message).toMatch(/^toy\.client\.undo is missing/);
  }
});

test('a message with a name that clew uses itself is refused', () => {
  const reserved = protocol({
    name: 'reserved',
    message: typed<{ type: 'request' }>(),
    disk: () => ({}),
    memory: () => ({}),
    on: { request() {} },
  });
  expect(told(() => vocabularyOf(reserved))).toMatch(/^reserved has a message or timer named 'request'/);
});
