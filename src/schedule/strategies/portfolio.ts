/**
 * All strategies together. No one strategy is best on every bug; a portfolio that gives each a share costs at most a
 * small factor over the best. Shares follow what each has found new lately for a schedule (a bandit with a floor, so
 * that none is forgotten), on top of weights that say which have been worth most on planted bugs. The choice for a run
 * depends on its seed and on what the runs before it in this source reached, never on time: the same seed gives the
 * same runs.
 */
import { type Faults, Strategist, type Strategy } from './strategy.ts';

export interface Share {
  readonly strategy: Strategy;
  /** How much of the budget it gets where all find alike. */
  readonly weight: number;
}

/** So much of a strategy's success is forgotten with each run of it that was watched. */
const forgetting = 0.02;
/** What success can change a share by, either way. */
const sway = 2;

interface Arm {
  readonly member: Strategist;
  readonly weight: number;
  success: number;
}

export class Portfolio extends Strategist {
  private readonly arms: readonly Arm[];

  constructor(faults: Faults, shares: readonly Share[]) {
    super(faults);
    this.arms = shares.map(({ strategy, weight }) => ({ member: strategy.make(faults), weight, success: 1 }));
  }

  plan(): void {}
  sending(): number {
    return 0;
  }
  stepped(): void {}

  override elect(seed: number): Strategist {
    this.random.reseed(seed);
    const shares = this.shares();
    let left = this.random.unit();
    for (let index = 0; index < shares.length; index++) {
      left -= shares[index] as number;
      if (left < 0) return (this.arms[index] as Arm).member;
    }
    return (this.arms[0] as Arm).member;
  }

  /** Of the budget, by strategy; they add up to 1. */
  private shares(): number[] {
    const mean = this.arms.reduce((sum, { success }) => sum + success, 0) / this.arms.length;
    const raw = this.arms.map(({ weight, success }) => {
      const relative = mean > 0 ? success / mean : 1;
      return weight * Math.max(1 / sway, Math.min(sway, relative));
    });
    const total = raw.reduce((sum, each) => sum + each, 0);
    return raw.map((each) => each / total);
  }

  override learn(actor: Strategist, novelty: number): void {
    const arm = this.arms.find(({ member }) => member === actor);
    // A run that opens a new region finds hundreds of things at once; it counts as a few.
    if (arm) arm.success += forgetting * (Math.log2(1 + novelty) - arm.success);
    for (const { member } of this.arms) if (member !== actor || member.curious) member.learn(actor, novelty);
  }
}

/** A strategy that shares the budget between others. */
export const portfolioOf = (name: string, shares: readonly Share[]): Strategy => ({
  name,
  make: (faults) => new Portfolio(faults, shares),
  learns: true,
});
