/** The shipped JSON Schemas are those of the code that reads the files, and the files of this repository keep them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { historyLineSchema } from '../../src/history/codecs/schema.ts';
import { historyAsJsonLines } from '../../src/report/exports/history-text.ts';
import { counterexampleSchema } from '../../src/runner/counterexample.ts';
import { machineTraceSchema, savedMachineCounterexamples } from '../../src/runner/machine-counterexample.ts';
import { loadMachines, loadModels } from '../../src/runner/registry.ts';
import { savedCounterexamples } from '../../src/runner/regressions.ts';
import { schemaFolder, schemas } from '../../src/runner/schemas.ts';

test('the schemas under schemas/ are current (npm run schemas writes them)', () => {
  expect(readdirSync(schemaFolder).sort()).toEqual(Object.keys(schemas()).sort());
  for (const [name, text] of Object.entries(schemas())) {
    expect(readFileSync(join(schemaFolder, name), 'utf8')).toBe(text);
  }
});

test('a schema is strict about what it knows and says what every field means', () => {
  const schedule = JSON.parse(schemas()['schedule-1.schema.json'] as string);
  expect(schedule.additionalProperties).toBe(false);
  expect(schedule.required).toContain('deviations');
  expect(schedule.properties.format.const).toBe('clew/schedule@1');
});

test('every saved counterexample keeps the schema', async () => {
  for (const model of await loadModels()) {
    for (const file of savedCounterexamples(model.name)) {
      const parsed = counterexampleSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
      expect(parsed.error?.issues ?? [], file).toEqual([]);
    }
  }
  for (const machine of await loadMachines()) {
    for (const file of savedMachineCounterexamples(machine.name)) {
      const parsed = machineTraceSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
      expect(parsed.error?.issues ?? [], file).toEqual([]);
    }
  }
});

test('what clew writes as JSON lines keeps the schema of a line', () => {
  const text = historyAsJsonLines([
    { process: 0, type: 'invoke', f: 'write', value: 3, key: 'x', time: 5 },
    { process: 0, type: 'info', f: 'write', value: 3, key: 'x' },
  ]);
  for (const line of text.trimEnd().split('\n')) {
    expect(historyLineSchema.safeParse(JSON.parse(line)).success, line).toBe(true);
  }
  expect(historyLineSchema.safeParse({ process: 0, type: 'done', f: 'write', value: 3 }).success).toBe(false);
});
