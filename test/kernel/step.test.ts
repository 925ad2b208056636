/** A step is pure: what it is given stays as it was, the same input gives the same output, effects are data. */
import { freeze } from 'immer';
import { describe, expect, test } from 'vitest';
import type { NodeState } from '../../src/kernel/protocol.ts';
import {
  type StepEnvironment,
  type StepEvent,
  stepOnCopy,
  step as stepOnDraft,
} from '../../src/kernel/step.ts';
import { type ToyState, toy } from './toy.ts';

const environment: StepEnvironment = {
  self: 'n1',
  nodes: ['n1', 'n2', 'n3'],
  now: 1000,
  clockBound: 30,
  entropy: 7,
  mutant: 'bug',
};
const request: StepEvent = { kind: 'request', f: 'do', call: { id: 101, input: { list: [1] }, key: '' } };
const ping: StepEvent = { kind: 'message', from: 'n2', message: { type: 'ping', value: [1] } as never };
const fresh = (): NodeState<unknown, unknown> => ({ disk: { kept: [[0]] }, memory: { seen: [] } });

const busy = toy({
  do({ disk, memory }, call, context) {
    const { send, setTimer, clearTimer, persist, reply, note, random, interval, now, from, mutant } = context;
    memory.seen.push(random(), now, from, mutant, interval());
    disk.kept.push(call.input);
    persist();
    send('n2', { type: 'ping', value: disk.kept });
    setTimer('tick', 5);
    clearTimer('tock');
    note('kept', disk.kept);
    reply(call.id);
    // Whatever was handed out is a snapshot.
    disk.kept.push('later');
    (disk.kept[0] as number[]).push(9);
  },
});

describe.each([
  ['on an immer draft', stepOnDraft],
  ['on a plain copy', stepOnCopy],
])('%s', (_, step) => {
  test('what a step is given stays as it was, even when it is frozen', () => {
    const node = freeze(fresh(), true);
    const event = freeze(structuredClone(request), true);
    const { node: next } = step(busy, node, event, freeze({ ...environment }, true));
    expect(node).toEqual(fresh());
    expect(event).toEqual(request);
    expect((next as ToyState).disk.kept).toEqual([[0, 9], { list: [1] }, 'later']);
  });

  test('the same input gives the same output', () => {
    expect(step(busy, fresh(), request, environment)).toEqual(step(busy, fresh(), request, environment));
  });

  test('randomness comes from the entropy of the step alone', () => {
    const drawn = (entropy: number) => {
      const { node } = step(busy, fresh(), request, { ...environment, entropy });
      return (node as ToyState).memory.seen[0] as number;
    };
    expect(drawn(7)).toBe(drawn(7));
    const draws = Array.from({ length: 100 }, (_, entropy) => drawn(entropy));
    expect(new Set(draws).size).toBe(100);
    for (const draw of draws) expect(draw >= 0 && draw < 1).toBe(true);
  });

  test('effects are data, in order, and snapshots of the moment', () => {
    const kept = [[0], { list: [1] }];
    expect(step(busy, fresh(), request, environment).effects).toEqual([
      { kind: 'persist', disk: { kept } },
      { kind: 'send', to: 'n2', message: { type: 'ping', value: kept } },
      { kind: 'setTimer', timer: 'tick', after: 5 },
      { kind: 'clearTimer', timer: 'tock' },
      { kind: 'note', name: 'kept', value: kept },
      { kind: 'reply', call: 101 },
    ]);
  });

  test('a handler knows itself, the sender, the time within its bound, and the planted bug', () => {
    const { node } = step(busy, fresh(), request, environment);
    expect((node as ToyState).memory.seen.slice(1)).toEqual([
      1000,
      'n1',
      'bug',
      { earliest: 970, latest: 1030 },
    ]);
  });

  test('a broadcast is one send to every node', () => {
    const subject = toy({ do: (_state, _call, { broadcast }) => broadcast({ type: 'ping', value: 1 }) });
    expect(step(subject, fresh(), request, environment).effects).toEqual(
      environment.nodes.map((to) => ({ kind: 'send', to, message: { type: 'ping', value: 1 } })),
    );
  });

  test('a state that no handler touches is the very same object', () => {
    const node = fresh();
    expect(step(toy({ do() {} }), node, request, environment).node).toBe(node);
  });

  test('nothing that a step returns can be changed', () => {
    const { node, effects } = step(busy, fresh(), request, environment);
    const [, send] = effects as unknown as [unknown, { message: { value: unknown[] } }];
    expect(() => (node as ToyState).disk.kept.push(1)).toThrow(TypeError);
    expect(() => send.message.value.push(1)).toThrow(TypeError);
  });

  test('an event without a handler is the author’s mistake, a missing start is none', () => {
    const unnamed = toy({});
    const stray: StepEvent = { kind: 'message', from: 'n2', message: { type: 'pnig' } };
    expect(() => step(unnamed, fresh(), stray, environment)).toThrow(/'pnig'.*no handler \(ping, pong\)/);
    const { start: _start, ...rest } = unnamed.definition;
    const node = fresh();
    const starting = step({ kind: 'protocol', definition: rest }, node, { kind: 'start' }, environment);
    expect(starting).toEqual({ node, effects: [] });
  });
});

test('a draft shares with the state before it what no handler touched', () => {
  const node = fresh();
  const { node: next } = stepOnDraft(toy({}), node, ping, environment);
  expect(next.disk).toBe(node.disk);
  expect(next.memory).toEqual({ seen: [[1]] });
});
