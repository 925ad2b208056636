/** The commands that make files: `new`, `view` and `export`, as a shell sees them. */
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PageData } from '../../src/report/page.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import { pageTemplate } from '../../src/viewer/template.ts';
import { Folder } from './in-folder.ts';

const folder = new Folder({});
const real = new Folder();
const saved = resolve(savedCounterexamples('abd')[0] as string);

// Built once here, so that no command has to.
beforeAll(async () => {
  await pageTemplate();
  mkdirSync(join(folder.path, 'node_modules'));
  symlinkSync(resolve('.'), join(folder.path, 'node_modules', 'clew'));
}, 120_000);
afterAll(() => {
  folder.remove();
  real.remove();
});

test('a new model survives, its planted bug is caught, and it is never written over', async () => {
  const made = await folder.run('new my-cell');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  // This folder has clew and nothing else.
  expect(made.stdout).toContain('npm install --save-dev vitest');
  expect(made.stdout).toContain('npx vitest run test/my-cell.test.ts');
  expect(existsSync(join(folder.path, 'test', 'my-cell.test.ts'))).toBe(true);
  const text = readFileSync(join(folder.path, 'models', 'my-cell.ts'), 'utf8');
  expect(text).toContain("from 'clew'");
  expect(text.split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(40);

  const survives = await folder.run('fuzz my-cell --runs 1000 --seed 3');
  expect(survives.stdout).toMatch(/^HOLDS my-cell survived 1,000 schedules/);
  const caught = await folder.run('fuzz my-cell --mutant answers-before-persist --seed 1 --json');
  expect(caught.code).toBe(1);
  expect(JSON.parse(caught.stdout)).toMatchObject([{ property: 'no answer is forgotten' }]);

  const again = await folder.run('new my-cell');
  expect(again).toMatchObject({ code: 3, stdout: '' });
  expect(again.stderr).toContain('models/my-cell.ts exists');
  for (const name of ['My_Cell', '../up', 'model', 'class', 'a'.repeat(31)]) {
    expect(await folder.run(`new ${name}`), name).toMatchObject({ code: 3, stdout: '' });
  }
});

test('a page is made anew over a page, and over nothing else', async () => {
  const page = join(real.path, 'page.html');
  expect(await real.run(`view ${saved} --out page.html`)).toMatchObject({ code: 0, stdout: 'page.html\n' });
  const text = readFileSync(page, 'utf8');
  expect(text).toContain('<meta name="generator" content="clew view" />');
  expect(await real.run(`view ${saved} --out page.html`)).toMatchObject({ code: 0 });
  expect(readFileSync(page, 'utf8')).toBe(text);
  real.write('notes.html', '<p>mine</p>');
  const refused = await real.run(`view ${saved} --out notes.html`);
  expect(refused).toMatchObject({ code: 3, stdout: '' });
  expect(refused.stderr).toBe('clew: notes.html exists and is not a page of clew; name another with --out\n');
  expect(readFileSync(join(real.path, 'notes.html'), 'utf8')).toBe('<p>mine</p>');
});

test('a history is shown with its verdict, and a broken one is told by its line', async () => {
  const event = { process: 0, type: 'invoke', f: 'write', value: '</script><script>alert(1)</script>' };
  real.write('good.jsonl', `${JSON.stringify(event)}\n${JSON.stringify({ ...event, type: 'ok' })}\n`);
  expect(await real.run('view good.jsonl --spec register')).toMatchObject({ code: 0, stdout: 'good.html\n' });
  expect(readFileSync(join(real.path, 'good.html'), 'utf8')).not.toContain('<script>alert(1)');
  real.write('bad.jsonl', `${JSON.stringify(event)}\nnonsense\n`);
  const bad = await real.run('view bad.jsonl');
  expect(bad).toMatchObject({ code: 3, stdout: '' });
  expect(bad.stderr).toMatch(/^clew: bad\.jsonl:2: .*not JSON[^\n]*\n$/);
  expect(await real.run('view absent.json')).toMatchObject({
    code: 3,
    stderr: 'clew: absent.json: no such file\n',
  });
});

test('a history is shown with the level it is judged by, or the whole ladder', async () => {
  const events = [
    [0, 'write', 1],
    [1, 'read', 0],
  ].flatMap(([process, f, value]) => [
    { process, type: 'invoke', f, value: f === 'read' ? null : value },
    { process, type: 'ok', f, value },
  ]);
  real.write('stale.jsonl', events.map((event) => JSON.stringify(event)).join('\n'));
  const shown = async (flags: string) => {
    expect(await real.run(`view stale.jsonl --spec register ${flags}`)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const text = readFileSync(join(real.path, 'stale.html'), 'utf8');
    const data = /<script type="application\/json" id="clew-data">(.*?)<\/script>/s.exec(text)?.[1];
    return (JSON.parse(data as string) as PageData).runs[0]!;
  };
  expect((await shown('')).verdict).toMatchObject({ kind: 'violated', property: 'linearizable register' });
  expect((await shown('--consistency sequential')).verdict).toMatchObject({ kind: 'holds' });
  const { verdict, consistency } = await shown('--consistency ladder');
  expect(verdict).toMatchObject({ kind: 'violated' });
  const checked = await real.run('check stale.jsonl --spec register --consistency ladder --json');
  const [{ levels }] = JSON.parse(checked.stdout);
  for (const { level, verdict } of consistency!.levels) expect(verdict, level).toBe(levels[level]);

  for (const [flags, problem] of [
    [
      '--spec register --consistency strong',
      "unknown consistency level 'strong'; expected one of: linearizable",
    ],
    ['--consistency ladder', '--consistency needs --spec, such as --spec cas-register'],
  ] as const) {
    const refused = await real.run(`view stale.jsonl ${flags}`);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain(problem);
  }
  const misplaced = await real.run(`view ${saved} --consistency ladder`);
  expect(misplaced.stderr).toContain('--consistency is for histories');
});

test('what is exported is checked as it was, and an unknown format is told', async () => {
  expect(await real.run(`export ${saved} --format jsonl --out h.jsonl`)).toMatchObject({ code: 0 });
  expect((await real.run('check h.jsonl --spec register')).code).toBe(1);
  expect(await real.run(`export ${saved} --format jsonl --out h.jsonl`)).toMatchObject({ code: 3 });
  expect(await real.run('export h.jsonl --format edn')).toMatchObject({ code: 0, stderr: '' });
  const unknown = await real.run(`export ${saved} --format pdf`);
  expect(unknown).toMatchObject({ code: 3, stdout: '' });
  expect(unknown.stderr).toContain(
    "unknown format 'pdf'; expected one of: edn, jsonl, shiviz, itf, dot, svg",
  );
});
