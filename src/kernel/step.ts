/**
 * One step of one node, pure: `step(protocol, node, event, environment)` gives the node's next state and what it did
 * to the world, as data. The state is drafted with immer, one node and never the world, so that untouched parts are
 * shared between all states of a trace. What is recorded is a snapshot: it never aliases the draft.
 */
import { freeze, produce } from 'immer';
import { UsageError } from '../base/errors.ts';
import { cloneJson, findNonJson, type Json } from '../base/json.ts';
import { mix } from '../base/random.ts';
import { checkSpan, type Effect, notANode, repliedTwice } from './effects.ts';
import { asHandler } from './guard.ts';
import type { AnyProtocol, Call, CallId, NodeId, NodeState, Tagged } from './protocol.ts';
import { type Vocabulary, vocabularyOf } from './vocabulary.ts';

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
  /** Called when the handler looks at the clock. */
  readonly onClock?: () => void;
  /** Called when the handler draws a random number. */
  readonly onDraw?: () => void;
}

export interface StepResult {
  readonly node: NodeState<unknown, unknown>;
  readonly effects: readonly Effect[];
}

/** The `draw`-th number that a step of this entropy gets from `random()`. */
export const drawn = (entropy: number, draw: number): number =>
  mix(entropy + draw * 0x632be5ab) / 0x1_0000_0000;

export function step(
  protocol: AnyProtocol,
  node: NodeState<unknown, unknown>,
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
  const effects: Effect[] = [];
  const next = produce(node, (draft) => {
    const context = recordingContext(vocabulary, environment, event, draft, effects, by);
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
  return { node: next, effects };
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

function recordingContext(
  vocabulary: Vocabulary,
  environment: StepEnvironment,
  event: StepEvent,
  draft: NodeState<unknown, unknown>,
  effects: Effect[],
  by: () => string,
) {
  const { self, nodes, clockBound, entropy, mutant, onClock, onDraw } = environment;
  let draws = 0;
  const look = () => {
    onClock?.();
    return environment.now;
  };
  const answered = new Set<CallId>();
  const snapshot = <T>(value: T, verb: string): T => {
    requireJson(value, by, verb);
    return freeze(cloneJson(value), true);
  };
  const answer = (call: CallId) => {
    if (answered.has(call)) throw repliedTwice(call, by);
    answered.add(call);
  };
  const send = (to: NodeId, message: Tagged) => {
    if (!nodes.includes(to)) throw notANode(to, nodes, by);
    vocabulary.message(message?.type, by);
    effects.push({ kind: 'send', to, message: snapshot(message, 'sent') });
  };
  return {
    self,
    nodes,
    peers: nodes.filter((node) => node !== self),
    from: event.kind === 'message' ? event.from : self,
    get now() {
      return look();
    },
    mutant,
    interval: () => ({ earliest: look() - clockBound, latest: look() + clockBound }),
    random: () => {
      onDraw?.();
      return drawn(entropy, draws++);
    },
    send,
    broadcast: (message: Tagged) => {
      for (const node of nodes) send(node, message);
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
      effects.push({ kind: 'persist', disk: snapshot(draft.disk, 'persisted') });
    },
    reply: (call: CallId, output?: Json) => {
      answer(call);
      effects.push(
        output === undefined
          ? { kind: 'reply', call }
          : { kind: 'reply', call, output: snapshot(output, 'replied') },
      );
    },
    refuse: (call: CallId) => {
      answer(call);
      effects.push({ kind: 'refuse', call });
    },
    note: (name: string, value: Json) => {
      effects.push({ kind: 'note', name, value: snapshot(value, 'noted') });
    },
  };
}
