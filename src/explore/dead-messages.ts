/**
 * Messages that can do nothing any more, such as the answer of the third of three nodes when two were enough, need not be
 * kept in flight. That a message is dead is a claim about all states that its receiver can still come to; the search
 * assumes it when it holds in the present state, writes it down, and looks later whether it held in every state that was
 * found to follow. If one claim did not, the search begins again, and claims only what also holds in all that has been
 * found to follow before: an abstraction refined by what refutes it (Clarke and others, "Counterexample-guided
 * abstraction refinement", 2000). A message is dead when its receiver does nothing on it, or only sends messages that
 * are dead.
 */
import { UsageError } from '../base/errors.ts';
import { mostClients, mostOperations } from '../kernel/workload.ts';
import { type FollowerFacts, Followers } from './followers.ts';
import type { Message, NodeSteps, Outcome } from './node-steps.ts';
import { Pairs } from './pairs.ts';

/** What was written down, to be put together with what other workers wrote down. */
export interface DeadFacts {
  /** By number: how far each client is. */
  readonly progresses: readonly (readonly number[])[];
  readonly followers: FollowerFacts;
  /** Message, then the states of the nodes and the progress. */
  readonly claims: readonly (readonly number[])[];
  /** Whether a property minds steps at which a node does nothing. */
  readonly mattered: boolean;
  /** All numbers that stand for states of nodes, and for messages. */
  readonly locals: readonly number[];
  readonly messages: readonly number[];
}

/** The states of the nodes that a claim is about, and the progress; undefined: it is known not to hold. */
type Claim = readonly number[] | undefined;

/** What is known of a message and a state of its receiver. */
interface Case {
  /** To whom it is told on when the receiver does nothing else about it; undefined where it does. */
  readonly targets: readonly number[] | undefined;
  /** The nodes on whose states it depends whether the message is dead, its receiver first among them, as bits. */
  readonly concerns: number;
  /** By the states of those, and the progress. */
  readonly claims: Map<number, Claim>;
}

export class DeadMessages {
  /**
   * A node's state under each naming of the nodes, where namings make no difference: what follows a world may have been
   * looked at under other names alone.
   */
  namesakes = (local: number): readonly number[] => [local];
  private readonly steps: NodeSteps;
  private readonly nodes: number;
  /** Found in this search, and in those that had to begin again. */
  private found = new Followers();
  private foundBefore = new Followers();
  private readonly progresses = new Map<number, number>();
  /** By number: the clients' progress. */
  private readonly clients: (readonly number[])[] = [[]];
  /** The one that was asked for last, mostly asked for again. */
  private last: readonly number[] = [];
  private lastNumber = 0;
  /** By message, then by state of its receiver. */
  private readonly cases = new Pairs<Case>();
  private readonly quiet = new Pairs<boolean>();
  /** Whether a property minds steps at which a node does nothing: found in this search, and in those before. */
  private matter = false;
  private matteredBefore = false;

  constructor(steps: NodeSteps, nodes: number) {
    this.steps = steps;
    this.nodes = nodes;
  }

  /** A number for how far clients are (from `first` to `end` of a world): a call that is over does not begin again. */
  progress(world: readonly number[], first: number, end: number): number {
    const { last } = this;
    let same = last.length === end - first;
    for (let at = first; same && at < end; at++) same = world[at] === last[at - first];
    if (!same) {
      this.lastNumber = this.numberOf(world, first, end);
      this.last = world.slice(first, end);
    }
    return this.lastNumber;
  }

  private numberOf(world: readonly number[], first: number, end: number): number {
    let number = 0;
    for (let at = first; at < end; at++) {
      // Those before it have a number already.
      const name = (number * mostClients + at - first) * mostSteps + (world[at] as number);
      let next = this.progresses.get(name);
      if (next === undefined) {
        this.progresses.set(name, (next = this.progresses.size + 1));
        this.clients[next] = world.slice(first, at + 1);
      }
      number = next;
    }
    return number;
  }

  /** A node went from one state to another while clients were so far. */
  went(from: number, to: number, progress: number): void {
    this.found.went(from, to, progress);
  }

  progressed(before: number, after: number): void {
    this.found.progressed(before, after);
  }

  /** False where it is known whether a property minds steps at which a node does nothing, or does not matter. */
  get asksForIdleSteps(): boolean {
    return !this.matter && !this.matteredBefore;
  }

  /** A property was found to mind steps at which a node does nothing: then no message can be forgotten. */
  idleStepsMatter(): void {
    this.matter = true;
  }

  /** Whether the message is dead as far as is known now; written down if so. */
  claim(message: number, world: readonly number[], progress: number): boolean {
    if (this.matteredBefore) return false;
    const { to } = this.steps.messages.value(message) as Message;
    if (to >= this.nodes) return false;
    const { targets, claims } = this.caseOf(message, world[to] as number);
    if (!targets) return false;
    // Only the nodes that it would be told on to matter.
    let name = progress;
    for (const node of targets) name = name * mostLocals + (world[node] as number);
    const known = claims.get(name);
    if (known || claims.has(name)) return known !== undefined;
    const claim = this.firstClaim(message, world, progress);
    claims.set(name, claim);
    return claim !== undefined;
  }

  private firstClaim(message: number, world: readonly number[], progress: number): Claim {
    const local = world[(this.steps.messages.value(message) as Message).to] as number;
    if (!this.isDead(message, local, (node) => [world[node] as number])) return undefined;
    const claim = [...world.slice(0, this.nodes), progress];
    const { foundBefore } = this;
    return foundBefore.isEmpty || this.holds(message, local, claim, foundBefore) ? claim : undefined;
  }

  private caseOf(message: number, local: number): Case {
    let known = this.cases.get(message, local);
    if (!known) {
      const targets = this.targetsOf(message, local);
      const { to } = this.steps.messages.value(message) as Message;
      const concerns = (targets ?? []).reduce((bits, node) => bits | (1 << node), 1 << to);
      this.cases.set(message, local, (known = { targets, concerns, claims: new Map() }));
    }
    return known;
  }

  /** The nodes on whose states it depends whether the message is dead in this world, as bits; 0: it never is. */
  concerns(message: number, world: readonly number[]): number {
    const { to } = this.steps.messages.value(message) as Message;
    return to >= this.nodes ? 0 : this.caseOf(message, world[to] as number).concerns;
  }

  /** To whom a message that its receiver does nothing about is told on; undefined when it does something. */
  private targetsOf(message: number, local: number): readonly number[] | undefined {
    const sent = this.sentQuietly(message, local);
    // More than one would not fit into a number, and is rare.
    if (!sent || sent.length > 1) return undefined;
    return sent.map((each) => (this.steps.messages.value(each) as Message).to);
  }

  /** All claims that were made: of which message, in which state of its receiver. */
  private *claims(): Generator<{ message: number; local: number; claim: readonly number[] }> {
    for (const [message, local, { claims }] of this.cases.entries())
      for (const claim of claims.values()) if (claim) yield { message, local, claim };
  }

  /** Whether every claim held in all states that were found to follow, with pauses; if not, it is ready to begin again. */
  *check(): Generator<undefined, boolean> {
    if (this.matter && !this.matteredBefore) {
      this.begin(this.foundBefore, true);
      return false;
    }
    const found = new Followers();
    const same = (number: number) => number;
    for (const each of [this.foundBefore, this.found]) found.learn(each.facts(), same, this.namesakes);
    for (const { message, local, claim } of this.claims()) {
      yield;
      if (this.holds(message, local, claim, found)) continue;
      this.begin(found, false);
      return false;
    }
    return true;
  }

  private holds(message: number, local: number, claim: readonly number[], found: Followers): boolean {
    const progress = claim[this.nodes] as number;
    // Worlds in which other nodes were in other states made the same claim: it says nothing of those.
    const { targets = [] } = this.caseOf(message, local);
    const later = (node: number) =>
      targets.includes(node) ? found.of(claim[node] as number, progress) : undefined;
    return found.of(local, progress).every((state) => this.isDead(message, state, later));
  }

  private begin(foundBefore: Followers, matteredBefore: boolean): void {
    this.foundBefore = foundBefore;
    this.matteredBefore = matteredBefore;
    this.matter = false;
    this.found = new Followers();
    for (const [, , { claims }] of this.cases.entries()) claims.clear();
  }

  /** What was written down in this search. */
  facts(): DeadFacts {
    const claims = [...this.claims()].map(({ message, claim }) => [message, ...claim]);
    return this.packed(this.found.facts(), claims, this.matter);
  }

  /** What was found to follow in searches that had to begin again. */
  factsBefore(): DeadFacts {
    return this.packed(this.foundBefore.facts(), [], this.matteredBefore);
  }

  private packed(followers: FollowerFacts, claims: DeadFacts['claims'], mattered: boolean): DeadFacts {
    const locals = new Set(followers.edges.filter((_, at) => at % 3 < 2));
    for (const claim of claims) for (const local of claim.slice(1, -1)) locals.add(local);
    const messages = new Set(claims.map(([message]) => message as number));
    const { clients: progresses } = this;
    return { progresses, followers, claims, mattered, locals: [...locals], messages: [...messages] };
  }

  /** Adds what another worker wrote down; its numbers are translated. */
  learn(facts: DeadFacts, local: (number: number) => number, message: (number: number) => number): void {
    this.learnFollowers(this.found, facts, local);
    this.matter ||= facts.mattered;
    const progress = this.progressIn(facts);
    for (const [dead, ...claim] of facts.claims as (readonly [number, ...number[]])[]) {
      const locals = claim.slice(0, -1).map(local);
      this.claim(message(dead), locals, progress(claim.at(-1) as number));
    }
  }

  /** Begins again, with what another worker knows from searches before. */
  beginWith(facts: DeadFacts, local: (number: number) => number): void {
    const found = new Followers();
    this.learnFollowers(found, facts, local);
    this.begin(found, facts.mattered);
  }

  private learnFollowers(into: Followers, facts: DeadFacts, local: (number: number) => number): void {
    into.learn(facts.followers, this.progressIn(facts), (number) => [local(number)]);
  }

  private progressIn({ progresses }: DeadFacts): (number: number) => number {
    const own = progresses.map((clients) => this.progress(clients, 0, clients.length));
    return (number) => own[number] as number;
  }

  /** `others`: the states that another node may be in; undefined where that is not known. */
  private isDead(
    message: number,
    local: number,
    others: (node: number) => readonly number[] | undefined,
  ): boolean {
    const sent = this.sentQuietly(message, local);
    return (
      sent?.every((each) => {
        const { to } = this.steps.messages.value(each) as Message;
        return to < this.nodes && (others(to)?.every((state) => this.doesNothing(each, state)) ?? false);
      }) ?? false
    );
  }

  /** The messages that a node sends when it does nothing else about one; undefined where it does. */
  private sentQuietly(message: number, local: number): readonly number[] | undefined {
    try {
      const outcome = this.steps.deliver(local, message, 0);
      return isQuiet(outcome, local) ? outcome.sent : undefined;
    } catch (error) {
      // Not every state is one in which a message can arrive: a node may be down that has to start first.
      if (error instanceof UsageError) return undefined;
      throw error;
    }
  }

  private doesNothing(message: number, local: number): boolean {
    let known = this.quiet.get(message, local);
    if (known === undefined) {
      known = this.sentQuietly(message, local)?.length === 0;
      this.quiet.set(message, local, known);
    }
    return known;
  }
}

/** More than any search meets, so that states and a progress make one number. */
const mostLocals = 0x400_0000;
/** An operation of a client counts twice. */
const mostSteps = 2 * mostOperations + 2;

/** Nothing but messages to others came of it. */
function isQuiet(outcome: Outcome, local: number): boolean {
  const { durable, own, keep, set, notes, random, reads, thrown } = outcome;
  return (
    outcome.local === local &&
    durable < 0 &&
    own.length === 0 &&
    keep === -1 &&
    set === 0 &&
    notes === 0 &&
    !random &&
    !reads &&
    !thrown
  );
}
