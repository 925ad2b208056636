/** A machine's run as a page and as a trace for TLA+ tools: every state is there, and so is what goes on for ever. */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { machineAsItf } from '../../src/report/exports/itf.ts';
import { type MachinePageInput, machinePage } from '../../src/report/machine-page.ts';
import { patched } from '../../src/report/patch.ts';
import {
  readMachineCounterexample,
  replayMachine,
  savedMachineCounterexamples,
} from '../../src/runner/machine-counterexample.ts';
import { loadMachines } from '../../src/runner/registry.ts';
import { machineCounterexamplePage } from '../../src/viewer/machine-counterexample-page.ts';

const saved = (await loadMachines()).flatMap((machine) =>
  savedMachineCounterexamples(machine.name).map((file) => ({ file, machine })),
);

test('there are saved counterexamples of machines to show', () => {
  expect(saved.length).toBeGreaterThan(0);
});

describe.each(saved)('$file', ({ file, machine }) => {
  const replayed = replayMachine(file, readMachineCounterexample(file), machine);
  const { runs, title, replay } = machineCounterexamplePage(file, replayed, machine);
  const { diagram, verdict } = runs[0]!;

  test('the page has every state of the run, by what each action changed', () => {
    expect([title, replay]).toEqual([replayed.counterexample.property, `npx clew replay ${file}`]);
    expect(verdict).toMatchObject({ kind: 'violated', ...replayed.run.violation });
    let state: Json | undefined;
    const states = diagram.steps.map(({ changes }) => (state = patched(state, changes)));
    expect(states).toEqual([replayed.run.initial, ...replayed.run.steps.map((step) => step.state)]);
    for (const { changes } of diagram.steps) expect(changes).not.toEqual([]);
  });

  test('the ITF trace has the fields of the state as variables', () => {
    const trace = JSON.parse(machineAsItf(diagram, { source: file, loop: undefined }));
    expect(trace.vars).toEqual(['action', ...Object.keys(replayed.run.initial as object)]);
    expect(trace).not.toHaveProperty('loop');
    expect(trace.states.at(-1)).toEqual({
      '#meta': { index: diagram.steps.length - 1 },
      action: replayed.run.steps.at(-1)?.action,
      ...(replayed.run.steps.at(-1)?.state as object),
    });
  });
});

const told = (states: readonly Json[], more: Partial<MachinePageInput> = {}): MachinePageInput => ({
  ...{ file: 'a.trace.json', model: 'clock', mutant: null, nodes: 1, property: 'strikes', story: 'A clock.' },
  initial: states[0] as Json,
  steps: states.slice(1).map((state) => ({ action: 'tick', state })),
  ...{ violation: { property: 'strikes', explanation: 'never' }, hindrance: undefined, round: undefined },
  ...more,
});
const diagramOf = (...parameters: Parameters<typeof told>) =>
  machinePage(told(...parameters)).runs[0]!.diagram;

test('a round is told where it begins, and its last state is the one it goes back to', () => {
  const round = diagramOf([{ at: 0 }, { at: 1 }, { at: 2 }, { at: 1 }], { round: 1 });
  expect(round.steps.map(({ effects }) => effects)).toEqual([
    [],
    ['from here on the rest goes on for ever'],
    [],
    [],
  ]);
  const trace = JSON.parse(machineAsItf(round, { source: 'a', loop: 1 }));
  expect(trace.loop).toBe(1);
  expect(trace.states.map(({ at }: { at: number }) => at)).toEqual([0, 1, 2]);
  const end = diagramOf([{ at: 0 }, { at: 1 }], { round: 1 });
  expect(end.steps.at(-1)?.effects).toEqual(['and nothing more happens']);
});

test('a state whose fields cannot be variables is one variable', () => {
  const odd: Json[][] = [
    [3, 4],
    [{ 'a b': 1 }],
    [{ action: 1 }],
    [{ a: 1 }, { a: 1, b: null }],
    [[1], [2]],
    [null],
    [{}],
  ];
  for (const states of odd) {
    const trace = JSON.parse(machineAsItf(diagramOf(states), { source: 'a', loop: undefined }));
    expect(trace.vars, JSON.stringify(states)).toEqual(['action', 'state']);
    expect(trace.states).toHaveLength(states.length);
    for (const state of trace.states) expect(Object.keys(state).sort()).toEqual(['#meta', 'action', 'state']);
  }
});

test('what Quint would take for something else than a record is a map, and a fraction a string', () => {
  const odd = {
    a: { tag: 'x', value: 1 },
    b: { tag: 'UNIT' },
    c: { __d: 0.5 },
    d: { tag: 1, value: 2, e: {} },
  };
  const trace = JSON.parse(machineAsItf(diagramOf([odd]), { source: 'a', loop: undefined }));
  const { a, b, c, d } = trace.states[0];
  expect(a).toEqual({
    '#map': [
      ['tag', 'x'],
      ['value', 1],
    ],
  });
  expect(b).toEqual({ '#map': [['tag', 'UNIT']] });
  expect(c).toEqual({ '#map': [['__d', '0.5']] });
  expect(d).toEqual({ tag: 1, value: 2, e: { '#map': [] } });
});

test('a run that does not come about says why', () => {
  const page = machinePage(told([{ at: 0 }], { violation: undefined, hindrance: 'action 1 is gone' }));
  expect(page.runs[0]?.verdict).toEqual({ kind: 'holds', property: 'strikes' });
  expect(page.story).toBe('The run does not come about: action 1 is gone.');
});
