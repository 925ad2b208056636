/**
 * All strategies together. No one strategy is best on every bug; a portfolio that gives each a share costs at most a
 * small factor over the best. Shares follow what each has found new lately for a schedule (a bandit with a floor, so
 * that none is forgotten), on top of weights that say which have been worth most on planted bugs. Who makes a run
 * depends on how many runs this source made before and on what they reached, never on time: the same seeds in the same
 * order give the same runs.
 */
import { type Faults, Strategist, type Strategy } from './strategy.ts';

export interface Share {
  readonly strategy: Strategy;
  /** How much of the budget it gets where all find alike. */
  readonly weight: number;
  /** It makes every other of the first runs, and the one of most weight the rest of them. */
  readonly opens?: true;
}

/** What is caught so early needs neither variety nor learning: it shows on its own, or where it is aimed at. */
const firstRuns = 16;

/** So much of what is known of a strategy's success is forgotten with each run of it that was watched; of the mean, likewise. */
const forgetting = 0.02;
/** What success can change a share by, either way: something new is a hint, not a bug. */
const sway = 1.5;
/** Gains that hardly differ when there is next to nothing new. */
const negligible = 0.1;

/** Steps of this size around a circle are spread evenly at every moment: each gets its share early, and in turns. */
const golden = (Math.sqrt(5) - 1) / 2;

interface Arm {
  readonly member: Strategist;
  readonly weight: number;
  /** What it finds new, as a multiple of the mean. */
  success: number;
}

export class Portfolio extends Strategist {
  private readonly arms: readonly Arm[];
  private readonly opener: Arm | undefined;
  private readonly heaviest: Arm;
  private runs = 0;
  private turn = 0;
  /** Who makes the present run: an arm, and the one that it has elected in turn. */
  private elected: Arm | undefined = undefined;
  private actor: Strategist | undefined = undefined;
  /** What a run finds new lately, whoever makes it. */
  private mean = 1;

  constructor(faults: Faults, shares: readonly Share[]) {
    super(faults);
    this.arms = shares.map(({ strategy, weight }) => ({ member: strategy.make(faults), weight, success: 1 }));
    this.opener = this.arms[shares.findIndex(({ opens }) => opens)];
    this.heaviest = this.arms.reduce((most, arm) => (arm.weight > most.weight ? arm : most));
  }

  plan(): void {}
  sending(): number {
    return 0;
  }
  stepped(): void {}

  override elect(): Strategist {
    this.elected = this.opening() ?? this.inTurn();
    this.actor = this.elected.member.elect();
    this.runs++;
    return this.actor;
  }

  private opening(): Arm | undefined {
    if (!this.opener || this.runs >= firstRuns) return undefined;
    return this.runs % 2 === 0 ? this.opener : this.heaviest;
  }

  private inTurn(): Arm {
    this.turn = (this.turn + golden) % 1;
    const shares = this.shares();
    let left = this.turn;
    let index = 0;
    while (index < shares.length - 1 && (left -= shares[index] as number) >= 0) index++;
    return this.arms[index] as Arm;
  }

  /** Of the budget, by strategy; they add up to 1. */
  private shares(): number[] {
    const raw = this.arms.map(({ weight, success }) => weight * Math.max(1 / sway, Math.min(sway, success)));
    const total = raw.reduce((sum, each) => sum + each, 0);
    return raw.map((each) => each / total);
  }

  override learn(actor: Strategist, novelty: number): void {
    const own = actor === this.actor ? this.elected : undefined;
    // A run that opens a new region finds hundreds of things at once; it counts as a few.
    const gain = Math.log2(1 + novelty) + negligible;
    this.mean += forgetting * (gain - this.mean);
    // What is new grows rarer for all, so a run is measured by the runs around it.
    if (own) own.success += forgetting * (gain / this.mean - own.success);
    for (const { member } of this.arms) if (member !== actor || member.curious) member.learn(actor, novelty);
  }
}

/** A strategy that shares the budget between others. */
export const portfolioOf = (name: string, shares: readonly Share[]): Strategy => ({
  name,
  make: (faults) => new Portfolio(faults, shares),
  learns: true,
});
