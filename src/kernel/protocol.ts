/**
 * What a protocol is: for every message, timer and client call a pure handler, which changes its own node's
 * state and records what it does to the world as effects. Handlers know nothing but what they are given:
 * time, randomness and identity come from the context alone.
 */
import type { Json } from '../base/json.ts';
import type { AnySpec, FunctionName, Input, Output } from '../spec/spec.ts';

export type NodeId = string;
/** One invocation by one client; a doubled or retried request carries the same id. */
export type CallId = number;

declare const phantom: unique symbol;

/** Carries a type and no value; see `typed`. */
export interface Typed<T> {
  readonly [phantom]?: T;
}

/** Names a type where TypeScript can infer the rest: `message: typed<Message>()`. */
export function typed<T>(): Typed<T> {
  return {};
}

/** A message is JSON with a `type` that names its handler. */
export interface Tagged {
  readonly type: string;
}

/** What a handler may change. `disk` outlives a crash up to the last `persist()`; `memory` does not. */
export interface NodeState<Disk, Memory> {
  disk: Disk;
  memory: Memory;
}

export interface Call<CallInput> {
  readonly id: CallId;
  readonly input: CallInput;
  /** The key for specs with independent keys, else `''`. */
  readonly key: string;
}

/** Everything a handler may know and do besides its own state. */
export interface Context<Message extends Tagged, Timer extends string, Reply, Mutant extends string> {
  readonly self: NodeId;
  /** All nodes in a fixed order, this one included. */
  readonly nodes: readonly NodeId[];
  /** All nodes but this one. */
  readonly peers: readonly NodeId[];
  /** The sender of the message being handled; this node itself in `start`, `timeout` and `client`. */
  readonly from: NodeId;
  /** This node's wall clock in milliseconds. It can be skewed, drift and jump, backwards too. */
  readonly now: number;
  /** The planted bug in force, or null: `if (mutant !== 'ack-before-persist') persist();` */
  readonly mutant: Mutant | null;
  /** The true time lies within, as long as the fault model keeps its stated bound. Milliseconds. */
  readonly interval: () => { readonly earliest: number; readonly latest: number };
  /** A number from 0 (included) to 1 (excluded), the same in every replay. */
  readonly random: () => number;
  readonly send: (to: NodeId, message: Message) => void;
  /** To every node, this one included; what a node sends itself is neither lost nor late nor doubled. */
  readonly broadcast: (message: Message) => void;
  /** Sets or resets the timer, which fires once in `after` milliseconds of this node's monotonic clock. */
  readonly setTimer: (timer: Timer, after: number) => void;
  readonly clearTimer: (timer: Timer) => void;
  /** Makes the disk durable as it is now. */
  readonly persist: () => void;
  /** Answers a client's call. The answer travels over the network and may be lost. */
  readonly reply: (call: CallId, ...output: null extends Reply ? [output?: Reply] : [output: Reply]) => void;
  /** Tells the client that its call certainly did not and will not take effect. */
  readonly refuse: (call: CallId) => void;
  /** A fact for the history that outlives a crash: `note('leader', term)`. Properties read notes. */
  readonly note: (name: string, value: Json) => void;
}

/** How clients behave on the happy path; all in milliseconds. */
export interface ClientBehaviour {
  /** A client without an answer for so long gives up: the outcome is unknown. Default 500. */
  readonly timeout?: number;
  /** A client without an answer sends its request again, to the next node, every so often. Default: never. */
  readonly retry?: number;
}

/** A planted bug: what it breaks in a sentence, and where it was made or described. */
export interface MutantStory {
  readonly story: string;
  readonly source: string;
}

type ClientHandlers<
  S extends AnySpec,
  Disk,
  Memory,
  Message extends Tagged,
  Timer extends string,
  Mutant extends string,
> = {
  readonly [F in FunctionName<S>]: (
    state: NodeState<Disk, Memory>,
    call: Call<Input<S, F>>,
    context: Context<Message, Timer, Output<S, F>, Mutant>,
  ) => void;
};

export type AnyReply<S extends AnySpec> = { [F in FunctionName<S>]: Output<S, F> }[FunctionName<S>];

export interface ProtocolDefinition<
  S extends AnySpec,
  Message extends Tagged,
  Timer extends string,
  Disk,
  Memory,
  Mutant extends string,
> {
  readonly name: string;
  /** A sentence or two: what the protocol does and promises. */
  readonly story?: string;
  /** The sequential specification of what clients see. */
  readonly implements?: S;
  readonly message: Typed<Message>;
  readonly timer?: Typed<Timer>;
  /** Planted bugs by name; handlers switch on `context.mutant`. */
  readonly mutants?: Readonly<Record<Mutant, MutantStory>>;
  readonly disk: () => Disk;
  readonly memory: () => Memory;
  /** What a torn last write leaves behind, given the disk before and after it. Opting in enables torn writes. */
  readonly torn?: (before: Disk, after: Disk) => Disk;
  readonly clients?: ClientBehaviour;
  /** Runs when a node boots, and again at every restart with what its disk kept. */
  readonly start?: (
    state: NodeState<Disk, Memory>,
    context: Context<Message, Timer, AnyReply<S>, Mutant>,
  ) => void;
  /** A request of a client has arrived at this node; it may be one that arrived before. */
  readonly client?: ClientHandlers<S, Disk, Memory, Message, Timer, Mutant>;
  readonly on: {
    readonly [Type in Message['type']]: (
      state: NodeState<Disk, Memory>,
      message: Extract<Message, { readonly type: Type }>,
      context: Context<Message, Timer, AnyReply<S>, Mutant>,
    ) => void;
  };
  readonly timeout?: {
    readonly [Name in Timer]: (
      state: NodeState<Disk, Memory>,
      context: Context<Message, Timer, AnyReply<S>, Mutant>,
    ) => void;
  };
}

export interface Protocol<
  S extends AnySpec = AnySpec,
  Message extends Tagged = Tagged,
  Timer extends string = string,
  Disk = unknown,
  Memory = unknown,
  Mutant extends string = string,
> {
  readonly kind: 'protocol';
  readonly definition: ProtocolDefinition<S, Message, Timer, Disk, Memory, Mutant>;
}

/** A protocol whose types have been forgotten, as the simulation sees it. */
export interface AnyProtocol {
  readonly kind: 'protocol';
  readonly definition: {
    readonly name: string;
    readonly story?: string;
    readonly implements?: AnySpec;
    readonly mutants?: Readonly<Record<string, MutantStory>>;
    readonly disk: () => unknown;
    readonly memory: () => unknown;
    readonly torn?: (before: never, after: never) => unknown;
    readonly clients?: ClientBehaviour;
    readonly start?: (state: never, context: never) => void;
    readonly client?: Readonly<Record<string, (state: never, call: never, context: never) => void>>;
    readonly on: Readonly<Record<string, (state: never, message: never, context: never) => void>>;
    readonly timeout?: Readonly<Record<string, (state: never, context: never) => void>>;
  };
}

/** Declares a protocol; every type flows from its values. */
export function protocol<
  Message extends Tagged,
  Disk,
  Memory,
  S extends AnySpec = never,
  Timer extends string = never,
  Mutant extends string = never,
>(
  definition: ProtocolDefinition<S, Message, Timer, Disk, Memory, Mutant> &
    ([S] extends [never] ? unknown : { readonly client: unknown }) &
    ([Timer] extends [never] ? unknown : { readonly timeout: unknown }),
): Protocol<NoInfer<S>, Message, NoInfer<Timer>, Disk, Memory, NoInfer<Mutant>> {
  return { kind: 'protocol', definition };
}
