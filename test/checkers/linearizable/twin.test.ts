import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { Agreement } from './agreement.ts';
import { shapes } from './shapes.ts';

const runs = 150;

test.each(Object.entries(shapes))('the checker agrees with its twin on histories of %s', (_name, shape) => {
  const agreement = new Agreement(shape, new Random(1));
  for (let run = 0; run < runs; run++) expect(agreement.tryChecker()).toBeUndefined();
  // Both verdicts must have been put to the test.
  expect(agreement.invalid).toBeGreaterThan(0);
  expect(agreement.invalid).toBeLessThan(runs);
});

test.each(Object.entries(shapes))('each search agrees with the twin on histories of %s', (_name, shape) => {
  const agreement = new Agreement(shape, new Random(2));
  for (let run = 0; run < runs; run++) expect(agreement.trySearches()).toBeUndefined();
});

test.each(Object.entries(shapes))('the monitor agrees with the twin on histories of %s', (_name, shape) => {
  const agreement = new Agreement(shape, new Random(3));
  for (let run = 0; run < 2 * runs; run++) expect(agreement.tryMonitor()).toBeUndefined();
});
