import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Json } from '../../../src/base/json.ts';
import { linearizabilityChecker } from '../../../src/checkers/linearizable/linearizable.ts';
import { readHistory } from '../../../src/history/codecs/read.ts';
import { operationsOf } from '../../../src/history/operations.ts';
import { withNilReadsAny } from '../../../src/spec/nil-reads.ts';
import type { AnySpec } from '../../../src/spec/spec.ts';
import { specs } from '../../../src/spec/specs.ts';
import { sharedData } from '../../shared-data.ts';
import { isLinearization } from './brute-force.ts';

interface Expected {
  readonly spec: string;
  readonly initial?: Json;
  readonly valid: boolean;
  readonly readOfNilMatchesAnything?: boolean;
}

const data = sharedData('linearizability');
const manifest: Record<string, Expected> =
  data === undefined ? {} : JSON.parse(readFileSync(`${data}/manifest.json`, 'utf8'));

test.skipIf(data === undefined)('the verdicts on recorded histories are those of their sources', async () => {
  const checkers = new Map<string, ReturnType<typeof linearizabilityChecker>>();
  for (const [file, expected] of Object.entries(manifest)) {
    const text = expected.spec.startsWith('string-append kv');
    const spec = specs.get(text ? 'kv' : expected.spec) as AnySpec;
    const initial = text ? '' : (expected.initial as Json);
    const { events } = await readHistory(`${data}/${file}`);
    const all = operationsOf(events);
    const operations = expected.readOfNilMatchesAnything ? withNilReadsAny(spec, all) : all;
    const checker = checkers.get(spec.name) ?? linearizabilityChecker(spec);
    checkers.set(spec.name, checker);
    const result = checker.check(operations, { initial });
    expect({ file, valid: result.valid }).toEqual({ file, valid: expected.valid });
    if (result.valid === true && all.length < 300) {
      const byId = operations.map((operation, id) => ({ ...operation, id }));
      const ids = new Map(operations.map(({ id }, position) => [id, position]));
      const order = result.witness.map((id) => ids.get(id) as number);
      expect(isLinearization(spec, byId, order, spec.initial?.(initial))).toBe(true);
    }
  }
});
