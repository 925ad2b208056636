/**
 * Agreement with the brute-force twin on random histories of one shape, for the checker as users get it, for each
 * search alone and for the monitor. Shared by the tests (few histories) and the bench `twin` (many).
 */
import type { Random } from '../../../src/base/random.ts';
import { BreadthFirst } from '../../../src/checkers/linearizable/breadth-first.ts';
import { Cut } from '../../../src/checkers/linearizable/cut.ts';
import { DepthFirst } from '../../../src/checkers/linearizable/depth-first.ts';
import {
  type LinearizabilityChecker,
  linearizabilityChecker,
} from '../../../src/checkers/linearizable/linearizable.ts';
import { monitorOf } from '../../../src/checkers/linearizable/monitors/choose.ts';
import { eventKind, Problem } from '../../../src/checkers/linearizable/problem.ts';
import { Transitions } from '../../../src/checkers/linearizable/transitions.ts';
import type { History, Operation } from '../../../src/history/history.ts';
import { operationsOf } from '../../../src/history/operations.ts';
import { bruteForce, isLinearization } from './brute-force.ts';
import { randomHistory, type Shape } from './random-history.ts';

/** A history on which an algorithm and the twin differ. */
export interface Disagreement {
  readonly history: History;
  readonly expected: boolean;
  readonly found: string;
}

export class Agreement {
  private readonly shape: Shape;
  private readonly random: Random;
  private readonly checker: LinearizabilityChecker;
  private readonly transitions: Transitions;
  private readonly problem = new Problem();
  private readonly depthFirst = new DepthFirst();
  private readonly lookingAhead = new DepthFirst();
  private readonly exact = new BreadthFirst();
  private readonly unlimited = new BreadthFirst();
  private readonly least = new BreadthFirst();
  private readonly beam = new BreadthFirst();
  private readonly cut = new Cut();
  invalid = 0;
  monitored = 0;
  /** Histories that a search from a cut refuted. */
  refuted = 0;

  constructor(shape: Shape, random: Random) {
    this.shape = shape;
    this.random = random;
    this.checker = linearizabilityChecker(shape.spec);
    this.transitions = new Transitions(shape.spec);
  }

  private draw(): History {
    const { random } = this;
    return randomHistory(this.shape, random, {
      operations: 1 + random.below(8),
      processes: 1 + random.below(4),
      crash: random.pick([0, 0, 0.1, 0.4]),
      twist: random.pick([0, 0.1, 0.3]),
    });
  }

  /** The checker as users get it. */
  tryChecker(): Disagreement | undefined {
    const { spec } = this.shape;
    const history = this.draw();
    const operations = operationsOf(history);
    const expected = bruteForce(spec, operations);
    if (!expected) this.invalid++;
    const result = this.checker.check(operations);
    if (result.valid !== expected) return { history, expected, found: JSON.stringify(result) };
    if (result.valid && !isLinearization(spec, operations, result.witness)) {
      return { history, expected, found: `not a linearization: ${result.witness}` };
    }
    if (
      result.valid ||
      bruteForce(
        spec,
        operations.filter(({ id }) => result.culprits.includes(id)),
      ) === false
    )
      return undefined;
    return { history, expected, found: `linearizable culprits: ${result.culprits}` };
  }

  /** Each search alone, left after every step and taken up again, on the object of one key. */
  trySearches(): Disagreement | undefined {
    const { spec } = this.shape;
    const history = this.oneKey();
    const operations = operationsOf(history);
    const expected = bruteForce(spec, operations);
    const { problem, transitions, depthFirst, lookingAhead, exact, unlimited, least, beam } = this;
    problem.load(transitions, transitions.initialState(undefined), operations);
    depthFirst.start(problem);
    exact.start(problem, 'exact');
    unlimited.start(problem, 'unlimited');
    least.start(problem, 'least');
    beam.start(problem, 'least', { width: 2 });
    lookingAhead.start(problem);
    lookingAhead.lookAhead();
    const searches = [depthFirst, lookingAhead, exact, unlimited, least, beam];
    const [byDepth, ahead, byBreadth, upper, lower, narrow] = searches.map(finish);
    const found = JSON.stringify({ byDepth, ahead, byBreadth, upper, lower, narrow });
    if (byDepth !== expected || ahead !== expected || byBreadth !== expected) {
      return { history, expected, found };
    }
    if ((expected && !upper) || ((lower || narrow) && !expected)) return { history, expected, found };
    if (!expected && exact.failedEvent !== depthFirst.failedEvent)
      return { history, expected, found: 'other events' };
    if (!expected && exact.failedEvent > lookingAhead.failedEvent)
      return { history, expected, found: 'an event before which there is a linearization' };
    const orders = [
      byDepth ? depthFirst.linearization() : undefined,
      byBreadth ? exact.linearization() : undefined,
      lower ? least.linearization() : undefined,
      narrow ? beam.linearization() : undefined,
      ahead ? lookingAhead.linearization() : undefined,
    ];
    const wrong = orders.find((order) => order && !isLinearization(spec, operations, order));
    if (wrong) return { history, expected, found: `not a linearization: ${wrong}` };
    const refuted = lookingAhead.states && this.cutShort(lookingAhead.states);
    if (!refuted || !bruteForce(spec, refuted)) return undefined;
    return { history, expected, found: `a cut that refutes ${JSON.stringify(refuted)}` };
  }

  /** What searches from cuts before any event call contradictory. */
  private cutShort(states: readonly number[]): Operation[] | undefined {
    const { problem, cut, random } = this;
    const { kinds, operations, eventCount } = problem;
    for (let event = 0; event < eventCount; event++) {
      if (kinds[event]! < eventKind.returnMutator) continue;
      cut.start(problem, states, 1 + random.below(3));
      let found: false | 'lost' | undefined;
      while (found === undefined) found = cut.run(1, event);
      if (found === 'lost') continue;
      this.refuted++;
      const { completed } = operations[cut.failed]!;
      return cut.culprits.map((i) => operations[i]!).filter(({ invoked }) => invoked <= completed);
    }
    return undefined;
  }

  /** The monitor alone, where the history qualifies. */
  tryMonitor(): Disagreement | undefined {
    const { spec } = this.shape;
    const history = this.oneKey();
    const operations = operationsOf(history);
    const verdict = monitorOf(spec)?.judge(operations, spec.init());
    if (!verdict) return undefined;
    this.monitored++;
    const expected = bruteForce(spec, operations);
    if (verdict.valid !== expected) return { history, expected, found: JSON.stringify(verdict) };
    if (verdict.valid) {
      if (isLinearization(spec, operations, verdict.order)) return undefined;
      return { history, expected, found: `not a linearization: ${verdict.order}` };
    }
    const culprits = verdict.culprits.map((i) => operations[i] as Operation);
    if (culprits.length === 0 || !bruteForce(spec, culprits)) return undefined;
    return { history, expected, found: `linearizable culprits: ${verdict.culprits}` };
  }

  private oneKey(): History {
    return this.draw().filter(({ key }) => key === undefined || key === 0);
  }
}

function finish(search: DepthFirst | BreadthFirst): boolean {
  for (;;) {
    const found = search.run(1);
    if (found !== undefined) return found;
  }
}
