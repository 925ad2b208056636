/**
 * Messages that can do nothing any more, such as the answer of the third of three nodes when two were enough, need not be
 * kept in flight. That a message is dead is a claim about all states that its receiver can still come to; the search
 * assumes it when it holds in the present state, writes it down, and looks at the end whether it held in every state
 * that was found to follow. If one did not, the search is done again without. A message is dead when its receiver does
 * nothing on it, or only sends messages that are dead.
 */
import { mostClients, mostOperations } from '../kernel/workload.ts';
import type { Message, NodeSteps, Outcome } from './node-steps.ts';

/** Everything that was written down, to be put together with what other workers wrote down. */
export interface DeadFacts {
  /** By number: how far each client is. */
  readonly progresses: readonly (readonly number[])[];
  /** From, to and progress, and so on. */
  readonly edges: readonly number[];
  /** Before and after, and so on. */
  readonly later: readonly number[];
  /** Message, then the states of the nodes and the progress. */
  readonly claims: readonly (readonly number[])[];
  /** All numbers that stand for states of nodes, and for messages. */
  readonly locals: readonly number[];
  readonly messages: readonly number[];
}

export class DeadMessages {
  private readonly steps: NodeSteps;
  private readonly nodes: number;
  /** By progress of the clients and state of a node: the states it was seen to go to. */
  private readonly edges = new Map<number, Set<number>>();
  /** By progress of the clients: what it was seen to become. */
  private readonly later = new Map<number, Set<number>>();
  private readonly progresses = new Map<number, number>();
  /** By number: the clients' progress. */
  private readonly clients: (readonly number[])[] = [[]];
  /** By message, then by state of its receiver: the states of the nodes that it was told to matter to. */
  private readonly claims = new Map<number, Map<number, Map<number, readonly number[]>>>();
  private readonly quiet = new Map<number, boolean>();
  /** By message, then by state of its receiver. */
  private readonly targets: Map<number, readonly number[] | null>[] = [];

  constructor(steps: NodeSteps, nodes: number) {
    this.steps = steps;
    this.nodes = nodes;
  }

  /** A number for how far clients are (from `first` to `end` of a world): a call that is over does not begin again. */
  progress(world: readonly number[], first: number, end: number): number {
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
    if (from !== to) add(this.edges, from * mostProgress + progress, to);
  }

  progressed(before: number, after: number): void {
    if (before !== after) add(this.later, before, after);
  }

  /** Whether the message is dead as far as the states of nodes now tell; written down if so. */
  claim(message: number, world: readonly number[], progress: number): boolean {
    const { to } = this.steps.messages.value(message) as Message;
    if (to >= this.nodes) return false;
    const local = world[to] as number;
    const targets = this.targetsOf(message, local);
    if (targets === undefined) return false;
    if (targets.length > 0 && !this.isDead(message, local, (node) => [world[node] as number])) return false;
    let byLocal = this.claims.get(message);
    if (!byLocal) this.claims.set(message, (byLocal = new Map()));
    let worlds = byLocal.get(local);
    if (!worlds) byLocal.set(local, (worlds = new Map()));
    // Only the nodes that it would be told on to matter.
    let name = progress;
    for (const node of targets) name = name * mostLocals + (world[node] as number);
    if (!worlds.has(name)) worlds.set(name, [...world.slice(0, this.nodes), progress]);
    return true;
  }

  /** To whom a message that its receiver does nothing about is told on; undefined when it does something. */
  private targetsOf(message: number, local: number): readonly number[] | undefined {
    const byLocal = (this.targets[message] ??= new Map<number, readonly number[] | null>());
    const known = byLocal.get(local);
    if (known !== undefined) return known ?? undefined;
    const outcome = this.steps.deliver(local, message, 0);
    const receivers = outcome.sent.map((sent) => (this.steps.messages.value(sent) as Message).to);
    // More than one would not fit into a number, and is rare.
    const told = isQuiet(outcome, local) && receivers.length < 2 ? receivers : null;
    byLocal.set(local, told);
    return told ?? undefined;
  }

  /** Whether every claim held in all states that were found to follow. */
  verified(): boolean {
    const after = new Map<number, readonly number[]>();
    const following = (local: number, progress: number): readonly number[] => {
      const key = local * mostProgress + progress;
      let found = after.get(key);
      if (!found) after.set(key, (found = this.closure(key)));
      return found;
    };
    for (const [message, byLocal] of this.claims) {
      for (const [local, worlds] of byLocal) {
        for (const locals of worlds.values()) {
          const progress = locals[this.nodes] as number;
          const later = (node: number) => following(locals[node] as number, progress);
          if (!following(local, progress).every((state) => this.isDead(message, state, later))) return false;
        }
      }
    }
    return true;
  }

  facts(): DeadFacts {
    const edges: number[] = [];
    for (const [key, targets] of this.edges) {
      for (const to of targets) edges.push(Math.floor(key / mostProgress), to, key % mostProgress);
    }
    const later = [...this.later].flatMap(([before, afters]) =>
      [...afters].flatMap((after) => [before, after]),
    );
    const claims = [...this.claims].flatMap(([message, byLocal]) =>
      [...byLocal.values()].flatMap((worlds) => [...worlds.values()].map((claim) => [message, ...claim])),
    );
    const locals = new Set(edges.filter((_, at) => at % 3 < 2));
    for (const claim of claims) for (const local of claim.slice(1, -1)) locals.add(local);
    const messages = this.claims.keys();
    return { progresses: this.clients, edges, later, claims, locals: [...locals], messages: [...messages] };
  }

  /** Adds what another worker wrote down; its numbers are translated. */
  learn(facts: DeadFacts, local: (number: number) => number, message: (number: number) => number): void {
    const progress = facts.progresses.map((clients) => this.progress(clients, 0, clients.length));
    const { edges, later } = facts;
    for (let at = 0; at < edges.length; at += 3) {
      const [from, to, before] = edges.slice(at, at + 3) as [number, number, number];
      this.went(local(from), local(to), progress[before] as number);
    }
    for (let at = 0; at < later.length; at += 2)
      this.progressed(progress[later[at] as number] as number, progress[later[at + 1] as number] as number);
    for (const [dead, ...claim] of facts.claims as (readonly [number, ...number[]])[]) {
      const locals = claim.slice(0, -1).map(local);
      this.claim(message(dead), locals, progress[claim.at(-1) as number] as number);
    }
  }

  private isDead(message: number, local: number, others: (node: number) => readonly number[]): boolean {
    const outcome = this.steps.deliver(local, message, 0);
    if (!isQuiet(outcome, local)) return false;
    return outcome.sent.every((sent) => {
      const { to } = this.steps.messages.value(sent) as Message;
      return to < this.nodes && others(to).every((state) => this.doesNothing(sent, state));
    });
  }

  private doesNothing(message: number, local: number): boolean {
    const key = message * 0x400_0000 + local;
    let known = this.quiet.get(key);
    if (known === undefined) {
      const outcome = this.steps.deliver(local, message, 0);
      known = isQuiet(outcome, local) && outcome.sent.length === 0;
      this.quiet.set(key, known);
    }
    return known;
  }

  /** The states of a node that can follow one, clients going on. */
  private closure(key: number): readonly number[] {
    const seen = new Set([key]);
    for (const at of seen) {
      const progress = at % mostProgress;
      for (const next of this.edges.get(at) ?? []) seen.add(next * mostProgress + progress);
      for (const next of this.later.get(progress) ?? []) seen.add(at - progress + next);
    }
    return [...new Set([...seen].map((at) => Math.floor(at / mostProgress)))];
  }
}

/** More than any search meets, so that a state and a progress make one number. */
const mostProgress = 0x10_0000;
const mostLocals = 0x400_0000;
/** An operation of a client counts twice. */
const mostSteps = 2 * mostOperations + 2;

function add(map: Map<number, Set<number>>, key: number, value: number): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}

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
