import { expect, test } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { BreadthFirst } from '../../../src/checkers/linearizable/breadth-first.ts';
import { DepthFirst } from '../../../src/checkers/linearizable/depth-first.ts';
import { linearizabilityChecker } from '../../../src/checkers/linearizable/linearizable.ts';
import { monitorOf } from '../../../src/checkers/linearizable/monitors/choose.ts';
import { Problem } from '../../../src/checkers/linearizable/problem.ts';
import { Transitions } from '../../../src/checkers/linearizable/transitions.ts';
import type { Operation } from '../../../src/history/history.ts';
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

test.each(Object.entries(shapes))('each search agrees with the twin on histories of %s', (_name, shape) => {
  const random = new Random(2);
  const transitions = new Transitions(shape.spec);
  const problem = new Problem();
  const [depthFirst, exact, unlimited, least] = [
    new DepthFirst(),
    new BreadthFirst(),
    new BreadthFirst(),
    new BreadthFirst(),
  ];
  for (let run = 0; run < runs; run++) {
    const history = randomHistory(shape, random, {
      operations: 1 + random.below(8),
      processes: 1 + random.below(4),
      crash: random.pick([0, 0.1, 0.4]),
      twist: random.pick([0, 0.1, 0.3]),
    }).filter((event) => event.key === undefined || event.key === 0);
    const operations = operationsOf(history);
    const expected = bruteForce(shape.spec, operations);
    problem.load(transitions, transitions.initialState(undefined), operations);
    depthFirst.start(problem);
    exact.start(problem, 'exact');
    unlimited.start(problem, 'unlimited');
    least.start(problem, 'least');
    // Slices of one step try that a search can be left and taken up anywhere.
    const verdicts = [depthFirst, exact, unlimited, least].map((search) => finish(search));
    const [byDepth, byBreadth, upper, lower] = verdicts;
    const agree =
      byDepth === expected && byBreadth === expected && (upper || !expected) && (!lower || expected);
    if (!agree) expect({ history, verdicts }).toEqual({ history, expected });
    for (const [search, found] of [
      [depthFirst, byDepth],
      [exact, byBreadth],
      [least, lower],
    ] as const) {
      if (found && !isLinearization(shape.spec, operations, search.linearization()))
        expect({ history, witness: search.linearization() }).toBe('a linearization');
    }
    if (!expected) expect(exact.failedEvent).toBe(depthFirst.deepest);
  }
});

test.each(Object.entries(shapes))('the monitor agrees with the twin on histories of %s', (_name, shape) => {
  const random = new Random(3);
  const monitor = monitorOf(shape.spec);
  if (!monitor) return;
  for (let run = 0; run < 4 * runs; run++) {
    const history = randomHistory(shape, random, {
      operations: 1 + random.below(9),
      processes: 1 + random.below(4),
      crash: random.pick([0, 0, 0, 0.1, 0.3]),
      twist: random.pick([0, 0.1, 0.3]),
    }).filter((event) => event.key === undefined || event.key === 0);
    const operations = operationsOf(history);
    const verdict = monitor.judge(operations, shape.spec.init());
    if (!verdict) continue;
    const expected = bruteForce(shape.spec, operations);
    if (verdict.valid !== expected) expect({ history, verdict }).toEqual({ history, expected });
    if (verdict.valid) {
      if (!isLinearization(shape.spec, operations, verdict.order))
        expect({ history, witness: verdict.order }).toBe('a linearization');
    } else if (verdict.culprits.length > 0) {
      const culprits = verdict.culprits.map((i) => operations[i] as Operation);
      if (bruteForce(shape.spec, culprits)) expect({ history, culprits }).toBe('not linearizable alone');
    }
  }
});

function finish(search: DepthFirst | BreadthFirst): boolean {
  for (;;) {
    const found = search.run(1);
    if (found !== undefined) return found;
  }
}
