/** A stated number of steps within a budget of time: what a check may spend before it answers `unknown`. */
import { type Budget, unlimited } from './budget.ts';

/** Steps between two looks at the clock. */
const slice = 4096;

/** Thrown by `demand` where a check cannot go on; whoever gave it its work answers `unknown`. */
export class OutOfWork extends Error {
  override name = 'OutOfWork';
}

export class Work {
  private spentSteps = 0;
  private untilLook = 0;
  private reason: string | undefined;
  private readonly steps: number;
  private readonly outer: Budget;

  constructor(steps: number, outer: Budget = unlimited) {
    this.steps = steps;
    this.outer = outer;
  }

  /** Takes `amount` steps; false once there are none left. */
  spend(amount = 1): boolean {
    this.spentSteps += amount;
    if (this.spentSteps > this.steps) this.reason ??= `the budget of ${this.steps} steps was spent`;
    return this.goOn(amount);
  }

  /** Work that takes no search and so no steps: only time can cut it off. Throws `OutOfWork`. */
  demand(amount = 1): void {
    if (!this.goOn(amount)) throw new OutOfWork(this.reason);
  }

  /** A budget of fewer steps within the same time. */
  share(steps: number): Work {
    return new Work(steps, this.outer);
  }

  /** Gives up, for a reason. */
  stop(reason: string): void {
    this.reason ??= reason;
  }

  /** Why to stop, or undefined. */
  exhausted(): string | undefined {
    return this.reason;
  }

  private goOn(amount: number): boolean {
    this.untilLook -= amount;
    if (this.untilLook <= 0) {
      this.untilLook = slice;
      this.reason ??= this.outer.exhausted();
    }
    return this.reason === undefined;
  }
}

/** For what is known to be small. */
export function unboundedWork(): Work {
  return new Work(Number.POSITIVE_INFINITY);
}
