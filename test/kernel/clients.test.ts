/** What clients see and do: answers, refusals, lost patience, retries, doubled requests, late replies, death. */
import { expect, test } from 'vitest';
import { operationsOf } from '../../src/history/operations.ts';
import { faultKinds } from '../../src/kernel/world.ts';
import { at, command, type Deviation, exercised, firstRequest, run, stepsOf, toldTo, toy } from './toy.ts';

const silent = toy({ do() {} });
const counted = (ran: ReturnType<typeof run>, fault: (typeof faultKinds)[number]) =>
  exercised(ran)[faultKinds.indexOf(fault)];
const historyOf = ({ simulation }: ReturnType<typeof run>) =>
  simulation.history.map(({ process, type, value }) => `${process} ${type} ${JSON.stringify(value)}`);

test('a client asks one thing after the other', () => {
  const ran = run(toy({}), { clients: [[command(1), command(2, { wait: 5 })]] });
  expect(toldTo(ran)).toEqual(['0 invoke', '20 ok', '25 invoke', '45 ok']);
});

test('a function without a result echoes its argument, a refused one fails', () => {
  const subject = toy({
    do: (_state, call, { reply, refuse }) => (call.input === 'no' ? refuse(call.id) : reply(call.id)),
  });
  const ran = run(subject, { clients: [[command('yes'), command('no')]] });
  expect(historyOf(ran)).toEqual(['0 invoke "yes"', '0 ok "yes"', '0 invoke "no"', '0 fail "no"']);
});

test('a client without an answer gives up and goes on as a new process', () => {
  const ran = run(silent, { clients: [[command(1), command(2)], [command(3)]] });
  expect(historyOf(ran)).toEqual([
    '0 invoke 1',
    '1 invoke 3',
    '0 info 1',
    '1 info 3',
    '2 invoke 2',
    '2 info 2',
  ]);
  expect(ran.simulation.infos).toBe(3);
  expect(operationsOf(ran.simulation.history).map(({ type }) => type)).toEqual(['info', 'info', 'info']);
});

test("a protocol's clients may be more patient, and send again to the next node", () => {
  const asked = (node: string) => stepsOf(ran, node, 'request').map(({ time }) => time);
  const ran = run(toy({ do() {} }, { clients: { timeout: 35, retry: 10 } }));
  expect(toldTo(ran)).toEqual(['0 invoke', '10 retry', '20 retry', '30 retry', '35 info']);
  expect([asked('n1'), asked('n2'), asked('n3')]).toEqual([[10, 40], [20], [30]]);
});

test('a retried request carries the same call, and one answer is enough', () => {
  const subject = toy(
    {
      do(_state, call, { self, reply }) {
        if (self === 'n2') reply(call.id);
      },
    },
    { clients: { retry: 15 } },
  );
  const ran = run(subject);
  expect(toldTo(ran)).toEqual(['0 invoke', '15 retry', '30 retry', '35 ok']);
  const calls = ['n1', 'n2', 'n3'].flatMap((node) =>
    stepsOf(ran, node, 'request').map(({ payload }) => payload),
  );
  expect(calls).toHaveLength(3);
  for (const payload of calls) expect(payload).toMatchObject({ f: 'do', call: { id: 101, input: 0 } });
});

test.each<[string, Deviation, readonly string[], number]>([
  ['loses patience', { kind: 'give-up', call: 101, after: 12 }, ['0 invoke', '12 info', '20 late reply'], 1],
  ['loses patience too late', { kind: 'give-up', call: 101, after: 21 }, ['0 invoke', '20 ok'], 0],
  ['dies', { kind: 'die', call: 101, after: 12 }, ['0 invoke', '12 dies', '20 late reply'], 1],
  ['dies having its answer', { kind: 'die', call: 101, after: 21 }, ['0 invoke', '20 ok'], 0],
  [
    'asks another node too',
    { kind: 'retry', call: 101, node: 'n3', after: 5 },
    ['0 invoke', '5 retry', '20 ok', '25 late reply'],
    1,
  ],
])('a client %s', (_what, deviation, told, count) => {
  const ran = run(toy({}), { deviations: [deviation] });
  expect(toldTo(ran)).toEqual(told);
  expect(counted(ran, 'client')).toBe(count);
});

test.each<Deviation>([
  { kind: 'give-up', call: 101, after: 30 },
  { kind: 'retry', call: 101, node: 'n3', after: 30 },
  { kind: 'die', call: 101, after: 30 },
])('nothing befalls a client in the calm: $kind', (deviation) => {
  const ran = run(silent, { duration: 30, deviations: [deviation] });
  expect(toldTo(ran)).toEqual(toldTo(run(silent, { duration: 30 })));
  expect(counted(ran, 'client')).toBe(0);
});

test('a dead client does nothing more, and its operation stays open', () => {
  const ran = run(toy({}), {
    clients: [[command(1), command(2)]],
    deviations: [{ kind: 'die', call: 101, after: 12 }],
  });
  expect(historyOf(ran)).toEqual(['0 invoke 1']);
  expect(ran.simulation.infos).toBe(1);
});

test('a doubled request reaches the node twice with one id, and the second answer comes too late', () => {
  const ran = run(toy({}), { deviations: [{ kind: 'duplicate', message: firstRequest, after: 30 }] });
  expect(stepsOf(ran, 'n1', 'request').map(({ payload }) => payload)).toMatchObject([
    { call: { id: 101 } },
    { call: { id: 101 } },
  ]);
  expect(toldTo(ran)).toEqual(['0 invoke', '20 ok', '50 late reply']);
});

test('a late reply is not taken for the answer to the next call', () => {
  const ran = run(toy({ do: (_state, call, { reply }) => (call.input === 1 ? reply(call.id) : undefined) }), {
    clients: [[command(1), command(2)]],
    deviations: [{ kind: 'delay', message: at('reply', 'n1', 'c1'), by: 600 }],
  });
  expect(toldTo(ran)).toEqual(['0 invoke', '500 info', '500 invoke', '620 late reply', '1000 info']);
});

test('a client that waits for the calm asks when faults have stopped', () => {
  const ran = run(toy({}), { duration: 300, clients: [[command(1, { calm: true, wait: 7 })]] });
  expect(toldTo(ran)).toEqual(['317 invoke', '337 ok']);
});

test('a deviation of a call that no client makes, or to a node that is not there, is skipped', () => {
  const ran = run(toy({}), {
    deviations: [
      { kind: 'give-up', call: 102, after: 1 },
      { kind: 'die', call: 801, after: 1 },
      { kind: 'retry', call: 101, node: 'n9', after: 1 },
    ],
  });
  expect(ran.applied).toEqual([false, false, false]);
  expect(ran.trace).toEqual(run(toy({})).trace);
});
