/**
 * What a search takes for granted is checked whenever the states have grown fourfold since the last check, and at the end:
 * so a search that has to begin again has not gone far, and all checks together cost little more than the last.
 */
import type { Present, Supervision } from './supervision.ts';
import type { Assumptions } from './system.ts';

const firstCheck = 1 << 10;
/** How often the clock is read, in pauses. */
const clockEvery = 64;

/** A search that may have to begin again. */
export interface Checked {
  readonly supervision: Supervision;
  readonly present: () => Present;
  /** Whether nothing is left to expand. */
  readonly over: boolean;
  /** Puts together what all workers took for granted. */
  readonly gather?: () => Promise<void>;
}

export class Checks {
  private next = firstCheck;

  /** False when the search has to begin again. Where a budget runs out, no check tells. */
  async hold(
    assumptions: Assumptions | undefined,
    { supervision, present, over, gather }: Checked,
  ): Promise<boolean> {
    if (!assumptions) return true;
    const { states } = present();
    if (!over && states < this.next) return true;
    this.next = Math.max(firstCheck, 4 * states);
    await gather?.();
    const check = assumptions.check();
    for (let pauses = 1; ; pauses++) {
      const { done, value } = check.next();
      if (done) {
        if (!value) this.next = firstCheck;
        return value;
      }
      if (pauses % clockEvery === 0 && (await supervision.outOfBudget(present))) {
        supervision.reason += ' while it was checked that forgotten messages can do nothing';
        return true;
      }
    }
  }
}
