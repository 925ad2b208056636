/** The story of every saved counterexample is short, names what matters, and is plain text where colour is unwanted. */
import { describe, expect, test } from 'vitest';
import { changeInWords, changesBetween } from '../../src/report/diff.ts';
import { cut, fitting, wrapped, wrappedTo } from '../../src/report/fit.ts';
import { missInWords } from '../../src/report/misses.ts';
import { stepsInWords } from '../../src/report/steps.ts';
import { story } from '../../src/report/story.ts';
import { readCounterexample } from '../../src/runner/counterexample.ts';
import { Executions } from '../../src/runner/execute.ts';
import { explained } from '../../src/runner/explain.ts';
import { loadModels } from '../../src/runner/registry.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import type { Schedule } from '../../src/schedule/schedule.ts';

const models = await loadModels();
const saved = models.flatMap((model) => savedCounterexamples(model.name).map((file) => ({ model, file })));

describe.each(saved)('$file', ({ model, file }) => {
  const counterexample = readCounterexample(file);
  const input = explained(model, counterexample, file);
  const told = story(input);

  test('is told in at most 25 lines of 100 columns that name the property, the contradiction and the commands', () => {
    const lines = told.split('\n');
    expect(lines.length).toBeLessThanOrEqual(25);
    expect(lines.filter((line) => line.length > 100 && !line.includes(file))).toEqual([]);
    expect(told).toContain(`violates '${input.property}'`);
    expect(told).toContain('The contradiction: ');
    expect(told).toContain(`npx clew replay ${file}`);
    expect(told).toContain(`npx clew view ${file}`);
    expect(told).not.toContain('\u001b');
  });

  test('says of each deviation what would be without it', () => {
    const reasons = told.match(/without it, .{10,}/g) ?? [];
    expect(reasons).toHaveLength(Math.min(8, counterexample.schedule.deviations.length));
  });

  test('tells what happens in the order of time', () => {
    const chain = told.slice(told.indexOf('How it comes about'), told.indexOf('The contradiction'));
    const times = (chain.match(/^ +\d+(?= {2})/gm) ?? []).map(Number);
    expect(times.length).toBeGreaterThan(2);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

const toldOf = (name: string, mutant: string): string => {
  const found = saved.find(({ model, file }) => model.name === name && file.includes(mutant));
  if (!found) throw new Error(`no counterexample of ${mutant}`);
  return story(explained(found.model, readCounterexample(found.file), found.file));
};

test('a crash is told by what it makes a node forget', () => {
  expect(toldOf('raft', 'vote-not-persisted')).toMatch(/without it, n\d would still have disk\.votedFor n\d/);
});

test('a history without a linearization is told by the last order that fits and the answer that was due', () => {
  expect(toldOf('abd', 'ack-before-persist')).toMatch(
    /no order of the operations explains c\d's read → 0\.\n {2}(Before it there is|All before it fit in the order) .*write 1.*; then it could only have returned 1\./,
  );
});

test('two notes that clash are both told, with their times', () => {
  expect(toldOf('primary-backup', 'no-epoch')).toMatch(
    /at \d+ ms n1: ‹primary 2›\n {2}at \d+ ms n2: ‹primary 2›|at \d+ ms n2: ‹primary 2›\n {2}at \d+ ms n1: ‹primary 2›/,
  );
});

test('the facts that contradict each other are of the nodes that the explanation speaks of', () => {
  const facts = (name: string, mutant: string) =>
    (toldOf(name, mutant).match(/^ {2}at \d+ ms .*/gm) ?? []).map((fact) =>
      fact.replace(/^ {2}at \d+ ms /, ''),
    );
  for (const fact of facts('raft', 'vote-not-persisted')) expect(fact).toMatch(/^n\d: ‹leader \d+›$/);
  expect(facts('raft', 'no-up-to-date-check')).toEqual([
    expect.stringMatching(/^n\d: commitIndex 0 → 1/),
    expect.stringMatching(/^n\d: ‹leader \d›/),
  ]);
  expect(facts('two-phase-commit', 'decision-not-persisted')).toEqual([
    expect.stringMatching(/^n\d: ‹decides/),
    expect.stringMatching(/^n\d, restarted: disk\.value \d → 0/),
  ]);
});

test('lines are wrapped and cut by what is seen, and colour takes no room', () => {
  const red = '\u001b[31mred\u001b[39m';
  expect(wrapped(`  one ${red} three`, 9, '    ')).toEqual([`  one ${red}`, '    three']);
  expect(cut(`${red} herring`, 11)).toBe(`${red} herring`);
  expect(cut(`${red} herring`, 7)).toBe('red he…');
  expect(wrappedTo(1, 'one two three', 8)).toEqual(['one t…']);
  expect(
    fitting(
      5,
      () => 'too long',
      () => 'short',
    ),
  ).toBe('short');
});

test('of two states only the paths that changed are shown', () => {
  const before = { disk: { term: 1, log: [{ term: 1 }], votedFor: null }, memory: { votes: ['n1'], old: 1 } };
  const after = { disk: { term: 1, log: [{ term: 2 }, { term: 2 }], votedFor: 'n3' }, memory: { votes: [] } };
  expect(changesBetween(before, after).map((change) => changeInWords(change))).toEqual([
    'disk.log[0].term 1 → 2',
    'disk.log[1] + {term 2}',
    'disk.votedFor null → n3',
    'old − 1',
    'votes[0] − n1',
  ]);
  expect(changesBetween(before, before)).toEqual([]);
});

test('step by step, every step is told with what it changed', () => {
  const [abd] = models.filter(({ name }) => name === 'abd');
  const clients = [[{ f: 'write', input: 5, node: 0, wait: 0 }]];
  const { trace } = new Executions(abd!, null).trace({ nodes: 3, duration: 100, clients, deviations: [] });
  const steps = stepsInWords(trace).split('\n');
  expect(steps.filter((line) => line.includes('disk.version.value 0 → 5'))).toHaveLength(3);
  expect(steps.filter((line) => /^ *\d+ {2}\S/.test(line)).length).toBeGreaterThan(10);
});

test('a deviation without target says what the run has in its place', () => {
  const [abd] = models.filter(({ name }) => name === 'abd');
  const schedule: Schedule = {
    nodes: 3,
    duration: 100,
    clients: [[{ f: 'read', input: null, node: 0, wait: 0 }]],
    deviations: [],
  };
  const { trace } = new Executions(abd!, null).trace(schedule);
  const events = ['query', 'version'];
  const miss = (event: string, to: string, nth: number) =>
    missInWords({ kind: 'drop', message: { event, from: 'n1', to, nth } }, schedule, trace, events);
  expect(miss('query', 'n2', 4)).toBe("there is no 4th 'query' n1→n2 any more: the run has 1 of them");
  expect(miss('query', 'n7', 1)).toBe('n7 is not one of the 3 nodes');
  expect(miss('gossip', 'n2', 1)).toBe("there is no event 'gossip' any more (there are: query, version)");
  expect(missInWords({ kind: 'die', call: 203, after: 1 }, schedule, trace, events)).toMatch(
    /^client c2 never makes call 203/,
  );
});
