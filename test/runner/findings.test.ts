/** Findings are told apart by property and causal shape: many failures of one bug are one finding and one file. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { shapeOf } from '../../src/report/shape.ts';
import { check } from '../../src/runner/check.ts';
import {
  type Counterexample,
  readCounterexample,
  saveCounterexample,
} from '../../src/runner/counterexample.ts';
import { Executions } from '../../src/runner/execute.ts';
import { loadModels, selectModels } from '../../src/runner/registry.ts';
import { swarm } from '../../src/schedule/strategies/swarm.ts';

const folder = mkdtempSync(join(tmpdir(), 'clew-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [abd, lock] = selectModels(await loadModels(), ['abd', 'lease-lock']);
if (!abd || !lock) throw new Error('no model abd or lease-lock');

test('the failures of one bug that many schedules cause are few findings', async () => {
  const mutant = 'majority-off-by-one';
  const result = await check(abd, { mutant, seed: 1, runs: 60, findings: 100, shrinkLimit: 400 });
  const found = [result.failure!, ...result.others];
  const names = found.map(({ property, shape }) => `${property} ${shape}`);
  expect(new Set(names).size).toBe(names.length);
  expect(found.length).toBeLessThanOrEqual(3);
});

test('a campaign ends at its first finding unless told to go on', async () => {
  const once = await check(abd, { mutant: 'majority-off-by-one', seed: 1, runs: 200 });
  const on = await check(abd, {
    mutant: 'majority-off-by-one',
    seed: 1,
    runs: 20,
    findings: 100,
    shrinkLimit: 200,
  });
  expect(once.runs).toBe((once.failure?.run ?? 0) + 1);
  expect(on.runs).toBe(20);
});

test('another property violated while shrinking is a finding of its own', async () => {
  const mutant = 'fencing-token-unchecked';
  const executions = new Executions(lock, mutant);
  const properties = new Set<string>();
  for (const seed of [7, 10]) {
    const { failure, others } = await check(lock, { mutant, seed, runs: 100, strategy: swarm });
    expect(failure).toBeDefined();
    for (const { property, schedule, shape } of [failure!, ...others]) {
      const { trace, execution } = executions.trace(schedule);
      expect(execution.violation?.property).toBe(property);
      expect(shapeOf(trace)).toBe(shape);
      properties.add(property);
    }
    expect(others.map(({ property }) => property)).not.toContain(failure?.property);
  }
  expect(properties.size).toBeGreaterThan(1);
});

const base: Counterexample = {
  model: 'abd',
  mutant: null,
  property: 'linearizable register',
  explanation: 'stale',
  schedule: { nodes: 3, duration: 200, clients: [], deviations: [] },
  shape: 'abcdef12',
};
const longer = { ...base, schedule: { ...base.schedule, duration: 300 } };
const shorter = { ...base, schedule: { ...base.schedule, duration: 100 } };

test('a counterexample that is no smaller than the one saved for its finding is that one; no file is overwritten', () => {
  const file = saveCounterexample(base, folder);
  expect(file).toMatch(/abd\/linearizable-register-abcdef12\.json$/);
  expect(saveCounterexample(longer, folder)).toBe(file);
  expect(saveCounterexample(base, folder)).toBe(file);
  expect(readdirSync(join(folder, 'abd'))).toHaveLength(1);
  const beside = saveCounterexample(shorter, folder);
  expect(beside).not.toBe(file);
  expect(readCounterexample(file).schedule).toEqual(base.schedule);
  expect(readCounterexample(beside).schedule).toEqual(shorter.schedule);
});

test('a counterexample that is mended stays as it is: the same shape that fails anew gets a file of its own', () => {
  const other = mkdtempSync(join(folder, 'mended-'));
  const file = saveCounterexample(base, other);
  const anew = saveCounterexample(shorter, other, () => false);
  expect(anew).not.toBe(file);
  expect(readCounterexample(file).schedule).toEqual(base.schedule);
  expect(readCounterexample(anew).schedule).toEqual(shorter.schedule);
});
