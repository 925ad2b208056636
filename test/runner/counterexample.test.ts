/** Saved counterexamples: written whole, read back equal, never overwritten; every bad file gets one clear sentence. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UsageError } from '../../src/base/errors.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import { assert } from '../../src/runner/assert.ts';
import {
  type Counterexample,
  formatCounterexample,
  readCounterexample,
  saveCounterexample,
} from '../../src/runner/counterexample.ts';
import { fitted } from '../../src/runner/fitting.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { type Replay, replay } from '../../src/runner/regressions.ts';
import { ScheduleSource } from '../../src/schedule/generate.ts';

const folder = mkdtempSync(join(tmpdir(), 'clew-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [raft] = selectModels(await loadModels(), ['raft']);
if (!raft) throw new Error('no model raft');
const property = raft.properties[0]?.name ?? '';

const message = { event: 'vote', from: 'n2', to: 'n1', nth: 1 } as const;
const base: Counterexample = {
  model: 'raft',
  mutant: 'vote-not-persisted',
  property,
  explanation: 'two leaders',
  schedule: {
    nodes: 3,
    duration: 200,
    clients: [[{ f: 'write', input: 1, node: 0, wait: 3 }], []],
    deviations: [{ kind: 'drop', message }],
  },
};

test('a counterexample of any schedule is read back as it was written', () => {
  const source = new ScheduleSource(raft.protocol, { nemeses: raft.nemeses });
  const simulation = new Simulation(raft.protocol, { nodes: raft.nodes });
  const kinds = new Set<string>();
  for (let seed = 0; seed < 150; seed++) {
    source.run(simulation, seed);
    const schedule = source.schedule(simulation);
    for (const { kind } of schedule.deviations) kinds.add(kind);
    const file = saveCounterexample({ ...base, schedule }, folder);
    expect(readCounterexample(file)).toEqual({ ...base, schedule });
    expect(fitted(file, { ...base, schedule }, raft)).toMatchObject({
      counterexample: { schedule },
      misfits: [],
    });
  }
  expect(kinds.size).toBe(15);
});

test('one counterexample never overwrites another, and the same one is the same file', () => {
  const other = { ...base, schedule: { ...base.schedule, duration: 201 } };
  const file = saveCounterexample(base, folder);
  expect(saveCounterexample(base, folder)).toBe(file);
  expect(saveCounterexample(other, folder)).not.toBe(file);
  expect(saveCounterexample({ ...base, mutant: null }, folder)).not.toBe(file);
  expect(readCounterexample(file)).toEqual(base);
  const edited = readFileSync(file, 'utf8').replace('two leaders', 'a note of my own');
  writeFileSync(file, edited);
  saveCounterexample(base, folder);
  expect(readFileSync(file, 'utf8')).toBe(edited);
});

/** A file's text with something replaced. */
const text = formatCounterexample(base);
const but = (part: string | RegExp, other: string) => {
  const changed = text.replace(part, other);
  if (changed === text) throw new Error(`nothing to replace: ${part}`);
  return changed;
};

test.each<[string, string, RegExp]>([
  ['is empty', '', /: is not whole JSON/],
  [
    'is cut short',
    text.slice(0, text.length / 2),
    /: is not whole JSON .*; expected a clew\/schedule@1 file/,
  ],
  [
    'is no object',
    '[1, 2]',
    /: has no "format" field, so it is not a file of clew; expected 'clew\/schedule@1'/,
  ],
  ['is null', 'null', /: has no "format" field/],
  ['is not ours', '{"name": "clew"}', /: has no "format" field/],
  ['is of another version', but('schedule@1', 'schedule@2'), /: has format 'clew\/schedule@2'; expected/],
  ['is a history', but('clew/schedule@1', 'clew/history@1'), /: has format 'clew\/history@1'; expected/],
  ['lacks a field', but(/ {2}"nodes": 3,\n/, ''), /: nodes: /],
  ['has a field too many', but('"nodes": 3', '"nodes": 3, "extra": 1'), /extra/],
  ['has too many nodes', but('"nodes": 3', '"nodes": 12'), /: nodes: /],
  ['has a duration in words', but('"duration": 200', '"duration": "long"'), /: duration: /],
  ['has an endless duration', but('"duration": 200', '"duration": 1e300'), /: duration: /],
  ['has an unknown kind of deviation', but('"drop"', '"dorp"'), /: deviations\.0/],
  ['names a node wrongly', but('"n2"', '"node 2"'), /: deviations\.0.*expected a node/],
  ['counts from 0', but('"nth":1', '"nth":0'), /: deviations\.0\.message\.nth: /],
  ['has a client that is none', but('"clients": [', '"clients": [7,'), /: clients\.0: /],
])('a file that %s is refused in one sentence', (_what, contents, complaint) => {
  const file = join(folder, 'bad.json');
  writeFileSync(file, contents);
  let told = '';
  try {
    readCounterexample(file);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    told = (error as Error).message;
  }
  expect(told).toMatch(complaint);
  expect(told.startsWith(file)).toBe(true);
  expect(told).not.toContain('\n');
});

test('a file that cannot be read is told with the reason', () => {
  expect(() => readCounterexample(join(folder, 'absent.json'))).toThrow(/cannot be read \(ENOENT\)/);
  expect(() => readCounterexample(folder)).toThrow(/cannot be read \(EISDIR\)/);
});

/** Two operations of which one is gone, and deviations of both, of a message that is gone and of one that is not. */
const write = { f: 'write', input: 1, node: 0, wait: 0 };
const outgrown: Counterexample = {
  ...base,
  schedule: {
    ...base.schedule,
    clients: [[{ ...write, f: 'gone' }, write]],
    deviations: [
      { kind: 'die', call: 101, after: 3 },
      { kind: 'give-up', call: 102, after: 1 },
      { kind: 'drop', message: { ...message, event: 'lost' } },
      { kind: 'drop', message: { event: 'request', from: 'c1', to: 'n1', nth: 1 } },
    ],
  },
};

test('a counterexample whose model has changed says what no longer applies, and still runs', () => {
  const { misses, skipped, counterexample } = replay('saved.json', outgrown, raft);
  expect(misses).toEqual([
    "operation 1 of c1 is left out: it calls 'gone', which raft does not have any more (it has: write, read)",
    'deviation 1 is left out with the operation that it befalls',
    expect.stringMatching(
      /^deviation 3 found no target .*: there is no event 'lost' any more \(there are: .*vote/,
    ),
  ]);
  expect(skipped).toEqual([3]);
  expect(counterexample.schedule.clients).toEqual([[write]]);
  expect(counterexample.schedule.deviations).toEqual([
    { kind: 'give-up', call: 101, after: 1 },
    ...outgrown.schedule.deviations.slice(2),
  ]);
  const renamed = replay('saved.json', { ...base, property: 'gone' }, raft);
  expect(renamed.misses[0]).toMatch(
    /^it violated 'gone', which raft does not have any more \(it has: .*election safety/,
  );
  expect(renamed.stillFails).toBe(false);
});

test('what is saved and holds by now is reported, and its file stays', async () => {
  const own = mkdtempSync(join(folder, 'fixed-'));
  const file = saveCounterexample({ ...outgrown, mutant: null }, own);
  const reported: Replay[] = [];
  const options = { folder: own, runs: 1, seed: 1, onFixed: (replayed: Replay) => reported.push(replayed) };
  await assert(raft, options);
  expect(reported.map((each) => [each.file, each.misses.length])).toEqual([[file, 3]]);
  expect(readCounterexample(file).schedule).toEqual(outgrown.schedule);
});

test('without its planted bug a counterexample has nothing to run', () => {
  expect(() => replay('saved.json', { ...base, mutant: 'gone' }, raft)).toThrow(
    /^saved\.json: mutant 'gone', which raft does not have;.*it has: vote-not-persisted/,
  );
});
