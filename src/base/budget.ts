/** A stated amount of work, in steps and in milliseconds; a search that has spent it answers `unknown`. */
export class Budget {
  spent = 0;
  private readonly steps: number;
  private readonly deadline: number;

  constructor(limits: { readonly steps?: number; readonly milliseconds?: number } = {}) {
    this.steps = limits.steps ?? Number.POSITIVE_INFINITY;
    this.deadline = performance.now() + (limits.milliseconds ?? Number.POSITIVE_INFINITY);
  }

  /** Takes `amount` steps; false once there are none left. */
  spend(amount = 1): boolean {
    this.spent += amount;
    return !this.exhausted();
  }

  exhausted(): boolean {
    return this.spent > this.steps || performance.now() > this.deadline;
  }
}
