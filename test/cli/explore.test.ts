/** `clew explore` as a shell sees it: exit codes, what `--json` has, bad flags, bounds and Ctrl-C. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, Folder, runAll } from './in-folder.ts';

const real = new Folder();
const commands = {
  holds: 'explore two-phase --nodes 3 --no-symmetry --json',
  symmetric: 'explore two-phase --nodes 5 --symmetry --json',
  worlds: 'explore abd --clients write;read --nodes 2 --json',
  violated: 'explore abd --mutant majority-off-by-one --json',
  inWords: 'explore abd --mutant majority-off-by-one',
  machine: 'explore two-phase --mutant commits-before-all-prepared --json',
  machineInWords: 'explore two-phase --mutant commits-before-all-prepared',
  noSuchBug: 'explore two-phase --mutant nonsense',
  fewStates: 'explore two-phase --nodes 5 --max-states 500 --json',
  noTime: 'explore two-phase --nodes 5 --max-time 0ms',
  noMemory: 'explore two-phase --nodes 7 --max-memory 1MB',
  depth: 'explore two-phase --nodes 5 --depth 4 --json',
  exact: 'explore two-phase --nodes 3 --exact --json',
  deviations: 'explore abd --mutant majority-off-by-one --order deviations --json',
  noSuchModel: 'explore nonsense',
  noSuchMutant: 'explore abd --mutant nonsense',
  noSuchFlag: 'explore abd --nonsense 3',
  noSuchOrder: 'explore abd --order sideways',
  noWorkers: 'explore abd --workers 0',
  workersInDepth: 'explore abd --workers 2 --order depth',
  negative: 'explore abd --crashes -1',
  noUnit: 'explore abd --max-time 3',
  notSymmetric: 'explore two-phase-commit --symmetry',
} as const;

let seen: Record<keyof typeof commands, Finished>;
beforeAll(async () => {
  const names = Object.keys(commands) as (keyof typeof commands)[];
  const finished = await runAll(names.map((name) => [commands[name], real]));
  seen = Object.fromEntries(names.map((name, index) => [name, finished[index]!])) as typeof seen;
}, 240_000);
afterAll(() => real.remove());

const json = (name: keyof typeof commands) => JSON.parse(seen[name].stdout);

test('what holds exits with 0, and counts as others count', () => {
  expect(seen.holds.code).toBe(0);
  expect(json('holds')).toMatchObject({
    ...{ model: 'two-phase', mutant: null, verdict: 'holds', states: 288, transitions: 1145, depth: 10 },
    ...{ property: null, counterexample: null, reason: null, frontier: 0, cut: 0, workers: 1 },
  });
  expect(json('holds').missProbability).toBeGreaterThan(0);
  expect(json('symmetric')).toMatchObject({ verdict: 'holds', states: 665 });
  expect(seen.worlds.code).toBe(0);
  expect(json('worlds')).toMatchObject({ verdict: 'holds', nodes: 2, bounds: { clients: 'write;read' } });
  expect(json('exact')).toMatchObject({ verdict: 'holds', states: 288, missProbability: 0 });
});

test('what is violated exits with 1 and is saved as a counterexample', () => {
  expect(seen.violated.code).toBe(1);
  const { verdict, property, counterexample, trace } = json('violated');
  expect(verdict).toBe('violated');
  expect(property).toBe('linearizable register');
  expect(existsSync(join(real.path, counterexample))).toBe(true);
  expect(trace.length).toBeGreaterThan(0);
  expect(seen.inWords.code).toBe(1);
  expect(seen.inWords.stdout).toContain('majority-off-by-one');
  expect(seen.inWords.stdout).toMatch(/^ {5}without it, /m);
  expect(seen.deviations.code).toBe(1);
});

test('what is violated by a machine is saved, replays, and is fixed in the correct one', async () => {
  expect(seen.machine.code).toBe(1);
  const { counterexample, mutant, property, trace } = json('machine');
  expect([mutant, trace.length]).toEqual(['commits-before-all-prepared', 6]);
  const text = readFileSync(join(real.path, counterexample), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    format: 'clew/machine-trace@1',
    model: 'two-phase',
    mutant,
    property,
  });
  expect(seen.machineInWords.stdout).toContain(`replay  npx clew replay ${counterexample} --steps\n`);
  const correct = real.write('correct.json', text.replace(/"mutant": .*/, '"mutant": null,'));
  const renamed = real.write('renamed.json', text.replace('TMCommit', 'Commit'));
  const [steps, asJson, fixed, gone] = await runAll([
    [`replay ${counterexample} --steps`, real],
    [`replay ${counterexample} --json`, real],
    [`replay ${correct}`, real],
    [`replay ${renamed}`, real],
  ]);
  expect(steps!.code).toBe(1);
  expect(steps!.stdout).toMatch(/^3 {2}TMCommit\n {7}tmState init → committed\n {7}commit false → true\n4 /m);
  expect(steps!.stdout).toContain(`STILL FAILS '${property}'\n`);
  expect(JSON.parse(asJson!.stdout)).toMatchObject({
    verdict: 'STILL FAILS',
    violation: { property },
    hindrance: null,
  });
  expect(fixed!.code).toBe(0);
  expect(fixed!.stdout).toBe(
    `FIXED '${property}': correct.json does not come about: action 3 of 5, TMCommit, is not possible after action 2\n`,
  );
  const [page, again, badSpec, itf, svg, edn, dot] = await runAll([
    [`view ${counterexample} --out machine.html`, real],
    [`view ${correct} --out correct.html`, real],
    [`view ${counterexample} --spec register`, real],
    [`export ${counterexample} --format itf`, real],
    [`export ${counterexample} --format svg`, real],
    [`export ${counterexample} --format edn`, real],
    [`export ${counterexample} --format dot`, real],
  ]);
  expect([page!.code, again!.code, itf!.code, svg!.code]).toEqual([0, 0, 0, 0]);
  const shown = readFileSync(join(real.path, 'machine.html'), 'utf8');
  expect(shown).toContain('"label":"TMCommit"');
  expect(readFileSync(join(real.path, 'correct.html'), 'utf8')).toContain('TMCommit, is not possible after');
  expect(badSpec!.stderr).toContain('--spec is for histories');
  expect(JSON.parse(itf!.stdout).states).toHaveLength(6);
  expect(svg!.stdout).toContain('RMChooseToAbort');
  for (const refused of [edn!, dot!]) {
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /is of a machine, which has no messages and no history; expected itf or svg\n$/,
    );
  }
  expect(gone!.code).toBe(0);
  expect(gone!.stdout).toContain(
    'renamed.json does not come about: action 3 of 5, Commit, is not one of two-phase any more (it has: TMCommit, ',
  );
}, 120_000);

test('what a budget ends exits with 2 and says what was covered', () => {
  expect(seen.fewStates.code).toBe(2);
  expect(json('fewStates')).toMatchObject({
    ...{ verdict: 'unknown', states: 500, reason: 'the budget of 500 states ran out' },
  });
  expect(json('fewStates').frontier).toBeGreaterThan(0);
  expect(seen.noTime.code).toBe(2);
  expect(seen.noTime.stdout).toMatch(
    /^UNKNOWN two-phase .* the budget of 0 s ran out; nothing is violated in 1 /,
  );
  expect(seen.noMemory.code).toBe(2);
  expect(seen.noMemory.stdout).toMatch(/memory ran out: [\d,]+ MB of 1 MB used/);
  // A bound is no budget: what lies within it was searched.
  expect(seen.depth.code).toBe(0);
  expect(json('depth')).toMatchObject({ verdict: 'holds', depth: 4 });
  expect(json('depth').cut).toBeGreaterThan(0);
});

test('bad input exits with 3 and one line that says what was expected', () => {
  const told: Partial<Record<keyof typeof commands, RegExp>> = {
    noSuchModel: /nonsense.*expected one of|nonsense.*abd/,
    noSuchMutant: /nonsense.*majority-off-by-one/,
    noSuchBug: /two-phase.*nonsense.*commits-before-all-prepared, aborts-after-prepared/,
    noSuchFlag: /unknown flag --nonsense/,
    noSuchOrder: /sideways.*breadth/,
    noWorkers: /--workers 0; expected/,
    workersInDepth: /2 workers with the order 'depth'/,
    negative: /--crashes -1; expected/,
    noUnit: /--max-time 3; expected/,
    notSymmetric: /does not declare its nodes interchangeable/,
  };
  for (const [name, line] of Object.entries(told)) {
    const { code, stdout, stderr } = seen[name as keyof typeof commands];
    expect([name, code, stdout]).toEqual([name, 3, '']);
    expect(stderr, name).toMatch(line);
    expect(stderr.trim().split('\n'), name).toHaveLength(1);
  }
});

test('Ctrl-C ends a search with what was covered', async () => {
  // It says that it has begun, and never ends.
  const counter = `
    import { action, machine } from 'clew';
    let begun = false;
    export const counter = machine({
      name: 'counter',
      init: () => ({ at: 0 }),
      actions: () => [action('up', () => {
        if (!begun) process.stderr.write('begun');
        begun = true;
        return true;
      }, (state) => void state.at++)],
    });
  `;
  const own = new Folder({ 'counter.ts': counter });
  let sent = false;
  const { code, stdout } = await own.run('explore counter', (_text, signal) => {
    if (!sent) signal('SIGINT');
    sent = true;
  });
  own.remove();
  expect([code, stdout.split(':')[0]]).toEqual([2, 'UNKNOWN counter with 3 participants']);
  expect(stdout).toMatch(/interrupted; nothing is violated in [\d,]+ distinct states/);
}, 120_000);
