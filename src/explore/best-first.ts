/**
 * Search by one worker that expands the newest state first, for a small frontier, or the one of fewest deviations and
 * then fewest steps, for the smallest counterexample; or any order with whole states kept.
 */
import type { Checks } from './checks.ts';
import { CheapestFirst, type Frontier, NewestFirst } from './frontier.ts';
import type { Order, SearchOptions, SearchResult } from './search-result.ts';
import { missProbability, StateSet } from './states.ts';
import type { Supervision } from './supervision.ts';
import type { TransitionSystem } from './system.ts';
import { traceTo } from './trace.ts';

/** How often the clock is read, in states expanded. */
const clockEvery = 256;
/** More steps than any trace has. */
const mostSteps = 2 ** 24;

export class BestFirst<State> {
  private readonly system: TransitionSystem<State>;
  private readonly order: Order;
  private readonly depthBound: number;
  private readonly maxStates: number;
  private readonly supervision: Supervision;
  private readonly checks: Checks;
  private readonly set: StateSet;
  private readonly texts: Map<string, number> | undefined;
  private readonly frontier: Frontier<State>;
  private transitions = 0;
  private depth = 0;
  private expanded = 0;
  /** States that lie at a bound, however they were reached so far. */
  private readonly cut = new Set<number>();
  /** States that break a property: the one that is taken first is the one that is cheapest to reach. */
  private readonly broken = new Set<number>();
  private violated = -1;

  // The state that is being expanded.
  private parent = -1;
  private parentDepth = -1;
  private parentDeviations = 0;

  constructor(
    system: TransitionSystem<State>,
    options: SearchOptions,
    { supervision, checks }: { readonly supervision: Supervision; readonly checks: Checks },
  ) {
    this.system = system;
    this.supervision = supervision;
    this.checks = checks;
    this.order = options.order ?? 'breadth';
    this.depthBound = options.depth ?? Number.POSITIVE_INFINITY;
    this.maxStates = options.maxStates ?? Number.POSITIVE_INFINITY;
    // Only these orders can reach a state first by a way that is not the cheapest.
    const improvable =
      this.order === 'deviations' || (this.order === 'depth' && this.depthBound !== Infinity);
    this.set = new StateSet(improvable);
    this.texts = options.exact ? new Map() : undefined;
    this.frontier = this.order === 'depth' ? new NewestFirst() : new CheapestFirst();
  }

  /** Undefined when what was taken for granted did not hold, and another search has to take less. */
  async run(): Promise<SearchResult<State> | undefined> {
    const { system, frontier, supervision } = this;
    for (const state of system.initial()) {
      system.fingerprint(state);
      this.meet(state, 0);
    }
    while (this.violated < 0 && supervision.reason === undefined) {
      const over = frontier.size === 0;
      const { checks, present } = this;
      if (!(await checks.hold(system.assumptions, { supervision, over, present }))) return undefined;
      if (over) break;
      if (this.expanded % clockEvery === 0 && (await supervision.outOfBudget(this.present))) break;
      frontier.pop();
      // A state that was reached more cheaply in the meantime has been expanded, or will be.
      if (
        this.set.improvable &&
        this.costOf(frontier.deviations, frontier.depth) > this.set.cost(frontier.index)
      )
        continue;
      if (this.broken.has(frontier.index)) {
        this.violated = frontier.index;
        break;
      }
      this.expanded++;
      this.parent = frontier.index;
      this.parentDepth = frontier.depth;
      this.parentDeviations = frontier.deviations;
      system.expand(frontier.state, this.emit);
    }
    // Where a budget runs out, what breaks a property is told although a cheaper way might have been found.
    if (this.violated < 0) this.violated = this.cheapestBroken();
    return this.result();
  }

  private cheapestBroken(): number {
    const { set } = this;
    return [...this.broken].reduce(
      (best, index) => (best < 0 || set.cost(index) < set.cost(best) ? index : best),
      -1,
    );
  }

  private readonly emit = (next: State, _action: number, cost: number): void => {
    this.transitions++;
    this.meet(next, cost);
  };

  private costOf(deviations: number, depth: number): number {
    return this.order === 'deviations' ? deviations * mostSteps + depth : depth;
  }

  private meet(state: State, deviates: number): void {
    if (this.violated >= 0 || this.supervision.reason !== undefined) return;
    const { system, set, parent } = this;
    const depth = this.parentDepth + 1;
    const deviations = this.parentDeviations + deviates;
    const cost = this.costOf(deviations, depth);
    const met = this.add(state, cost);
    const index = met < 0 ? -1 - met : met;
    if (met >= 0) {
      if (!set.improve(met, parent, cost)) return;
    } else {
      if (depth > this.depth) this.depth = depth;
      if (system.judge(state)) {
        this.broken.add(index);
        // In the other orders none that is found later is reached more cheaply.
        if (this.order !== 'deviations') this.violated = index;
      }
      if (set.size >= this.maxStates && this.violated < 0) this.supervision.statesRanOut(this.maxStates);
    }
    const goesOn = depth < this.depthBound && system.within(state);
    const by = this.order === 'deviations' ? deviations : 0;
    if (goesOn || this.broken.has(index)) this.frontier.push(system.keep(state), index, depth, by);
    if (goesOn) this.cut.delete(index);
    else this.cut.add(index);
  }

  private add(state: State, cost: number): number {
    const { texts, set, system, parent } = this;
    if (!texts) return set.add(system.print, parent, cost);
    const text = system.encode(state);
    const known = texts.get(text);
    if (known !== undefined) return known;
    const index = set.append(system.print, parent, cost);
    texts.set(text, index);
    return -1 - index;
  }

  private readonly present = () => ({
    states: this.set.size,
    transitions: this.transitions,
    expanded: this.expanded,
    frontier: this.frontier.size,
    depth: this.depth,
    ...{ workers: 1, elsewhere: 0 },
  });

  private result(): SearchResult<State> {
    const { set, system, supervision, violated } = this;
    return {
      verdict: violated >= 0 ? 'violated' : supervision.reason !== undefined ? 'unknown' : 'holds',
      states: set.size,
      transitions: this.transitions,
      depth: this.depth,
      elapsedMs: supervision.elapsedMs,
      violation: violated >= 0 ? traceTo(system, set, violated) : undefined,
      reason: violated >= 0 ? undefined : supervision.reason,
      frontier: this.frontier.size,
      cut: this.cut.size,
      missProbability: this.texts ? 0 : missProbability(set.size),
      bytesPerState: set.bytes / Math.max(1, set.size),
      workers: 1,
      unseen: system.unseen(),
    };
  }
}
