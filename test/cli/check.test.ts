import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = 'histories/examples';
const folder = mkdtempSync(join(tmpdir(), 'clew-check-'));

function clew(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync('node', ['src/cli/clew.mjs', 'check', ...args], {
    cwd: root,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr: stderr.replace(/^npm warn.*\n/gm, '') };
}

test('each file gets an object; one that cannot be read gets an error, and the others are still checked', () => {
  const { status, stdout } = clew([
    `${examples}/register/valid/crashed-write-takes-effect-late.jsonl`,
    'nowhere.jsonl',
    `${examples}/register/invalid/stale-read.jsonl`,
    '--spec',
    'register',
    '--json',
  ]);
  expect(status).toBe(3);
  const [valid, missing, invalid] = JSON.parse(stdout);
  expect(valid).toMatchObject({
    valid: true,
    consistency: 'linearizable',
    spec: 'register',
    operations: 3,
    witness: [1, 0, 2],
  });
  expect(valid.elapsedMs).toBeGreaterThan(0);
  expect(missing).toEqual({ file: 'nowhere.jsonl', error: 'nowhere.jsonl: no such file' });
  expect(invalid).toMatchObject({
    valid: false,
    anomaly: { kind: 'not linearizable', operation: { f: 'read', output: 1, line: 5 }, legal: [2] },
  });
  expect(invalid.anomaly.minimal).toHaveLength(3);
});

test('an invalid history from standard input exits 1 and is explained', () => {
  const events =
    '{"process":0,"type":"invoke","f":"read","value":null}\n{"process":0,"type":"ok","f":"read","value":7}\n';
  const { status, stdout } = clew(['-', '--spec', 'register', '--initial', '3'], events);
  expect(status).toBe(1);
  expect(stdout).toContain('standard input: NOT LINEARIZABLE');
  expect(stdout).toContain('read could have answered 3.');
});

test('a negative number after a flag is its value', () => {
  const events =
    '{"process":0,"type":"invoke","f":"read"}\n{"process":0,"type":"ok","f":"read","value":-7}\n';
  expect(clew(['-', '--spec', 'register', '--initial', '-7'], events).status).toBe(0);
  expect(clew(['-', '--spec', 'register', '--initial', '-3'], events).status).toBe(1);
});

test('a function that the spec does not have is an error with file, line and event', () => {
  const file = join(folder, 'unknown.jsonl');
  writeFileSync(file, '\n{"process":0,"type":"invoke","f":"push","value":1}\n');
  const { status, stderr } = clew([file, '--spec', 'register']);
  expect(status).toBe(3);
  expect(stderr).toBe(
    `clew: ${file}:2: event 1: the spec 'register' has no function 'push'; it has: read, write\n`,
  );
});

test('an input that the spec cannot take is an error with file, line and event', () => {
  const file = join(folder, 'cas.jsonl');
  writeFileSync(
    file,
    '\n{"process":0,"type":"invoke","f":"cas","value":3}\n{"process":0,"type":"ok","f":"cas","value":3}\n',
  );
  const { status, stderr } = clew([file, '--spec', 'cas-register']);
  expect(status).toBe(3);
  expect(stderr).toBe(
    `clew: ${file}:2: event 1: cas-register.cas cannot take the input 3: expected [from, to]\n`,
  );
});

test('how a history was taken apart is told', () => {
  const file = join(folder, 'registers.jsonl');
  const event = (process: number, type: string, f: string, value: unknown) =>
    JSON.stringify({ process, type, f, value });
  writeFileSync(
    file,
    [
      event(0, 'invoke', 'write', { x: 1, y: 2 }),
      event(1, 'invoke', 'write', { z: 1 }),
      event(0, 'ok', 'write', { x: 1, y: 2 }),
      event(1, 'ok', 'write', { z: 1 }),
      event(0, 'invoke', 'read', ['y']),
      event(0, 'ok', 'read', { y: 2 }),
    ].join('\n'),
  );
  const args = [file, '--spec', 'multi-register'];
  expect(JSON.parse(clew([...args, '--json']).stdout)[0]).toMatchObject({
    valid: true,
    decomposition: { objects: 2, by: ['part'], windows: 3 },
    algorithms: ['depth-first search'],
  });
  expect(clew(args).stdout).toContain(
    '2 parts judged apart; 3 windows between quiescent points; by depth-first',
  );
});

test('pairs that may be keys and values are pointed out', () => {
  const text =
    '{:process 0 :type :invoke :f :read :value [1 nil]}\n{:process 0 :type :ok :f :read :value [1 nil]}\n';
  expect(clew(['-', '--spec', 'cas-register'], text).stdout).toContain('add --independent');
  expect(clew(['-', '--spec', 'cas-register', '--independent'], text).status).toBe(0);
});

test("a limit holds inside a user's spec that never returns", () => {
  const file = join(folder, 'endless.ts');
  writeFileSync(
    file,
    `import { spec } from '${root}src/spec/spec.ts';
export const endless = spec({ name: 'endless', init: () => ({}), ops: { read: () => { for (;;) {} } } });
`,
  );
  const history = `${examples}/register/invalid/first-operation-is-wrong.jsonl`;
  const { status, stdout } = clew([history, '--spec', file, '--max-time', '300ms']);
  expect(status).toBe(2);
  expect(stdout).toContain('UNKNOWN');
  expect(stdout).toContain('the time limit of 0.3 s was reached inside a function of the spec');
});
