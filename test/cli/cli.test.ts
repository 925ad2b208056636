/** The command line as a shell sees it: exit codes, data on stdout, one line for each mistake, no colour in pipes. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { loadMachines, loadModels } from '../../src/runner/registry.ts';
import { Folder, runAll } from './in-folder.ts';

/** Quick to load and to run: every second ping is answered twice, if the planted bug is in. */
const tiny = `
import { drop, duplicate, client, linearizable, model, protocol, reorder, spec, typed, historyProperty } from 'clew';
const cell = spec({
  name: 'cell',
  init: () => ({ value: 0 }),
  ops: { read: (state) => state.value, write: (state, value: number) => void (state.value = value) },
  reads: ['read'],
});
const base = {
  implements: cell,
  message: typed<{ type: 'ping' }>(),
  mutants: { forgets: { story: 'A write is forgotten.', source: 'none' } },
  disk: () => ({ value: 0 }),
  memory: () => ({}),
  on: { ping() {} },
} as const;
const tiny = protocol({
  ...base,
  name: 'tiny',
  story: 'One node holds one value.',
  client: {
    read: ({ disk }, call, { reply }) => reply(call.id, disk.value),
    write({ disk }, call, { mutant, reply }) {
      if (mutant !== 'forgets') disk.value = call.input;
      reply(call.id);
    },
  },
});
export const tinyModel = model(tiny, { nodes: 1, nemeses: [reorder(), drop(), client()], properties: [linearizable(cell)] });
const unsure = protocol({ ...tiny.definition, name: 'unsure' });
export const unsureModel = model(unsure, {
  nodes: 1,
  nemeses: [reorder(), client()],
  properties: [historyProperty('hard', () => ({ valid: 'unknown', reason: 'out of budget' }))],
});
`;

const folder = new Folder({ 'tiny.ts': tiny });
const surface = pathToFileURL(resolve('src/index.ts')).href;
const own = folder.write(
  'lossy.ts',
  `
import { Striker } from '${surface}';
class Lossy extends Striker {
  plan(seed: number) { this.random.reseed(seed); }
  sending(type: number, from: number, to: number, nth: number) {
    return this.random.chance(0.2) ? this.spoil('drop', this.ref(type, from, to, nth)) : 0;
  }
  stepped() {}
}
export const lossy = { name: 'lossy', make: (faults: object) => new Lossy(faults) };
`,
);
const real = new Folder();
const broken = new Folder({ 'bad.ts': 'export const = 3;' });
const empty = new Folder({});
const folders = [folder, real, broken, empty];
afterAll(() => {
  for (const each of folders) each.remove();
});

const colour = '\u001b';

const endings: readonly [words: string, where: Folder, code: number, stdout: RegExp][] = [
  ['', folder, 0, /Usage/],
  ['--version', folder, 0, /^clew\/\d+\.\d+\.\d+ /],
  ['fuzz tiny --runs 50 --seed 1', folder, 0, /^HOLDS tiny survived 50 schedules/],
  [
    'fuzz tiny --runs 50 --seed 1 --coverage',
    folder,
    0,
    /reached: \d+ of an estimated \d+ or more pairs.*growth: .* pairs after 1, 2, 4.*event +any.*request +50.*fault +.*drop +/s,
  ],
  [
    `fuzz tiny --runs 50 --seed 1 --strategy ./${own}`,
    folder,
    0,
    /faults that took effect: reorder 0, drop [1-9]\d*, client 0/,
  ],
  [
    'fuzz unsure --runs 5 --seed 1',
    folder,
    2,
    /^UNKNOWN unsure survived 5 schedules.*, but: hard: out of budget\.\n/,
  ],
];

const mistakes: readonly [words: string, where: Folder, complaint: string][] = [
  ['fuzz tinny', folder, "unknown model 'tinny'; expected one of: tiny, unsure"],
  ['fuzz tiny --mutant gone', folder, "unknown mutant of tiny 'gone'; expected one of: forgets"],
  [
    'fuzz tiny --faults crush',
    folder,
    "--faults: unknown 'crush'; expected a list of: reorder, drop, duplicate,",
  ],
  [
    'fuzz tiny --faults crash',
    folder,
    "unknown fault of tiny 'crash'; expected one of: reorder, drop, client",
  ],
  ['fuzz tiny --rums 3', folder, 'unknown flag --rums; expected one of: --mutant, --all, --runs,'],
  ['fuzz tiny --runs 0', folder, '--runs 0; expected a whole number, 1 or more'],
  ['fuzz tiny --max-time 3', folder, '--max-time 3; expected a time with its unit'],
  ['fuzz tiny --shard 3/2', folder, '--shard 3/2; expected i/n with 1 ≤ i ≤ n'],
  [
    'fuzz tiny --strategy luck',
    folder,
    "unknown strategy 'luck'; expected a file such as ./my-strategy.ts, or one of: portfolio, uniform, swarm, pct, pos, delay, targeted, guided",
  ],
  ['fuzz tiny --strategy ./gone.ts', folder, './gone.ts: no such file'],
  [
    'fuzz tiny --strategy ./models/tiny.ts',
    folder,
    './models/tiny.ts: expected one export with a name and make(faults), found 0 (it exports tiny',
  ],
  ['fuzz two-phase', real, "'two-phase' is a machine, without messages to schedule; expected clew explore"],
  ['fuzz --mutant forgets', folder, '--mutant forgets needs a model'],
  ['fizz', folder, "unknown command 'fizz'; expected one of: fuzz, "],
  ['replay absent.json', folder, 'absent.json: cannot be read (ENOENT)'],
  ['list', broken, 'bad.ts: cannot be loaded ('],
];

const finished = await runAll([...endings, ...mistakes].map(([words, where]) => [words, where]));

test.each(endings.map((ending, index) => [...ending, finished[index]] as const))(
  'clew %s',
  (_words, _where, code, stdout, seen) => {
    expect(seen).toMatchObject({ code, stderr: '' });
    expect(seen?.stdout).toMatch(stdout);
    expect(seen?.stdout).not.toContain(colour);
  },
);

test.each(mistakes.map((mistake, index) => [...mistake, finished[endings.length + index]] as const))(
  'clew %s tells the mistake in one line and exits with 3',
  (_words, _where, complaint, seen) => {
    expect(seen).toMatchObject({ code: 3, stdout: '' });
    expect(seen?.stderr).toMatch(/^clew: /);
    expect(seen?.stderr).toContain(complaint);
    expect(seen?.stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(seen?.stderr).not.toContain('    at ');
  },
);

const fuzzFields = [
  'model',
  'mutant',
  'verdict',
  'runs',
  'steps',
  'elapsedMs',
  'stepsPerSecond',
  'faults',
  'infos',
  'property',
  'counterexample',
  'shrink',
  'seed',
];

test('a planted bug is caught, saved, replayed; mended, it is told to be fixed', async () => {
  const fuzz = 'fuzz tiny --mutant forgets --seed 1 --json';
  const { code, stdout, stderr } = await folder.run(fuzz);
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const [told, ...others] = JSON.parse(stdout);
  expect(others).toEqual([]);
  for (const field of fuzzFields) expect(told, field).toHaveProperty(field);
  expect(told).toMatchObject({
    model: 'tiny',
    mutant: 'forgets',
    verdict: 'violated',
    property: 'linearizable cell',
    seed: 1,
    shrink: { to: 0 },
  });
  expect(Object.keys(told.shrink).sort()).toEqual(['executions', 'from', 'to']);
  expect(Object.keys(told.faults).sort()).toEqual(['client', 'drop', 'reorder']);
  const file = told.counterexample;
  const saved = readFileSync(join(folder.path, file), 'utf8');

  const all = await folder.run('fuzz tiny --all --runs 200 --seed 2');
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toMatch(/tiny +survives +200 .*tiny +forgets +caught +\d+ +0 .*linearizable cell/s);
  expect(all.stdout).toContain('where a kept one still fails, a smaller one is looked for in 2,000 runs');
  expect(readdirSync(join(folder.path, 'histories/regressions/tiny'))).toHaveLength(1);
  expect(readFileSync(join(folder.path, file), 'utf8')).toBe(saved);

  const failing = await folder.run(`replay ${file}`);
  expect(failing).toMatchObject({ code: 1, stderr: '' });
  expect(failing.stdout).toMatch(/^STILL FAILS 'linearizable cell'\n/);
  expect(failing.stdout).toContain('The contradiction: no order of the operations explains');
  expect(failing.stdout).toContain(`saved   ${file}`);
  expect(failing.stdout).not.toContain(colour);

  const mended = readFileSync(join(folder.path, file), 'utf8').replace(
    '"mutant": "forgets"',
    '"mutant": null',
  );
  folder.write('mended.json', mended);
  const fixed = await folder.run('replay mended.json --json');
  expect(fixed.code).toBe(0);
  expect(JSON.parse(fixed.stdout)).toMatchObject({ file: 'mended.json', verdict: 'FIXED', violation: null });

  folder.write('other.json', mended.replace('"model": "tiny"', '"model": "gone"'));
  const gone = await folder.run('replay other.json');
  expect(gone).toMatchObject({ code: 3, stdout: '' });
  expect(gone.stderr).toContain("unknown model 'gone'; expected one of: tiny, unsure");

  folder.write('cut.json', mended.slice(0, 200));
  const cut = await folder.run('replay cut.json');
  expect(cut).toMatchObject({ code: 3, stdout: '' });
  expect(cut.stderr).toMatch(/^clew: cut\.json: is not whole JSON/);
});

test('a saved counterexample that still fails is told at once, with the same fields', async () => {
  const broken = new Folder({ 'tiny.ts': tiny.replace("if (mutant !== 'forgets') ", 'if (mutant) ') });
  const first = JSON.parse((await broken.run('fuzz tiny --seed 1 --json')).stdout)[0];
  const [again, inWords] = await runAll([
    ['fuzz tiny --seed 2 --json', broken],
    ['fuzz tiny --seed 2', broken],
  ]);
  broken.remove();
  expect(again?.code).toBe(1);
  const [told] = JSON.parse(again?.stdout ?? '');
  for (const field of fuzzFields) expect(told, field).toHaveProperty(field);
  const { counterexample, property, shrink } = first;
  expect(told).toMatchObject({ verdict: 'violated', runs: 1, counterexample, property });
  expect(told.shrink).toEqual({ from: shrink.to, to: shrink.to, executions: 0 });
  expect(inWords?.stdout).toMatch(/^A saved counterexample still fails\.\n/);
});

test('what holds is told with the same fields', async () => {
  const { code, stdout } = await folder.run('fuzz tiny --runs 20 --seed 4 --json');
  expect(code).toBe(0);
  const [told] = JSON.parse(stdout);
  for (const field of fuzzFields) expect(told, field).toHaveProperty(field);
  expect(told).toMatchObject({
    verdict: 'holds',
    runs: 20,
    property: null,
    counterexample: null,
    shrink: null,
  });
});

test('the list has every model with its specification, properties, faults and planted bugs; machines are told beside', async () => {
  const { code, stdout, stderr } = await real.run('list --json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const listed = JSON.parse(stdout) as Record<string, unknown>[];
  const models = await loadModels();
  expect(listed.map(({ model }) => model)).toEqual(models.map(({ name }) => name));
  const inWords = (await real.run('list')).stdout;
  for (const { name, definition } of await loadMachines()) {
    expect(inWords).toMatch(new RegExp(`^${name}  .*\\n  a machine   for clew explore$`, 'm'));
    for (const mutant of Object.keys(definition.mutants ?? {})) expect(inWords).toContain(`  ${mutant}: `);
  }
  for (const [index, model] of models.entries()) {
    expect(Object.keys(listed[index] ?? {}).sort()).toEqual(
      ['faults', 'model', 'mutants', 'properties', 'spec', 'story'].sort(),
    );
    expect(listed[index]).toMatchObject({
      properties: model.properties.map(({ name }) => name),
      faults: model.nemeses.map(({ fault }) => fault),
      mutants: Object.entries(model.protocol.definition.mutants ?? {}).map(([name, { story, source }]) => ({
        name,
        story,
        source,
      })),
    });
  }
});

/** Says when the first run begins, so that it can be interrupted then. */
const telling = tiny.replace(
  'disk: () => ({ value: 0 })',
  `disk: () => { if (!globalThis.begun) process.stderr.write('running'); globalThis.begun = true; return { value: 0 }; }`,
);
const interrupted = new Folder({ 'tiny.ts': telling });
folders.push(interrupted);

test('an interrupted campaign prints what it has and exits with 2', async () => {
  let sent = false;
  const { code, stdout } = await interrupted.run('fuzz tiny --max-time 60s --seed 1', (text, signal) => {
    if (!text.includes('running') || sent) return;
    sent = true;
    setTimeout(() => signal('SIGINT'), 100);
  });
  expect(code).toBe(2);
  expect(stdout).toMatch(
    /^UNKNOWN tiny survived [\d,]+ schedules.* but: interrupted before all schedules were tried\.\n/,
  );
});

test('a counterexample found before the interruption is told and saved, and the exit code is 1', async () => {
  const { code, stdout } = await interrupted.run('fuzz tiny --mutant all --seed 1', (text, signal) => {
    if (text.includes('running')) signal('SIGINT');
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^VIOLATED tiny with the planted bug 'forgets'/);
  const [, file = ''] = /^saved {3}(.*)$/m.exec(stdout) ?? [];
  expect(existsSync(join(interrupted.path, file))).toBe(true);
});

test('where there is no folder of models, those that come with clew are known', async () => {
  const nowhere = new Folder({});
  rmSync(join(nowhere.path, 'models'), { recursive: true });
  const [listed, fuzzed] = await runAll([
    ['list --json', nowhere],
    ['fuzz abd --mutant no-write-back --seed 1', nowhere],
  ]);
  expect(JSON.parse(listed!.stdout).map(({ model }: { model: string }) => model)).toContain('abd');
  expect(listed!.stderr).toBe('clew: there is no folder models/ here; these models come with clew\n');
  expect(fuzzed!.stdout).toMatch(/^VIOLATED abd with the planted bug 'no-write-back'/);
  expect(fuzzed!.code).toBe(1);
  nowhere.remove();
});

test('a folder without models says so, and what is short of a model is named', async () => {
  const { code, stdout, stderr } = await empty.run('list --json');
  expect({ code, stdout: stdout.trim() }).toEqual({ code: 0, stdout: '[]' });
  expect(stderr).toBe('clew: no models: no file under models/ exports model(…)\n');
  const protocolOnly = `${tiny.slice(0, tiny.indexOf('export const tinyModel'))}export { tiny };`;
  const bare = new Folder({ 'bare.ts': protocolOnly });
  const [listed, all, named] = await runAll([
    ['list', bare],
    ['fuzz', bare],
    ['fuzz tiny', bare],
  ]);
  bare.remove();
  const said =
    "models/bare.ts exports the protocol 'tiny' and no model of it; expected an export of model(tiny, { … })\n";
  expect(listed).toMatchObject({ code: 0, stderr: expect.stringContaining(said) });
  for (const refused of [all, named])
    expect(refused).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(said) });
  expect(existsSync(join(empty.path, 'histories'))).toBe(false);
});
