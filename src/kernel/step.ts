/**
 * One step of one node, pure: `step(protocol, node, event, environment)` gives the node's next state and what it did
 * to the world, as data. The state is drafted with immer, one node and never the world, so that untouched parts are
 * shared between all states of a trace. What is recorded is a snapshot: it never aliases the draft.
 */
import { freeze, produce } from 'immer';
import { UsageError } from '../base/errors.ts';
import { cloneJson, equalJson, findNonJson, type Json } from '../base/json.ts';
import { mix } from '../base/random.ts';
import { checkSpan, type Effect, notANode, repliedTwice } from './effects.ts';
import { asHandler } from './guard.ts';
import type { AnyProtocol, Call, CallId, NodeId, NodeState, Tagged } from './protocol.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

type Node = NodeState<unknown, unknown>;

export type StepEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'message'; readonly from: NodeId; readonly message: Tagged }
  | { readonly kind: 'timer'; readonly timer: string }
  | { readonly kind: 'request'; readonly f: string; readonly call: Call<unknown> };

/** Everything a step may depend on besides the node's state and the event. */
export interface StepEnvironment {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** The node's wall clock, ms. */
  readonly now: number;
  /** How far the wall clock can be from the true time, ms. */
  readonly clockBound: number;
  /** Determines what `random()` returns in this step. */
  readonly entropy: number;
  readonly mutant: string | null;
  /** What `random()` returns instead, whenever it is asked: to try out whether that matters. */
  readonly constant?: number;
  /** Called when the handler looks at the clock. */
  readonly onClock?: () => void;
  /** Called when the handler draws a random number. */
  readonly onDraw?: () => void;
}

export interface StepResult {
  readonly node: Node;
  readonly effects: readonly Effect[];
}

/** The `draw`-th number that a step of this entropy gets from `random()`. */
export const drawn = (entropy: number, draw: number): number =>
  mix(entropy + draw * 0x632be5ab) / 0x1_0000_0000;

export function step(
  protocol: AnyProtocol,
  node: Node,
  event: StepEvent,
  environment: StepEnvironment,
): StepResult {
  return taken(produce, protocol, node, event, environment);
}

/** The same, many times as quickly: the handler runs on a plain copy of the node, of which nothing is shared with it. */
export function stepOnCopy(
  protocol: AnyProtocol,
  node: Node,
  event: StepEvent,
  environment: StepEnvironment,
): StepResult {
  return taken(onCopy, protocol, node, event, environment);
}

function onCopy(node: Node, recipe: (copy: Node) => void): Node {
  const copy = cloneJson(node);
  recipe(copy);
  return equalJson(copy, node) ? node : freeze(copy, true);
}

function taken(
  drafting: (node: Node, recipe: (draft: Node) => void) => Node,
  protocol: AnyProtocol,
  node: Node,
  event: StepEvent,
  environment: StepEnvironment,
): StepResult {
  const vocabulary = vocabularyOf(protocol);
  const type = eventType(vocabulary, event);
  const by = () => vocabulary.handlerName(type, event.kind === 'request' ? event.f : '');
  const handler =
    event.kind === 'request' ? protocol.definition.client?.[event.f] : vocabulary.handlers[type];
  if (!handler) {
    if (event.kind === 'start') return { node, effects: [] };
    throw new UsageError(`${by()} is missing: there is no handler for it`);
  }
  const recording = new Recording(vocabulary, environment, by);
  const next = drafting(node, (draft) => {
    const context = recording.context(event, draft);
    const run = handler as (...parameters: unknown[]) => unknown;
    const result = asHandler(by, () => {
      try {
        if (event.kind === 'message') return run(draft, freeze(event.message, true), context);
        if (event.kind === 'request') return run(draft, freeze(event.call, true), context);
        return run(draft, context);
      } catch (error) {
        throw changedFrozen(error) ? changedMessage(by, error) : error;
      }
    });
    if (result instanceof Promise) throw returnedPromise(by);
  });
  if (next !== node) requireJson(next, by, 'left');
  return { node: next, effects: recording.effects };
}

export function returnedPromise(by: () => string): UsageError {
  return new UsageError(`${by()} returned a promise; expected a handler that finishes at once`);
}

/** What V8 says when strict code writes to a frozen object. */
const changedFrozen = (error: unknown): error is TypeError =>
  error instanceof TypeError &&
  /read only property|not extensible|Cannot delete property/.test(error.message);

function changedMessage(by: () => string, { message }: TypeError): UsageError {
  return new UsageError(
    `${by()} changed an object that it was given in a message or call, or that it must not change (${message}); expected it to change a copy`,
  );
}

function eventType(vocabulary: Vocabulary, event: StepEvent): number {
  const by = () => vocabulary.protocol.definition.name;
  switch (event.kind) {
    case 'start':
      return vocabulary.start;
    case 'request':
      return vocabulary.request;
    case 'message':
      return vocabulary.message(event.message.type, by);
    case 'timer':
      return vocabulary.timer(event.timer, by);
  }
}

function requireJson(value: unknown, by: () => string, verb: string): void {
  const problem = findNonJson(value);
  if (!problem) return;
  const path = problem.path.replace(/^\./, '');
  throw new UsageError(
    `${by()} ${verb} ${path ? `${path} = ` : ''}${problem.found}; expected JSON, which can be hashed, saved and replayed`,
  );
}

/** Records what one handler does. Its context is made of plain functions, since handlers take it apart. */
class Recording {
  readonly effects: Effect[] = [];
  private readonly vocabulary: Vocabulary;
  private readonly environment: StepEnvironment;
  private readonly by: () => string;
  private readonly answered: CallId[] = [];
  private draws = 0;

  constructor(vocabulary: Vocabulary, environment: StepEnvironment, by: () => string) {
    this.vocabulary = vocabulary;
    this.environment = environment;
    this.by = by;
  }

  context(event: StepEvent, draft: Node) {
    const { effects, vocabulary, environment, by } = this;
    const { self, nodes, mutant, clockBound } = environment;
    const recording = this;
    return {
      self,
      nodes,
      peers: nodes.filter((node) => node !== self),
      from: event.kind === 'message' ? event.from : self,
      get now() {
        return recording.look();
      },
      mutant,
      interval: () => ({ earliest: this.look() - clockBound, latest: this.look() + clockBound }),
      random: () => {
        environment.onDraw?.();
        return environment.constant ?? drawn(environment.entropy, this.draws++);
      },
      send: (to: NodeId, message: Tagged) => {
        if (!nodes.includes(to)) throw notANode(to, nodes, by);
        effects.push({ kind: 'send', to, message: this.message(message) });
      },
      broadcast: (message: Tagged) => {
        // Nobody can change it, so all can be sent the same.
        const copy = this.message(message);
        for (const to of nodes) effects.push({ kind: 'send', to, message: copy });
      },
      setTimer: (timer: string, after: number) => {
        vocabulary.timer(timer, by);
        checkSpan(after, timer, by);
        effects.push({ kind: 'setTimer', timer, after });
      },
      clearTimer: (timer: string) => {
        vocabulary.timer(timer, by);
        effects.push({ kind: 'clearTimer', timer });
      },
      persist: () => {
        effects.push({ kind: 'persist', disk: this.snapshot(draft.disk, 'persisted') });
      },
      reply: (call: CallId, output?: Json) => {
        this.answer(call);
        effects.push(
          output === undefined
            ? { kind: 'reply', call }
            : { kind: 'reply', call, output: this.snapshot(output, 'replied') },
        );
      },
      refuse: (call: CallId) => {
        this.answer(call);
        effects.push({ kind: 'refuse', call });
      },
      note: (name: string, value: Json) => {
        effects.push({ kind: 'note', name, value: this.snapshot(value, 'noted') });
      },
    };
  }

  private look(): number {
    this.environment.onClock?.();
    return this.environment.now;
  }

  private message(message: Tagged): Tagged {
    this.vocabulary.message(message?.type, this.by);
    return this.snapshot(message, 'sent');
  }

  private snapshot<T>(value: T, verb: string): T {
    requireJson(value, this.by, verb);
    return freeze(cloneJson(value), true);
  }

  private answer(call: CallId): void {
    if (this.answered.includes(call)) throw repliedTwice(call, this.by);
    this.answered.push(call);
  }
}
