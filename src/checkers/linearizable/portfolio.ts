/**
 * Several searches for one verdict, run in turns whose length doubles, so that the verdict costs at most a small
 * multiple of what the best of them needs: depth-first (best on valid histories), from a cut (best on invalid ones of few
 * states), and three forward searches, two of which only some histories need: see `BreadthFirst` on crashed operations.
 */
import type { Budget } from '../budget.ts';
import { BreadthFirst } from './breadth-first.ts';
import { Cut } from './cut.ts';
import { DepthFirst } from './depth-first.ts';
import type { Problem } from './problem.ts';

export type Outcome =
  | { readonly valid: true; readonly order: readonly number[]; readonly by: string }
  | ({ readonly valid: false; readonly by: string } & Failure)
  | { readonly valid: 'unknown'; readonly reason: string; readonly event: number };

interface Contender {
  readonly name: string;
  /** True or false is final; 'lost' leaves the verdict to the others. */
  readonly run: (steps: number) => boolean | 'lost' | undefined;
  readonly order: () => number[];
  /** The event that has not been passed. */
  readonly event: () => number;
  readonly failure: () => Failure;
}

/** Index of an operation by whose completion no linearization is left; of operations that alone are contradictory, if known. */
interface Failure {
  readonly operation: number;
  readonly culprits?: readonly number[];
}

const firstSteps = 4000;
/** Configurations that the first beam keeps. */
const firstWidth = 16;
/** Between two looks at the budget: a few milliseconds. */
const sliceSteps = 2000;

export class Portfolio {
  private readonly depthFirst = new DepthFirst();
  private readonly cut = new Cut();
  private breadthFirst: BreadthFirst[] = [];
  private problem!: Problem;

  /** A first short search, which decides most histories before anything else is set up. */
  begin(problem: Problem): Outcome | undefined {
    const { depthFirst } = this;
    this.problem = problem;
    depthFirst.start(problem);
    const found = depthFirst.run(firstSteps);
    if (found === undefined) return undefined;
    return found
      ? { valid: true, order: depthFirst.linearization(), by: 'depth-first search' }
      : { valid: false, operation: problem.subjects[depthFirst.failedEvent]!, by: 'depth-first search' };
  }

  /** Goes on after `begin` until there is a verdict or the budget is exhausted. */
  finish(budget: Budget): Outcome {
    return this.takeTurns(this.contenders(this.problem), budget);
  }

  /** Events that have been passed so far, at least. */
  get passed(): number {
    return this.depthFirst.deepest;
  }

  private takeTurns(contenders: Contender[], budget: Budget): Outcome {
    let event = 0;
    for (let turn = firstSteps; ; turn *= 2) {
      for (const contender of [...contenders]) {
        for (let left = turn; left > 0; left -= sliceSteps) {
          const reason = budget.exhausted();
          if (reason !== undefined) return { valid: 'unknown', reason, event };
          const found = contender.run(Math.min(left, sliceSteps));
          event = Math.max(event, contender.event());
          if (found === true) return { valid: true, order: contender.order(), by: contender.name };
          if (found === false) return { valid: false, ...contender.failure(), by: contender.name };
          if (found === 'lost') {
            contenders.splice(contenders.indexOf(contender), 1);
            break;
          }
        }
      }
    }
  }

  private contenders(problem: Problem): Contender[] {
    const { depthFirst } = this;
    depthFirst.lookAhead();
    const contenders: Contender[] = [
      {
        name: 'depth-first search',
        run: (steps) => depthFirst.run(steps),
        order: () => depthFirst.linearization(),
        event: () => depthFirst.deepest,
        failure: () => ({ operation: problem.subjects[depthFirst.failedEvent]! }),
      },
    ];
    if (depthFirst.states) contenders.push(this.cutShort(problem, depthFirst.states));
    if (problem.lanes.length > 0) {
      contenders.push(
        this.forward(0, problem, 'unlimited', 'forward search with crashed operations unlimited'),
        this.beam(problem),
      );
    }
    contenders.push(this.forward(2, problem, 'exact', 'forward search'));
    return contenders;
  }

  /** A narrow beam first, then wider ones, until one fails from which nothing was left out. */
  private beam(problem: Problem): Contender {
    const search = (this.breadthFirst[1] ??= new BreadthFirst());
    let width = firstWidth;
    search.start(problem, 'least', { width });
    let furthest = 0;
    return {
      name: 'forward search with crashed operations used least',
      run: (steps) => {
        const found = search.run(steps);
        furthest = Math.max(furthest, search.failedEvent);
        if (found !== false) return found;
        if (!search.pruned) return 'lost';
        width *= 4;
        search.start(problem, 'least', { width });
        return undefined;
      },
      order: () => search.linearization(),
      event: () => furthest,
      failure: () => ({ operation: problem.subjects[furthest]! }),
    };
  }

  /** Follows the depth-first search to the event that it has not passed. */
  private cutShort(problem: Problem, states: readonly number[]): Contender {
    const { cut, depthFirst } = this;
    cut.start(problem, states);
    return {
      name: 'forward search from a cut, in any state',
      run: (steps) => cut.run(steps, depthFirst.failedEvent),
      order: () => [],
      event: () => 0,
      failure: () => ({ operation: cut.failed, culprits: cut.culprits }),
    };
  }

  private forward(index: number, problem: Problem, supply: 'exact' | 'unlimited', name: string): Contender {
    const search = (this.breadthFirst[index] ??= new BreadthFirst());
    search.start(problem, supply);
    return {
      name,
      run: (steps) => {
        const found = search.run(steps);
        return supply === 'unlimited' && found === true ? 'lost' : found;
      },
      order: () => search.linearization(),
      // With crashed operations unlimited, what has been passed may be more than is possible.
      event: () => (supply === 'exact' ? search.failedEvent : 0),
      failure: () => ({ operation: problem.subjects[search.failedEvent]! }),
    };
  }
}
