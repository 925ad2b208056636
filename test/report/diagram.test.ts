/** The diagram says what the trace says: every saved counterexample is drawn and compared with its trace. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalJson, type Json } from '../../src/base/json.ts';
import { operationsOf } from '../../src/history/operations.ts';
import type { Trace, TraceStep } from '../../src/kernel/trace.ts';
import { causalPast, type Diagram } from '../../src/report/diagram.ts';
import { diagramOf } from '../../src/report/diagram-of.ts';
import { spanOf } from '../../src/report/in-sight.ts';
import { layoutOf, pointsOf } from '../../src/report/layout.ts';
import { patchBetween, patched } from '../../src/report/patch.ts';
import { linearizationOf } from '../../src/report/prefixes.ts';
import { drawing } from '../../src/report/shapes.ts';
import { stepLabels } from '../../src/report/shapes-words.ts';
import { readCounterexample } from '../../src/runner/counterexample.ts';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels } from '../../src/runner/registry.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import { clockBoundOf } from '../../src/schedule/nemeses.ts';
import { matches } from '../../src/spec/spec.ts';

const models = await loadModels();

const cases = models.flatMap((model) =>
  savedCounterexamples(model.name).map((file) => {
    const { schedule, mutant } = readCounterexample(file);
    const { trace, execution } = new Executions(model, mutant).trace(schedule);
    const { nodes } = schedule;
    const diagram = diagramOf(trace, { nodes, clockBound: clockBoundOf(model.nemeses) });
    const { history } = execution.simulation;
    return { file, model, trace, diagram, layout: layoutOf(diagram), history };
  }),
);

const entries = <K extends TraceStep['kind']>(trace: Trace, kind: K) =>
  trace.filter((entry): entry is Extract<TraceStep, { kind: K }> => entry.kind === kind);

const laneNames = ({ lanes }: Diagram, indices: readonly number[]) => indices.map((lane) => lanes[lane]?.id);

test('there are counterexamples to draw', () => {
  expect(cases.length).toBeGreaterThan(10);
});

describe.each(cases)('$file', ({ trace, diagram, layout, model, history }) => {
  const { steps, messages, bars } = diagram;

  test('every step of the trace is a step of the diagram, in its order, at its time, on its lane', () => {
    const expected = trace.flatMap((entry) => {
      if (entry.kind === 'step') return [[entry.time, entry.node, entry.cause.event]];
      if (entry.kind === 'client') return [[entry.time, entry.client, entry.what]];
      return entry.kind === 'fault' ? [[entry.time, 'fault', entry.fault]] : [];
    });
    const drawn = steps.map(({ time, lanes, kind, label }) => [
      time,
      kind === 'fault' ? 'fault' : laneNames(diagram, lanes)[0],
      label,
    ]);
    expect(drawn).toEqual(expected);
  });

  test('every message of the trace is an arrow with its fate', () => {
    const sent = entries(trace, 'sent');
    expect(messages.length).toBe(sent.length + sent.filter(({ copyAt }) => copyAt !== undefined).length);
    expect(messages.filter(({ fate }) => fate === 'lost').length).toBe(
      sent.filter(({ at }) => at === 'lost').length,
    );
    for (const why of ['partition', 'down'] as const) {
      expect(messages.filter(({ fate }) => fate === why).length).toBe(
        entries(trace, 'undelivered').filter((entry) => entry.why === why).length,
      );
    }
    const received = messages.filter(({ fate }) => fate === 'delivered').length;
    const toNodes = entries(trace, 'step').filter(
      ({ cause, payload }) => cause.from !== cause.to || payload !== null,
    );
    const toClients = entries(trace, 'client').filter(({ what }) =>
      ['ok', 'fail', 'late reply'].includes(what),
    );
    expect(received).toBe(toNodes.length + toClients.length);
  });

  test('an arrow goes from the step that sent it to the step that received it, down the page', () => {
    for (const message of messages) {
      const { sentBy, receivedBy, from, to, sentAt, arrives } = message;
      expect(steps[sentBy]?.lanes).toContain(from);
      expect(steps[sentBy]?.time).toBe(sentAt);
      if (receivedBy === undefined) continue;
      expect(steps[receivedBy]?.lanes).toEqual([to]);
      expect(steps[receivedBy]?.time).toBe(arrives);
      expect(steps[receivedBy]?.causes).toContain(sentBy);
      expect(layout.rows[receivedBy]).toBeGreaterThan(layout.rows[sentBy] as number);
    }
  });

  test("the states that the changes lead to are the trace's", () => {
    const states = new Map<string, Json>();
    const own = entries(trace, 'step')[Symbol.iterator]();
    for (const { kind, lanes, changes } of steps) {
      if (kind === 'fault' || kind === 'client') {
        expect(changes).toEqual([]);
        continue;
      }
      const { node, disk, memory } = own.next().value as Extract<TraceStep, { kind: 'step' }>;
      expect(laneNames(diagram, lanes)).toEqual([node]);
      const state = patched(states.get(node), changes) as Json;
      states.set(node, state);
      expect(state).toEqual({ disk, memory });
    }
  });

  test('causes come before their effects, and the past of a step holds only what came before it', () => {
    steps.forEach(({ causes }, index) => {
      for (const cause of causes) expect(cause).toBeLessThan(index);
    });
    const last = steps.length - 1;
    const past = causalPast(steps, last);
    expect(past.has(last)).toBe(true);
    for (const step of past) {
      for (const cause of steps[step]?.causes ?? []) expect(past.has(cause)).toBe(true);
    }
  });

  test('bars are the operations of the history, and their order in real time can be seen', () => {
    const operations = operationsOf(history);
    const shown = bars.filter(({ operation }) => operation !== undefined);
    expect(shown.map(({ f, input, output, process }) => ({ f, input, output, process }))).toEqual(
      operations.map(({ f, input, output, process }) => ({ f, input, output, process })),
    );
    expect(shown.map(({ operation }) => operation)).toEqual(operations.map(({ id }) => id));
    const told = steps.flatMap(({ kind, label }, index) =>
      kind === 'client' && ['invoke', 'ok', 'fail', 'info'].includes(label)
        ? [layout.rows[index] as number]
        : [],
    );
    expect(told.length).toBe(history.length);
    for (let i = 1; i < told.length; i++) expect(told[i]).toBeGreaterThan(told[i - 1] as number);
  });

  test('no two steps of a lane share a place', () => {
    const places = steps.flatMap(({ lanes }, index) => lanes.map((lane) => `${lane} ${layout.rows[index]}`));
    expect(new Set(places).size).toBe(places.length);
  });

  test('each shape has a key of its own, the same wherever one looks', () => {
    const geometry = { gutter: 58, laneWidth: 100, rowHeight: 23, selected: 0 };
    const keysOf = (from: number, to: number) => {
      const keys = drawing(diagram, layout, { ...geometry, from, to }).map(({ key }) => key);
      expect(keys).not.toContain(undefined);
      expect(new Set(keys).size).toBe(keys.length);
      return keys;
    };
    const whole = keysOf(0, layout.height);
    for (const key of keysOf(5, 20)) expect(whole).toContain(key);
  });

  test('what touches the rows in sight is drawn, and little else', () => {
    const geometry = { gutter: 58, laneWidth: 100, rowHeight: 23 };
    const drawn = (from: number, to: number) => {
      const shapes = drawing(diagram, layout, { ...geometry, from, to });
      const named = (name: string, kind: RegExp) =>
        shapes.flatMap(({ attributes }) =>
          attributes[name] !== undefined && kind.test(String(attributes['class']))
            ? [Number(attributes[name])]
            : [],
        );
      return [
        [...new Set(named('data-step', /^step/))],
        named('data-bar', /^bar/),
        named('data-message', /^arrow/),
      ];
    };
    const row = (step: number) => layout.rows[step] as number;
    for (let from = -10; from < layout.height; from += 7) {
      const to = from + 9;
      const touches = (top: number, bottom: number) => bottom >= from - 1 && top <= to + 1;
      const among = (count: number, touching: (index: number) => boolean) =>
        Array.from({ length: count }, (_, index) => index).filter(touching);
      expect(drawn(from, to)).toEqual([
        among(steps.length, (index) => steps[index]!.lanes.length > 0 && touches(row(index), row(index))),
        among(bars.length, (index) => {
          const { from: begin, to: end } = bars[index]!;
          return touches(row(begin), end === undefined ? layout.height - 0.3 : row(end));
        }),
        among(messages.length, (index) => {
          const { top, bottom } = spanOf(messages[index]!, layout);
          return messages[index]!.from !== messages[index]!.to && touches(top, bottom);
        }),
      ]);
    }
  });

  test('a crash lasts until the restart, a partition cuts links, a clock that was tampered with tells both readings', () => {
    const blocks = diagram.blocks.filter(({ kind }) => kind === 'crash');
    for (const { lane, from, until } of blocks) {
      const restart = steps.find(
        ({ label, lanes }, index) => index > from && label === 'restart' && lanes.includes(lane),
      );
      expect(until).toBe(restart?.time ?? diagram.end);
    }
    for (const { links, from, until } of diagram.bands) {
      expect(links.length).toBeGreaterThan(0);
      expect(until).toBeGreaterThanOrEqual(steps[from]?.time as number);
    }
    for (const step of steps) {
      const { label, clock, words } = step;
      if (label !== 'clock') continue;
      if (clock) {
        const [told] = stepLabels({ ...step, notes: [] }, false);
        const moved = clock.before !== clock.after;
        expect(told?.text).toBe(
          moved ? `clock ${clock.before} → ${clock.after}` : `clocks at ${clock.rate}×`,
        );
      }
      const jump = /jumps by (-?\d+)/.exec(words)?.[1];
      if (jump !== undefined && clock)
        expect(Math.abs(clock.after - clock.before)).toBeLessThanOrEqual(Math.abs(Number(jump)));
      else expect(clock?.rate).toBeGreaterThan(0);
    }
  });

  test('what is said of the linearization is so', () => {
    const spec = model.protocol.definition.implements;
    if (!spec || history.length === 0) return;
    const operations = operationsOf(history);
    const linearization = linearizationOf(spec, operations);
    if (linearization.valid === 'unknown') return;
    const orders = linearization.valid ? [linearization] : linearization.prefixes;
    expect(orders.length).toBeGreaterThan(0);
    if (spec.keyed) return;
    for (const { order } of orders) {
      const state = spec.init();
      for (const id of order) {
        const { f, input, output } = operations[id] as (typeof operations)[number];
        expect(matches(spec.ops[f]?.(state as never, input as never, output as never), input, output)).toBe(
          true,
        );
      }
      const points = pointsOf(order, bars, layout);
      expect(points.length).toBe(order.length);
      points.forEach(({ bar, row }, index) => {
        const { from, to, type } = bars[bar] as (typeof bars)[number];
        expect(row).toBeGreaterThan(layout.rows[from] as number);
        if (type === 'ok') expect(row).toBeLessThan(layout.rows[to as number] as number);
        if (index > 0) expect(row).toBeGreaterThan((points[index - 1] as { row: number }).row);
      });
    }
  });
});

test('changes lead from any state to any other', () => {
  const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
  const states = fc.record({ disk: json, memory: json });
  fc.assert(
    fc.property(states, states, (before, after) => {
      const changes = patchBetween(before as Json, after as Json);
      expect(equalJson(patched(before as Json, changes), after)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a state that stays the same has no changes, and one that changes in one place has one', () => {
  const state = { disk: { votes: ['n1', 'n2'], term: 3 }, memory: { calls: { 101: { phase: 'query' } } } };
  expect(patchBetween(state, structuredClone(state))).toEqual([]);
  expect(patchBetween(state, { ...state, disk: { votes: ['n1'], term: 3 } })).toEqual([
    { path: ['disk', 'votes', 1] },
  ]);
  expect(patchBetween(state, { ...state, memory: { calls: {} } })).toEqual([
    { path: ['memory', 'calls', '101'] },
  ]);
});
