/** Wall clocks can be skewed, drift and jump; timers can only drift; a stated bound is kept. */
import { expect, test } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { Clock, epoch } from '../../src/kernel/clock.ts';
import { at, command, type Deviation, firstRequest, run, stepsOf, type ToyHandlers, toy } from './toy.ts';

/** Notes the wall clock when asked (at 10 ms of true time), and again 100 ms of its timer later. */
const watch: ToyHandlers = {
  do({ memory }, call, { now, setTimer, reply }) {
    memory.seen.push(now - epoch);
    setTimer('tick', 100);
    reply(call.id);
  },
  tick: ({ memory }, { now }) => void memory.seen.push(now - epoch),
};
const readings = (deviations: readonly Deviation[], clockBound?: number) => {
  const ran = run(toy(watch), { deviations, ...(clockBound === undefined ? {} : { clockBound }) });
  const tick = stepsOf(ran, 'n1', 'tick')[0];
  return { tickAt: tick?.time, seen: (tick?.memory as { seen: number[] } | undefined)?.seen };
};
const booted = at('start', 'n1', 'n1');

test.each<[string, readonly Deviation[], { tickAt: number; seen: number[] }]>([
  ['agree with the true time at first', [], { tickAt: 110, seen: [10, 110] }],
  [
    'jump forward without moving timers',
    [{ kind: 'jump', at: firstRequest, node: 'n1', by: 500 }],
    { tickAt: 110, seen: [10, 610] },
  ],
  [
    'jump back without moving timers',
    [{ kind: 'jump', at: firstRequest, node: 'n1', by: -500 }],
    { tickAt: 110, seen: [10, -390] },
  ],
  [
    'drift, and timers with them',
    [{ kind: 'drift', at: booted, node: 'n1', rate: 2 }],
    { tickAt: 60, seen: [20, 120] },
  ],
  [
    'can be slow, and timers with them',
    [{ kind: 'drift', at: booted, node: 'n1', rate: 0.5 }],
    { tickAt: 210, seen: [5, 105] },
  ],
  [
    'are not those of other nodes',
    [{ kind: 'jump', at: booted, node: 'n2', by: 500 }],
    { tickAt: 110, seen: [10, 110] },
  ],
])('clocks %s', (_claim, deviations, expected) => {
  expect(readings(deviations)).toEqual(expected);
});

test('no jump or drift takes a clock further from the true time than its bound', () => {
  const jump: Deviation = { kind: 'jump', at: booted, node: 'n1', by: 500 };
  const drift: Deviation = { kind: 'drift', at: booted, node: 'n1', rate: 2 };
  expect(readings([jump], 30).seen).toEqual([40, 140]);
  expect(readings([drift], 5)).toEqual({ tickAt: 60, seen: [15, 65] });
  expect(readings([jump], 0).seen).toEqual([10, 110]);
});

test('whatever happens to a clock, it stays within its bound and reads whole milliseconds', () => {
  const random = new Random(7);
  for (let run = 0; run < 200; run++) {
    const bound = random.below(50);
    const clock = new Clock(bound);
    let time = 0;
    for (let move = 0; move < 20; move++) {
      time += random.below(300);
      if (random.chance(0.5)) clock.jump(time, random.between(-1000, 1000));
      else clock.setRate(time, random.between(900, 1100) / 1000);
      const later = time + random.below(300);
      const reading = clock.wall(later);
      expect(Math.abs(reading - epoch - later)).toBeLessThanOrEqual(bound);
      expect(Number.isInteger(reading)).toBe(true);
    }
  }
});

test('the interval contains the true time, as wide as the bound says', () => {
  const seen: unknown[] = [];
  const subject = toy({
    do: (_state, _call, { interval }) => void seen.push(interval()),
  });
  run(subject, { deviations: [{ kind: 'jump', at: booted, node: 'n1', by: -500 }], clockBound: 30 });
  const truth = epoch + 10;
  expect(seen).toEqual([
    { earliest: truth - 60, latest: truth },
    { earliest: truth - 60, latest: truth },
  ]);
});

test('clocks run at the true rate again when the calm begins', () => {
  const ran = run(toy(watch), {
    duration: 50,
    clients: [[command(0, { calm: true })]],
    deviations: [{ kind: 'drift', at: booted, node: 'n1', rate: 2 }],
  });
  // 50 true milliseconds at double rate, then single.
  const [request] = stepsOf(ran, 'n1', 'request');
  expect(request?.memory).toEqual({ seen: [(request?.time ?? 0) + 50] });
  expect(stepsOf(ran, 'n1', 'tick')[0]?.time).toBe((request?.time ?? 0) + 100);
});

test('a timer set again fires once, when set last; a cleared one does not fire', () => {
  const ran = run(
    toy({
      do(_state, _call, { setTimer, clearTimer }) {
        setTimer('tick', 5);
        setTimer('tick', 20);
        setTimer('tock', 5);
        clearTimer('tock');
      },
    }),
  );
  expect(stepsOf(ran, 'n1', 'tick').map(({ time }) => time)).toEqual([30]);
  expect(stepsOf(ran, 'n1', 'tock')).toEqual([]);
});

test('a timer of a fraction of a millisecond fires at the next whole one', () => {
  const ran = run(toy({ do: (_state, _call, { setTimer }) => setTimer('tick', 2.25) }));
  expect(stepsOf(ran, 'n1', 'tick').map(({ time }) => time)).toEqual([13]);
});
