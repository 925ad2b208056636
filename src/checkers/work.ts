/** A stated number of steps within a budget of time: what a search may spend before it answers `unknown`. */
import { type Budget, unlimited } from './budget.ts';

/** Steps between two looks at the clock. */
const slice = 4096;

export class Work {
  private spentSteps = 0;
  private nextLook = 0;
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
    if (this.spentSteps >= this.nextLook) {
      this.nextLook = this.spentSteps + slice;
      this.reason ??= this.outer.exhausted();
    }
    if (this.spentSteps > this.steps) this.reason ??= `the budget of ${this.steps} steps was spent`;
    return this.reason === undefined;
  }

  /** Why to stop, or undefined. */
  exhausted(): string | undefined {
    return this.reason;
  }
}
