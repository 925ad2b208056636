/** What is exported can be read back by what it is for, and says what the run says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Json } from '../../src/base/json.ts';
import { readHistory } from '../../src/history/codecs/read.ts';
import type { HistoryEvent } from '../../src/history/history.ts';
import { asDot } from '../../src/report/exports/dot.ts';
import { historyAsEdn, historyAsJsonLines } from '../../src/report/exports/history-text.ts';
import { asItf } from '../../src/report/exports/itf.ts';
import { asShiviz } from '../../src/report/exports/shiviz.ts';
import { asSvg } from '../../src/report/exports/svg.ts';
import { readCounterexample } from '../../src/runner/counterexample.ts';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels } from '../../src/runner/registry.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import { counterexamplePage } from '../../src/viewer/counterexample-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'clew-exports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cases = (await loadModels()).flatMap((model) =>
  savedCounterexamples(model.name)
    .slice(0, 3)
    .map((file) => {
      const counterexample = readCounterexample(file);
      const { history } = new Executions(model, counterexample.mutant).run(
        counterexample.schedule,
      ).simulation;
      const { schedule } = counterexample;
      // One run is enough here.
      const page = counterexamplePage({ file, counterexample: { ...counterexample, schedule }, model });
      return { file, history, run: page.runs[0]! };
    }),
);

const awkward: HistoryEvent[] = [
  { process: 0, type: 'invoke', f: 'write', value: { 'a "b"': [null, true, -1.5] }, key: 'k\n', time: 1e6 },
  { process: 1, type: 'invoke', f: 'read-all', value: null, key: 7 },
  { process: 0, type: 'info', f: 'write', value: { 'a "b"': [null, true, -1.5] }, key: 'k\n' },
  { process: 1, type: 'ok', f: 'read-all', value: ['x\\', '', 'ü'], key: 7 },
  { process: 2, type: 'invoke', f: 'odd name', value: [[1, 2], {}] },
  { process: 2, type: 'fail', f: 'odd name', value: [[1, 2], {}] },
];

test.each([
  ['edn', historyAsEdn],
  ['jsonl', historyAsJsonLines],
])('a history survives the way through %s', async (format, write) => {
  for (const [index, history] of [awkward, ...cases.map((one) => one.history)].entries()) {
    if (history.length === 0) continue;
    const file = join(folder, `${index}.${format}`);
    writeFileSync(file, write(history));
    const read = await readHistory(file);
    expect(read.format).toBe(format);
    expect(read.events).toEqual(format === 'edn' ? withEchoes(history) : history);
  }
});

/** What was written, said again where the write completes. */
function withEchoes(history: readonly HistoryEvent[]): HistoryEvent[] {
  return history.map((event, index) => {
    if (event.type !== 'ok' || event.value !== null || !/^(write|add|delete)$/.test(event.f)) return event;
    const before = history.slice(0, index).findLast(({ process }) => process === event.process);
    return { ...event, value: before!.value };
  });
}

test('Jepsen finds what was written in the completion, and micro-operations by keywords', () => {
  const event = (type: HistoryEvent['type'], f: string, value: Json) => ({ process: 0, type, f, value });
  const lines = historyAsEdn([
    event('invoke', 'write', 3),
    event('ok', 'write', null),
    event('invoke', 'lookup', 'k'),
    event('ok', 'lookup', null),
    event('invoke', 'txn', [['append', 'x', 1], ['r', 'y', null], 'odd']),
    event('ok', 'txn', [
      ['append', 'x', 1],
      ['r', 'y', [2]],
    ]),
  ]).split('\n');
  expect(lines.map((line) => /:value (.*), :index/.exec(line)?.[1])).toEqual([
    ...['3', '3', '"k"', 'nil', '[[:append "x" 1] [:r "y" nil] "odd"]', '[[:append "x" 1] [:r "y" [2]]]'],
    undefined,
  ]);
});

describe.each(cases)('$file', ({ run, file }) => {
  const { diagram } = run;
  const { lanes, steps, messages } = diagram;
  const travelling = messages.filter(({ from, to }) => from !== to);

  test('the ShiViz log has a vector clock an event, which grows along each lane and over each message', () => {
    // ShiViz takes the first line of a file for the expression, the second for a delimiter, the rest for the log.
    const [expression = '', delimiter, ...log] = asShiviz(diagram).split('\n');
    expect(delimiter).toBe('');
    const found = log.join('\n').matchAll(new RegExp(`^${expression}$`, 'gm'));
    const events = [...found].map(({ groups }) => ({
      host: groups!['host'] as string,
      clock: JSON.parse(groups!['clock'] as string) as Record<string, number>,
    }));
    const onHosts = steps.filter(
      ({ kind, label }) => kind !== 'fault' || !['partition', 'hold', 'calm'].includes(label),
    );
    expect(events.length).toBe(onHosts.reduce((sum, step) => sum + step.lanes.length, 0));
    const seen = new Map<string, Record<string, number>>();
    for (const { host, clock } of events) {
      const before = seen.get(host) ?? {};
      expect(clock[host]).toBe((before[host] ?? 0) + 1);
      for (const [name, count] of Object.entries(before)) expect(clock[name]).toBeGreaterThanOrEqual(count);
      // Nobody knows more of a host than it has lived through.
      for (const [name, count] of Object.entries(clock)) {
        if (name !== host) expect(count).toBeLessThanOrEqual(seen.get(name)?.[name] ?? 0);
      }
      seen.set(host, clock);
    }
    expect([...seen.keys()].sort()).toEqual(lanes.map(({ id }) => id).sort());
  });

  test('the ITF trace has a state a step, each with every variable', () => {
    const trace = JSON.parse(asItf(diagram, file)) as {
      vars: string[];
      states: Record<string, unknown>[];
    };
    expect(trace.states.length).toBe(steps.length);
    for (const [index, state] of trace.states.entries()) {
      expect(Object.keys(state).sort()).toEqual(['#meta', ...trace.vars].sort());
      expect(state['#meta']).toEqual({ index });
      expect(JSON.stringify({ ...state, action: '' })).not.toContain('null');
    }
    const nodes = (trace.states.at(-1)!['nodes'] as { '#map': [string, unknown][] })['#map'];
    expect(nodes.map(([id]) => id)).toEqual(lanes.filter(({ kind }) => kind === 'node').map(({ id }) => id));
  });

  test('no record of the ITF trace is one of the forms of the format', () => {
    const keysOf = (value: unknown): string[][] =>
      typeof value !== 'object' || value === null
        ? []
        : [...(Array.isArray(value) ? [] : [Object.keys(value)]), ...Object.values(value).flatMap(keysOf)];
    const none = '{"tag":"None","value":{"#tup":[]}}';
    const { states } = JSON.parse(asItf(diagram, file).replace(/\s/g, '').replaceAll(none, '"none"'));
    for (const keys of keysOf(states)) {
      expect(keys.sort()).not.toEqual(['tag', 'value']);
      for (const key of keys) expect(key).toMatch(/^[A-Za-z_]\w*$|^#(map|set|tup|meta)$/);
    }
  });

  test('the Graphviz picture has an edge for every message that travels', () => {
    const dot = asDot(diagram, 'a "title"');
    const shown = travelling.filter(({ fate }) => fate !== 'in flight');
    const edges = dot.split('\n').filter((line) => /^ {2}s\d+_\d+ -> /.test(line));
    expect(edges.length).toBe(shown.length);
    expect(dot.split('{').length).toBe(dot.split('}').length);
    expect(dot).toContain('label="a \\"title\\""');
  });

  test('the SVG picture is whole and shows every step and message', () => {
    const svg = asSvg(run, 'n1 < n2 & more');
    const open: string[] = [];
    for (const [, close, tag, self] of svg.matchAll(/<(\/?)([a-zA-Z]+)(?:\s[^<>]*?)?(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(tag);
      else if (!self) open.push(tag as string);
    }
    expect(open).toEqual([]);
    expect(svg).toContain('n1 &lt; n2 &amp; more');
    expect(svg.match(/class="arrow/g)?.length ?? 0).toBe(travelling.length);
    expect(svg.match(/<g class="step /g)?.length).toBe(
      steps.reduce((sum, step) => sum + step.lanes.length, 0),
    );
  });
});
