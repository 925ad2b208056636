import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { linearizabilityChecker } from '../../../src/checkers/linearizable/linearizable.ts';
import { operationsOf } from '../../../src/history/operations.ts';
import { bruteForce, isLinearization } from './brute-force.ts';
import { randomHistory } from './random-history.ts';
import { shapes } from './shapes.ts';

const runs = Number(process.env['CLEW_TWIN_RUNS'] ?? 500);

test.each(Object.entries(shapes))('the checker agrees with its twin on histories of %s', (_name, shape) => {
  const random = new Random(1);
  const checker = linearizabilityChecker(shape.spec);
  let invalid = 0;
  for (let run = 0; run < runs; run++) {
    const history = randomHistory(shape, random, {
      operations: 1 + random.below(8),
      processes: 1 + random.below(4),
      crash: random.pick([0, 0, 0.1, 0.4]),
      twist: random.pick([0, 0.1, 0.3]),
    });
    const operations = operationsOf(history);
    const result = checker.check(operations);
    const expected = bruteForce(shape.spec, operations);
    if (!expected) invalid++;
    if (result.valid !== expected)
      expect({ history, valid: result.valid }).toEqual({ history, valid: expected });
    if (result.valid === true && !isLinearization(shape.spec, operations, result.witness))
      expect({ history, witness: result.witness }).toBe('a linearization');
  }
  // Both verdicts must have been put to the test.
  expect(invalid).toBeGreaterThan(runs / 50);
  expect(invalid).toBeLessThan(runs);
});
