/** What shrinking may do to a schedule: every step makes it smaller, and what is renamed stays what it was. */
import { expect, test } from 'vitest';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { ScheduleSource } from '../../src/schedule/generate.ts';
import {
  splitClient,
  swappedClients,
  withoutNode,
  withPlainValues,
} from '../../src/schedule/reduce/edits.ts';
import { isSmaller } from '../../src/schedule/reduce/size.ts';
import { spansOf } from '../../src/schedule/reduce/timing.ts';
import { reductions } from '../../src/schedule/reduce.ts';
import { RetimingAdversary } from '../../src/schedule/retime.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';

const [abd, raft] = selectModels(await loadModels(), ['abd', 'raft']);
if (!abd || !raft) throw new Error('no model abd or raft');

function drawn(model: typeof abd, seeds: number): Schedule[] {
  const executions = new Executions(model!, null);
  const source = new ScheduleSource(model!.protocol, { nemeses: model!.nemeses });
  return Array.from({ length: seeds }, (_, seed) => {
    source.run(executions.simulation(model!.nodes), seed);
    return source.schedule(executions.simulation(model!.nodes));
  });
}

const read = (node: number) => ({ f: 'read', input: null, node, wait: 0 });

test('being smaller is an order: no schedule is smaller than itself, nor two than each other', () => {
  const schedules = drawn(abd, 60);
  for (const a of schedules) {
    expect(isSmaller(a, a)).toBe(false);
    for (const b of schedules) {
      expect(isSmaller(a, b) && isSmaller(b, a)).toBe(false);
      for (const c of schedules.slice(0, 10)) {
        if (isSmaller(a, b) && isSmaller(b, c)) expect(isSmaller(a, c)).toBe(true);
      }
    }
  }
});

test('fewer deviations are smaller, whatever else grows', () => {
  const lean: Schedule = { nodes: 9, duration: 3000, clients: [[read(8), read(8)]], deviations: [] };
  const message = { event: 'query', from: 'n1', to: 'n2', nth: 1 };
  const short: Schedule = { nodes: 1, duration: 0, clients: [], deviations: [{ kind: 'drop', message }] };
  expect(isSmaller(lean, short)).toBe(true);
});

test('every candidate is smaller than what was accepted last, and accepting all of them comes to an end', () => {
  for (const start of drawn(raft, 12)) {
    let best = start;
    let count = 0;
    const { reduceOptions } = new Executions(raft, null);
    const candidates = reductions(start, reduceOptions);
    for (let next = candidates.next(); !next.done; count++) {
      const { schedule } = next.value;
      if (count > 0) expect(isSmaller(schedule, best)).toBe(true);
      best = schedule;
      const moments = schedule.deviations.map(() => 0);
      const spans = schedule.clients.map((own) => own.map(() => ({ invoked: 0, completed: 1 })));
      next = candidates.next({ schedule, moments, spans, traceOf: () => [] });
      expect(count).toBeLessThan(2000);
    }
    expect(best.deviations).toEqual([]);
    expect(best.clients).toEqual([]);
  }
});

test('a target is found by its time when operations before it are gone, and written down by its new number', () => {
  const executions = new Executions(abd, null);
  const second = { event: 'query', from: 'n1', to: 'n2', nth: 2 };
  const both: Schedule = {
    nodes: 3,
    duration: 500,
    clients: [[read(0), read(0)]],
    deviations: [{ kind: 'delay', message: second, by: 7 }],
  };
  const { applied, moments } = executions.run(both);
  expect(applied).toEqual([true]);
  // Invoked when the second operation was: its query is the first of all now, at the same time.
  const later: Schedule = { ...both, clients: [[{ ...read(0), wait: (moments[0] ?? 0) - 10 }]] };
  expect(executions.run(later).applied).toEqual([false]);
  const retiming = new RetimingAdversary(later, moments);
  executions.runWith(later, retiming);
  expect(retiming.result().deviations).toEqual([{ kind: 'delay', message: { ...second, nth: 1 }, by: 7 }]);
  expect(executions.run(retiming.result()).applied).toEqual([true]);
});

test('operations are told with the times at which they began and ended', () => {
  const executions = new Executions(abd, null);
  const clients = [[read(0), read(1)], [{ ...read(2), wait: 5 }]];
  const { simulation } = executions.run({ nodes: 3, duration: 500, clients, deviations: [] });
  const [first, second] = spansOf(simulation.history, 2);
  expect(first).toHaveLength(2);
  expect(first?.[0]?.invoked).toBe(0);
  expect(first?.[1]?.invoked).toBe(first?.[0]?.completed);
  expect(second?.[0]?.invoked).toBe(5);
});

test('what names a client, a call or a node follows it when others go or change places', () => {
  const schedule: Schedule = {
    nodes: 3,
    duration: 100,
    clients: [[read(0)], [read(1), read(2)]],
    deviations: [
      { kind: 'die', call: 202, after: 3 },
      { kind: 'drop', message: { event: 'reply', from: 'n3', to: 'c2', nth: 1 } },
    ],
  };
  expect(swappedClients(schedule, 0)).toMatchObject({
    clients: [[read(1), read(2)], [read(0)]],
    deviations: [{ call: 102 }, { message: { to: 'c1' } }],
  });
  expect(splitClient(schedule, 1, 1, 20)).toMatchObject({
    clients: [[read(0)], [read(1)], [{ ...read(2), wait: 20 }]],
    deviations: [{ call: 301 }, { message: { to: 'c2' } }],
  });
  expect(withoutNode(schedule, 0).schedule).toMatchObject({
    nodes: 2,
    clients: [[read(0)], [read(0), read(1)]],
    deviations: [{ call: 202 }, { message: { from: 'n2' } }],
  });
});

test('written values become 1, 2, … in the order in which they stand; the same stay the same, 0 stays 0', () => {
  const write = (input: number) => ({ f: 'write', input, node: 0, wait: 0 });
  const schedule: Schedule = {
    nodes: 1,
    duration: 0,
    clients: [
      [write(40), write(0)],
      [write(7), write(40)],
    ],
    deviations: [],
  };
  const values = withPlainValues(schedule).clients.map((own) => own.map(({ input }) => input));
  expect(values).toEqual([
    [1, 0],
    [2, 1],
  ]);
});
