/** Keeps the house: every rule is put to the test on what it forbids, and then to the whole project. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  everyTestRuns,
  importDirection,
  lockComplaints,
  noAny,
  noCycles,
  noDefaultExport,
  noMarkers,
  notTooLong,
  pathComplaints,
  pureKernel,
  type Rule,
  type Source,
  source,
  surfaceWithoutLogic,
} from './tidy-rules.ts';

/** Files that may be longer than the rest, and why. */
const long: Readonly<Record<string, string>> = {};

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '')
  .flatMap((path) => {
    try {
      return [{ path, text: readFileSync(path, 'utf8') }];
    } catch {
      return []; // Listed, but just now removed.
    }
  });
const code: readonly Source[] = files
  .filter(({ path }) => /\.(ts|mts|mjs)$/.test(path))
  .map(({ path, text }) => source(path, text));

interface Example {
  readonly rule: Rule;
  readonly forbids: readonly (readonly [path: string, text: string])[];
  readonly allows?: readonly (readonly [path: string, text: string])[];
}

const examples: Readonly<Record<string, Example>> = {
  'imports point only upward in the list of layers': {
    rule: importDirection,
    forbids: [
      ['src/kernel/step.ts', "import { check } from '../runner/check.ts';"],
      ['src/kernel/step.ts', "import type { Schedule } from '../schedule/schedule.ts';"],
      ['src/kernel/step.ts', "type S = import('../schedule/schedule.ts').Schedule;"],
      ['src/kernel/step.ts', "import { x } from '../checkers/budget.ts';"],
      ['src/kernel/step.ts', "import * as fc from 'fast-check';"],
      ['src/kernel/step.ts', "import { readFileSync } from 'node:fs';"],
      ['src/base/json.ts', "export { model } from '../index.ts';"],
      ['src/runner/registry.ts', "import { abd } from '../../models/abd.ts';"],
      ['src/runner/check.ts', "const viewer = await import('../viewer/page.ts');"],
      ['src/attic/old.ts', 'export const old = 1;'],
      ['models/abd.ts', "import { step } from '../src/kernel/step.ts';"],
      ['properties/one.ts', "import { abd } from '../models/abd.ts';"],
    ],
    allows: [
      ['src/kernel/step.ts', "import { cloneJson } from '../base/json.ts';\nimport './queue.ts';"],
      ['models/raft/raft.ts', "import { model } from '../../src/index.ts';\nimport './properties.ts';"],
      ['test/laws.ts', "import { step } from '../src/kernel/step.ts';"],
    ],
  },
  'the public surface only exports': {
    rule: surfaceWithoutLogic,
    forbids: [
      ['src/index.ts', 'export const version = 1;'],
      ['src/index.ts', "import './base/json.ts';"],
    ],
    allows: [['src/index.ts', "export { model } from './runner/model.ts';"]],
  },
  'kernel, models and properties have no time, randomness or concurrency of their own': {
    rule: pureKernel,
    forbids: [
      ['src/kernel/a.ts', 'const x = Math.random();'],
      ['src/kernel/a.ts', 'const x = Date.now();'],
      ['models/a.ts', 'const x = new Date();'],
      ['models/a.ts', 'setTimeout(() => {}, 1);'],
      ['properties/a.ts', 'const x: Promise<void> = later;'],
      ['models/a/b.ts', 'const f = async () => {};'],
      ['models/a/b.ts', 'await x;'],
    ],
    allows: [
      ['src/kernel/a.ts', "// Date\nif (x instanceof Promise) throw new Error('Promise, Math.random');"],
      ['src/runner/a.ts', 'const x = Date.now();'],
    ],
  },
  "nothing has the type 'any'": {
    rule: noAny,
    forbids: [
      ['src/a.ts', 'const x: any = 1;'],
      ['test/a.ts', 'const x = y as any[];'],
      ['models/a.ts', 'type T = Record<string, any>;'],
    ],
    allows: [['src/a.ts', "// any\nconst any = 'any';"]],
  },
  'nothing is exported as default': {
    rule: noDefaultExport,
    forbids: [
      ['src/a.ts', 'export default 1;'],
      ['src/a.ts', 'export default function f() {}'],
      ['src/a.ts', 'export { x as default };'],
      ['src/a.ts', "export { default } from './b.ts';"],
    ],
    allows: [
      ['vitest.config.ts', 'export default {};'],
      ['src/a.ts', 'switch (x) { default: y(); }'],
    ],
  },
  'every test runs': {
    rule: everyTestRuns,
    forbids: [
      ['test/a.test.ts', "test.only('x', () => {});"],
      ['test/a.test.ts', "describe.skip('x', () => {});"],
      ['test/a.test.ts', "it.todo('x');"],
      ['test/a.test.ts', "test.skip.each([1])('x', () => {});"],
    ],
    allows: [['test/a.test.ts', "test.each([1])('x', () => {});\ntest.skipIf(true)('y');"]],
  },
  'no comment marks work as undone': {
    rule: noMarkers,
    forbids: [
      ['src/a.ts', '// TODO later\nconst x = 1;'],
      ['src/a.ts', '/** FIXME */\nfunction f() {}'],
      ['src/a.ts', 'const x = 1; // XXX'],
    ],
    allows: [['src/a.ts', "const x = 'TODO'; // done"]],
  },
  'no file of src is too long': {
    rule: notTooLong({}),
    forbids: [['src/a.ts', 'x;\n'.repeat(401)]],
    allows: [
      ['src/a.ts', 'x;\n'.repeat(400)],
      ['test/a.ts', 'x;\n'.repeat(401)],
    ],
  },
};

test.each(Object.entries(examples))('a rule catches what it forbids: %s', (_name, example) => {
  const { rule, forbids, allows = [] } = example;
  for (const [path, text] of forbids) {
    const complaints = rule([source(path, text)]);
    expect(complaints, text).not.toEqual([]);
    for (const complaint of complaints) expect(complaint, text).toContain(path);
  }
  for (const [path, text] of allows) expect(rule([source(path, text)]), text).toEqual([]);
});

test.each(
  Object.entries(examples).filter(([, { rule }]) => rule !== examples['no file of src is too long']?.rule),
)('the project keeps the rule: %s', (_name, { rule }) => {
  expect(rule(code)).toEqual([]);
});

test('the rule against cycles finds those of any length, types included', () => {
  const cycle = [
    source('src/base/a.ts', "import type { B } from './b.ts';"),
    source('src/base/b.ts', "export { c } from './c.ts';"),
    source('src/base/c.ts', "import { a } from './a.ts';"),
    source('src/base/d.ts', "import { a } from './a.ts';"),
  ];
  expect(noCycles(cycle)).toEqual(['src/base/a.ts → src/base/b.ts → src/base/c.ts → src/base/a.ts: a cycle']);
  expect(noCycles(cycle.slice(1))).toEqual([]);
});

test('no file imports itself by way of others', () => {
  expect(noCycles(code)).toEqual([]);
});

test('files of src are short enough to read, and no permission to be long outlives its need', () => {
  expect(notTooLong(long)(code)).toEqual([]);
  expect(notTooLong({ 'src/a.ts': 'was long' })([source('src/a.ts', 'x;')])).toEqual([
    'src/a.ts needs no permission to be long',
  ]);
});

test('the lock file names no registry', () => {
  const bad = '{\n  "resolved": "https://registry.example/a.tgz"\n}';
  expect(lockComplaints(bad)).toEqual(['package-lock.json:2 has a "resolved" field']);
  const lock = files.find(({ path }) => path === 'package-lock.json');
  expect(lock?.text).toContain('"lockfileVersion"');
  expect(lockComplaints(lock?.text ?? '')).toEqual([]);
});

test('nothing names a path on a machine', () => {
  // Put together here, so that this file does not name any itself.
  for (const place of ['home/me', 'Users/me', 'tmp/x', 'work/x', 'root/x'].map((place) => `/${place}`)) {
    expect(pathComplaints('README.md', `see ${place}`), place).toEqual([
      'README.md:1 names a path on a machine',
    ]);
    expect(pathComplaints('a.ts', `'file://${place}'`), place).not.toEqual([]);
  }
  expect(pathComplaints('a.ts', ['C:', 'x'].join('\\'))).not.toEqual([]);
  expect(pathComplaints('a.ts', "import '../work/x.ts'; // src/work/x and https://a.example/home/x")).toEqual(
    [],
  );
  expect(files.flatMap(({ path, text }) => pathComplaints(path, text))).toEqual([]);
});
