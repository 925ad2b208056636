/**
 * Breadth-first search by one or more workers, level by level: a level is done when all its states are expanded, whoever
 * expands them. The first worker is the present thread, which also sees to the others: it shares out what waits, makes
 * room, keeps to the budgets. A search stops at a violation after the whole level, and for want of states after those
 * of a level whose fingerprints begin in a certain way: so what it has met by then is the same for any number of workers,
 * as is the trace to a violation, the shortest, and among those the one of the least fingerprints, seen from its end.
 */
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checks } from './checks.ts';
import { type Board, type CrewOrder, figuresEach, Helper } from './crew.ts';
import { heapFull } from './memory.ts';
import type { SearchOptions, SearchResult } from './search-result.ts';
import { isLess, Share } from './share.ts';
import { mostWorkers, SharedStates } from './shared-states.ts';
import { missProbability, StateSet } from './states.ts';
import { breathEvery, type Present, type Supervision } from './supervision.ts';
import type { TransitionSystem } from './system.ts';
import { traceTo } from './trace.ts';

/** States expanded between two looks at the budget of states: so many, or such a share of what is left of it. */
const leastRound = 1 << 8;
const shareOfBudget = 1 / 8;
/** How long the first worker searches alone, unless it is told how many there are to be; ms. */
const alone = 1000;
/** Fewer waiting states are not worth the help of others. */
const fewest = 1000;
/** Nor is it worth to even out fewer than so many while others wait, or fewer than this share. */
const fewestToEven = 300;
const evenEnough = 0.05;
/** How often the clock is read, in states expanded. */
const clockEvery = 64;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

export class BreadthFirst<State> {
  private readonly system: TransitionSystem<State>;
  private readonly options: SearchOptions;
  private readonly supervision: Supervision;
  private readonly depthBound: number;
  private readonly maxStates: number;
  private readonly checks = new Checks();
  private own = new StateSet();
  private share: Share<State>;
  private shared: SharedStates | undefined;
  /** Those that take part, and those that are on their way. */
  private helpers: readonly Helper[] = [];
  private called: { readonly helpers: readonly Helper[]; ready: boolean } | undefined;
  private readonly board: Board = {
    stop: new Int32Array(new SharedArrayBuffer(4)),
    figures: new Float64Array(new SharedArrayBuffer(8 * figuresEach * mostWorkers)),
  };
  private depth = 0;
  /** How many helpers are at work. */
  private busy = 0;
  private how = { deeper: true, inParts: false, level: 0 };
  /** How many states the levels before the next have. */
  private before = 0;

  constructor(system: TransitionSystem<State>, options: SearchOptions, supervision: Supervision) {
    this.system = system;
    this.options = options;
    this.supervision = supervision;
    this.depthBound = options.depth ?? Number.POSITIVE_INFINITY;
    this.maxStates = options.maxStates ?? Number.POSITIVE_INFINITY;
    this.share = new Share(system, this.own);
  }

  async run(): Promise<SearchResult<State>> {
    try {
      await this.search();
      for (const helper of this.helpers) {
        const { learned } = await helper.ask({ kind: 'learned' });
        this.system.sharing?.learn(learned);
      }
      return this.result();
    } finally {
      await Promise.all((this.called?.helpers ?? []).map((helper) => helper.dismiss()));
    }
  }

  private async search(): Promise<void> {
    const { supervision } = this;
    if ((this.options.workers ?? 1) > 1) await this.call();
    await this.begin();
    while (this.violated < 0 && supervision.reason === undefined && this.met > 0) {
      await this.turn();
      for (let part = 0; part < this.share.waitingByPart().length && supervision.reason === undefined; ) {
        part = this.endOfRound(part);
        await this.round(part);
        if (this.states >= this.maxStates) supervision.statesRanOut(this.maxStates);
      }
      if (this.states > this.before) this.depth++;
      if (this.violated < 0 && supervision.reason === undefined && !(await this.hold())) await this.begin();
    }
  }

  /** From the initial states on; once more where less is taken for granted than before. */
  private async begin(): Promise<void> {
    const { system, supervision } = this;
    this.own = new StateSet();
    [this.depth, this.before] = [0, 0];
    if (this.shared) this.shared = SharedStates.from(this.own);
    this.share = new Share(system, this.shared ?? this.own);
    const { handle } = this.shared ?? {};
    if (handle) {
      const refuted = system.assumptions?.refuted();
      await this.all((helper) => helper.ask({ kind: 'begin', states: handle, refuted }));
    }
    this.share.begin(this.depthBound > 0);
    if (this.states >= this.maxStates) supervision.statesRanOut(this.maxStates);
  }

  /** False when what was taken for granted does not hold of what was found. */
  private async hold(): Promise<boolean> {
    const { system, supervision, present } = this;
    const gather = async () => {
      for (const helper of this.helpers) {
        const { made } = await helper.ask({ kind: 'assumed' });
        system.assumptions?.add(made);
      }
    };
    return await this.checks.hold(system.assumptions, { supervision, present, over: this.met === 0, gather });
  }

  /** The next level becomes the present one. */
  private async turn(): Promise<void> {
    this.before = this.states;
    const level = this.shared?.taken ?? this.own.size;
    const how = { deeper: this.depth + 1 < this.depthBound, inParts: this.met > this.mostInRound, level };
    this.how = how;
    this.share.turn(how);
    await this.all((helper) => helper.ask({ kind: 'turn', how }));
    await this.evenOut();
  }

  /** How many states may be expanded before the next look at the budget of states: fewer near its end. */
  private get mostInRound(): number {
    return Math.max(leastRound, (this.maxStates - this.states) * shareOfBudget);
  }

  /** The part after those whose states make up a round. */
  private endOfRound(part: number): number {
    const waiting = this.waitingByPart();
    let end = part + 1;
    for (let count = waiting[part] as number; end < waiting.length; end++) {
      count += waiting[end] as number;
      if (count > this.mostInRound) break;
    }
    return end;
  }

  /** All workers expand what they have of the parts before `end`. */
  private async round(end: number): Promise<void> {
    for (;;) {
      await this.join();
      Atomics.store(this.board.stop, 0, 0);
      this.busy = this.helpers.length;
      const answers = this.all((helper) =>
        helper.ask({ kind: 'expand', end }).finally(() => {
          this.busy--;
        }),
      );
      // Looked at when it is awaited below.
      answers.catch(() => {});
      let finished = await this.expand(end);
      while (this.busy > 0) {
        if ((await this.outOfBudget()) || this.isUneven) Atomics.store(this.board.stop, 0, 1);
        await Promise.race([answers.catch(() => {}), sleep(breathEvery)]);
      }
      for (const { finished: done } of await answers) finished &&= done === true;
      if (finished || this.supervision.reason !== undefined) return;
      if (this.isUneven) await this.evenOut();
      if (this.shared?.crowded) await this.grow();
      else if (Atomics.load(this.board.stop, 0) === 2) this.supervision.reason = heapFull;
    }
  }

  /** The first worker's part in a round. */
  private async expand(end: number): Promise<boolean> {
    for (;;) {
      const until = performance.now() + breathEvery;
      let untilClock = clockEvery;
      const pause = () => {
        if (untilClock-- > 0) return false;
        untilClock = clockEvery;
        return performance.now() > until || this.isUneven;
      };
      if (await this.outOfBudget()) {
        Atomics.store(this.board.stop, 0, 1);
        return false;
      }
      if (this.share.expand(end, pause)) return true;
      if (this.isUneven) {
        Atomics.store(this.board.stop, 0, 1);
        return false;
      }
      if (this.shared?.crowded || this.isAwaited || this.isLong) return false;
    }
  }

  /** Whether one has nothing left to do in this level while another has much: not where a level is taken in parts. */
  private get isUneven(): boolean {
    const { share, helpers, board, how } = this;
    if (helpers.length === 0 || how.inParts) return false;
    let [least, most] = [share.waiting, share.waiting];
    for (let helper = 1; helper <= helpers.length; helper++) {
      const waiting = board.figures[figuresEach * helper + 4] as number;
      least = Math.min(least, waiting);
      most = Math.max(most, waiting);
    }
    return least === 0 && most > fewestToEven;
  }

  // Workers -----------------------------------------------------------------------------------------------------

  private async all<T>(ask: (helper: Helper) => Promise<T>): Promise<T[]> {
    return await Promise.all(this.helpers.map(ask));
  }

  /** Starts the other workers. */
  private async call(): Promise<void> {
    const { crew, workers = availableParallelism() } = this.options;
    const count = Math.min(workers, mostWorkers) - 1;
    if (this.called) return;
    const possible = crew && this.system.sharing ? count : 0;
    const called = {
      helpers: Array.from({ length: possible }, () => new Helper(crew as CrewOrder)),
      ready: false,
    };
    this.called = called;
    if (possible === 0) return;
    const ready = Promise.all(called.helpers.map((helper) => helper.ready)).then(() => {
      called.ready = true;
    });
    if (this.options.together) await ready;
    else {
      ready.catch((error: Error) => {
        this.broken = error;
      });
    }
  }

  private broken: Error | undefined;

  /** Calls for help when the search is long, and lets in those who have come. */
  private async join(): Promise<void> {
    if (this.broken) throw this.broken;
    if (this.isLong) await this.call();
    if (!this.called || !this.isAwaited) return;
    const shared = SharedStates.from(this.own);
    shared.level = this.how.level;
    this.shared = shared;
    this.share.states = shared;
    this.helpers = this.called.helpers;
    const { board, how } = this;
    const known = { states: shared.handle, refuted: this.system.assumptions?.refuted() };
    await Promise.all(
      this.helpers.map((helper, at) => helper.ask({ kind: 'join', number: at + 1, board, how, ...known })),
    );
    await this.evenOut();
  }

  /** Whether the search has turned out to be worth the help of others. */
  private get isLong(): boolean {
    const { share, called, supervision } = this;
    return !called && supervision.elapsedMs > alone && share.waiting + share.met > fewest;
  }

  /** Whether others have come to help and have not been let in yet. */
  private get isAwaited(): boolean {
    return this.called?.ready === true && !this.shared;
  }

  private async grow(): Promise<void> {
    const shared = this.shared as SharedStates;
    const [states, workers] = [shared.grown(), this.helpers.length + 1];
    const moving = this.all((helper) => helper.ask({ kind: 'move', states, workers }));
    this.shared = shared.movedTo(states, 0, workers);
    this.share.states = this.shared;
    await moving;
  }

  /** Those who have more of the present level than others give them some. */
  private async evenOut(): Promise<void> {
    const { helpers, share } = this;
    if (helpers.length === 0) return;
    const has = [share.waiting, ...helpers.map(({ latest }) => sum(latest.waiting))];
    const due = sum(has) / has.length;
    const least = Math.max(16, evenEnough * due);
    for (let from = 0; from < has.length; from++) {
      for (let to = 0; to < has.length && (has[from] as number) - due > least; to++) {
        const count = Math.floor(Math.min((has[from] as number) - due, due - (has[to] as number)));
        if (count < least / 2) continue;
        await this.hand(from, to, count);
        has[from]! -= count;
        has[to]! += count;
      }
    }
  }

  private async hand(from: number, to: number, count: number): Promise<void> {
    const giver = this.helpers[from - 1];
    const { parcel = [] } = giver
      ? await giver.ask({ kind: 'give', count, receiver: to })
      : { parcel: this.share.give(count, to) };
    const receiver = this.helpers[to - 1];
    if (receiver) await receiver.ask({ kind: 'receive', parcel, sender: from });
    else this.share.receive(parcel, from);
  }

  // All together ------------------------------------------------------------------------------------------------

  private together(figure: 'met' | 'cut' | 'transitions'): number {
    return this.share[figure] + sum(this.helpers.map(({ latest }) => latest[figure]));
  }

  private get met(): number {
    return this.together('met');
  }

  private waitingByPart(): number[] {
    const own = this.share.waitingByPart();
    return own.map((count, part) => count + sum(this.helpers.map(({ latest }) => latest.waiting[part] ?? 0)));
  }

  /** Exact while no other worker is at work. */
  private get states(): number {
    return this.statesHere + sum(this.helpers.map(({ latest }) => latest.added));
  }

  /** Those that the first worker was the first to meet, before it had help and since. */
  private get statesHere(): number {
    return this.own.size + (this.shared?.added ?? 0);
  }

  private get violated(): number {
    const states = this.share.states;
    return [this.share.violated, ...this.helpers.map(({ latest }) => latest.violated)].reduce((a, b) =>
      b < 0 ? a : a < 0 || isLess(states, b, a) ? b : a,
    );
  }

  private async outOfBudget(): Promise<boolean> {
    return await this.supervision.outOfBudget(this.present);
  }

  private readonly present = (): Present => {
    const { share, helpers, board } = this;
    const present = {
      states: this.statesHere,
      transitions: share.transitions,
      frontier: share.waiting + share.met,
      expanded: share.expanded,
      depth: this.depth,
      workers: helpers.length + 1,
      elsewhere: 0,
    };
    helpers.forEach((_, at) => {
      const [transitions, frontier, expanded, memory, , added] = board.figures.subarray(
        figuresEach * (at + 1),
      );
      present.states += added as number;
      present.transitions += transitions as number;
      present.frontier += frontier as number;
      present.expanded += expanded as number;
      present.elsewhere += memory as number;
    });
    return present;
  };

  private result(): SearchResult<State> {
    const { system, supervision, violated, shared, own } = this;
    const known = Math.max(1, this.states);
    const states = Math.min(this.states, this.maxStates);
    return {
      verdict: violated >= 0 ? 'violated' : supervision.reason !== undefined ? 'unknown' : 'holds',
      states: violated >= 0 ? known : states,
      transitions: this.together('transitions'),
      depth: this.depth,
      elapsedMs: supervision.elapsedMs,
      violation: violated >= 0 ? traceTo(system, this.share.states, violated) : undefined,
      reason: violated >= 0 ? undefined : supervision.reason,
      frontier: this.met + sum(this.waitingByPart()),
      cut: this.together('cut'),
      missProbability: missProbability(known),
      bytesPerState: (shared ?? own).bytes / known,
      workers: this.helpers.length + 1,
      unseen: system.unseen(),
    };
  }
}
