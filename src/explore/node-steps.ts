/**
 * The steps of nodes, each computed once: what a handler does depends on the node's state and the event alone, so the
 * same step in another world is looked up. This is where the protocol's own handlers run, through the pure `step`.
 */
import { UsageError } from '../base/errors.ts';
import { canonicalJson, cloneJson, equalJson, findNonJson, type Json } from '../base/json.ts';
import { mix } from '../base/random.ts';
import { epoch } from '../kernel/clock.ts';
import type { Effect } from '../kernel/effects.ts';
import type { Reply, Request } from '../kernel/participants.ts';
import type { AnyProtocol, NodeState, Tagged } from '../kernel/protocol.ts';
import { type StepEnvironment, type StepEvent, type StepResult, step, stepOnCopy } from '../kernel/step.ts';
import type { Note } from '../kernel/view.ts';
import type { Vocabulary } from '../kernel/vocabulary.ts';
import { clientOf } from '../kernel/workload.ts';
import { Interner } from './interner.ts';
import { Pairs } from './pairs.ts';
import type { Violation } from './system.ts';

/** A message in flight: type, sender and receiver as in the kernel, clients after nodes. */
export interface Message {
  readonly type: number;
  readonly from: number;
  readonly to: number;
  readonly payload: Tagged | Request | Reply;
}

/** What a step depends on besides the node and the event: how many random steps came before, and what the clock shows. */
export interface Chance {
  readonly draws: number;
  readonly now: number;
}

/** What a node takes a step at: a message that arrives; a timer, or the node's start, by its number in the vocabulary. */
export type Happening = { readonly message: number } | { readonly node: number; readonly type: number };

/** What a step leaves, by number. */
export interface Outcome {
  readonly local: number;
  /** -1: nothing was persisted. */
  readonly durable: number;
  /** To other nodes and to clients, in no order. */
  readonly sent: readonly number[];
  /** To itself, in order. */
  readonly own: readonly number[];
  /** Timers set after the step are `(before & keep) | set`. */
  readonly keep: number;
  readonly set: number;
  /** 0: none. */
  readonly notes: number;
  /** What its random numbers were mattered. */
  readonly random: boolean;
  /** The node looked at its clock. */
  readonly reads: boolean;
  readonly thrown: Violation | undefined;
  /** Numbers of effects after which a crash makes a difference that a crash between steps does not make. */
  readonly cuts: readonly number[];
  /** Numbers of effects after which a crash can tear a write, where the protocol says what that leaves. */
  readonly tears: readonly number[];
  /** Of a step that was cut short: what would have been written next; -1 when nothing would. */
  readonly tearing: number;
}

type Local = NodeState<unknown, unknown>;

interface Gathering {
  /** The state that the step was taken in. */
  readonly local: number;
  readonly node: number;
  readonly random: boolean;
  readonly reads: boolean;
  /** Effects before a crash; undefined: all. */
  readonly kept: number | undefined;
}

/** So many steps are also taken on immer drafts, as those of a replayed run are: they must do the same. */
const mostCompared = 200;

export class NodeSteps {
  readonly locals = new Interner<Local>();
  readonly disks = new Interner<unknown>();
  readonly messages = new Interner<Message>();
  readonly notes = new Interner<readonly Note[]>();
  /** How many different steps were computed. */
  computed = 0;
  private compared = 0;
  /** Events at which random numbers mattered: of those only one draw is tried. */
  readonly drawn = new Set<string>();
  private readonly protocol: AnyProtocol;
  private readonly vocabulary: Vocabulary;
  private readonly nodeIds: readonly string[];
  private readonly mutant: string | null;
  /** Undefined: clocks are not kept. */
  private readonly clockBound: number | undefined;
  /** By event, those with negative numbers after the others, then by state of the node. */
  private readonly outcomes = new Pairs<Outcome>();
  private readonly cutOutcomes = new Map<string, Outcome>();
  private readonly fresh = new Map<number, number>();
  private readonly tornDisks = new Pairs<number>();
  /** Whether the step that is being computed looked at its clock, or at a random number. */
  private reads = false;
  private drew = false;
  private readonly onClock = (): void => {
    this.reads = true;
  };
  private readonly onDraw = (): void => {
    this.drew = true;
  };

  constructor(
    protocol: AnyProtocol,
    vocabulary: Vocabulary,
    nodeIds: readonly string[],
    mutant: string | null,
    clockBound: number | undefined,
  ) {
    this.clockBound = clockBound;
    this.protocol = protocol;
    this.vocabulary = vocabulary;
    this.nodeIds = nodeIds;
    this.mutant = mutant;
    this.notes.number('[]', []);
  }

  local(state: Local): number {
    return this.locals.number(canonicalJson(state), state);
  }

  disk(disk: unknown): number {
    return this.disks.number(canonicalJson(disk), disk);
  }

  message(message: Message): number {
    return this.messages.number(canonicalJson(message), message);
  }

  /** What a write that was torn leaves of two disks. */
  torn(before: number, after: number): number {
    let left = this.tornDisks.get(before, after);
    if (left === undefined) {
      const { name, torn } = this.protocol.definition;
      const copy = (disk: number) => cloneJson(this.disks.value(disk)) as never;
      const disk = torn?.(copy(before), copy(after));
      const problem = findNonJson(disk);
      if (problem) throw new UsageError(`${name}.torn left ${problem.path} ${problem.found}; expected JSON`);
      this.tornDisks.set(before, after, (left = this.disk(disk)));
    }
    return left;
  }

  /** The state of a node that has only this disk left. */
  afterCrash(durable: number): number {
    let local = this.fresh.get(durable);
    if (local === undefined) {
      local = this.local({ disk: this.disks.value(durable), memory: this.protocol.definition.memory() });
      this.fresh.set(durable, local);
    }
    return local;
  }

  /**
   * A message's delivery to its node. `draws` is how many steps of the node have depended on random numbers, `now` what
   * its clock shows, ms.
   */
  deliver(local: number, message: number, draws: number, now = epoch): Outcome {
    return this.outcome(local, message, (this.messages.value(message) as Message).to, draws, now);
  }

  /** A timer that fires, or the start of a node, by its number in the vocabulary. */
  happen(local: number, node: number, type: number, draws: number, now = epoch): Outcome {
    return this.outcome(local, -1 - (node * this.vocabulary.names.length + type), node, draws, now);
  }

  private outcome(local: number, event: number, node: number, draws: number, now: number): Outcome {
    const row = event >= 0 ? 2 * event : -1 - 2 * event;
    const known = this.outcomes.get(row, local);
    if (known && !known.random && !known.reads) return known;
    if (known) {
      const name = `${event} ${local} ${draws} ${now}`;
      let drawn = this.cutOutcomes.get(name);
      if (!drawn) this.cutOutcomes.set(name, (drawn = this.compute(local, event, node, { draws, now })));
      return drawn;
    }
    const outcome = this.compute(local, event, node, { draws, now });
    this.outcomes.set(row, local, outcome);
    return outcome;
  }

  /** The step, cut short by a crash after `kept` effects; the memory it left does not matter. */
  cut(local: number, event: Happening, chance: Chance, kept: number): Outcome {
    const [number, node] =
      'message' in event
        ? [event.message, (this.messages.value(event.message) as Message).to]
        : [-1 - (event.node * this.vocabulary.names.length + event.type), event.node];
    const name = `cut ${local} ${number} ${chance.draws} ${chance.now} ${kept}`;
    let outcome = this.cutOutcomes.get(name);
    if (!outcome) this.cutOutcomes.set(name, (outcome = this.compute(local, number, node, chance, kept)));
    return outcome;
  }

  private compute(
    local: number,
    event: number,
    node: number,
    { draws, now }: Chance,
    kept?: number,
  ): Outcome {
    this.computed++;
    this.reads = this.drew = false;
    const entropy = mix(node * 0x10001 + draws);
    const first = this.run(local, event, node, { entropy, now });
    if ('thrown' in first) return { ...nothing, local, thrown: first.thrown };
    const { reads, drew } = this;
    // The least and the greatest number show what any threshold hides.
    const others = drew ? [{ constant: 0 }, { constant: greatest }, { entropy: mix(entropy + 1) }] : [];
    const random = others.some((other) =>
      isOther(first, this.run(local, event, node, { entropy, now, ...other })),
    );
    if (random) this.drawn.add(this.eventName(event));
    if (reads && this.clockBound === undefined) {
      throw new UsageError(
        `${this.protocol.definition.name} reads clocks in '${this.eventName(event)}'; expected explore: { clocks: { tick, ticks } } in model(…), since time is left out otherwise`,
      );
    }
    return this.gathered(first, { local, node, random, reads, kept });
  }

  private cutsOf(effects: readonly Effect[]): { cuts: readonly number[]; tears: readonly number[] } {
    const writes = writesOf(effects);
    const { torn } = this.protocol.definition;
    return { cuts: writes.filter((index) => index > 0), tears: torn ? writes : [] };
  }

  private eventName(event: number): string {
    const { names } = this.vocabulary;
    return names[
      event >= 0 ? (this.messages.value(event) as Message).type : (-1 - event) % names.length
    ] as string;
  }

  private run(
    local: number,
    event: number,
    node: number,
    chance: Pick<StepEnvironment, 'entropy' | 'now' | 'constant'>,
  ): StepResult | { thrown: Violation } {
    const self = this.nodeIds[node] as string;
    const { nodeIds: nodes, mutant, clockBound = 0, onClock, onDraw } = this;
    const environment = { self, nodes, clockBound, mutant, onClock, onDraw, ...chance };
    try {
      const [of, happening] = [this.locals.value(local), this.stepEvent(event)];
      const result = stepOnCopy(this.protocol, of, happening, environment);
      if (
        this.compared++ < mostCompared &&
        !equalJson(result, step(this.protocol, of, happening, environment))
      ) {
        throw new UsageError(
          `${this.protocol.definition.name} does one thing on immer drafts and another on plain objects in '${this.eventName(event)}'; expected a handler that depends on the state and the event alone`,
        );
      }
      return result;
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const explanation = `'${this.eventName(event)}' at ${self} threw: ${(error as Error).message}`;
      return { thrown: { property: 'no handler throws', explanation } };
    }
  }

  private stepEvent(event: number): StepEvent {
    const { vocabulary } = this;
    if (event < 0) {
      const type = (-1 - event) % vocabulary.names.length;
      if (type === vocabulary.start) return { kind: 'start' };
      return { kind: 'timer', timer: vocabulary.names[type] as string };
    }
    const { type, from, payload } = this.messages.value(event) as Message;
    if (type === vocabulary.request) return { kind: 'request', ...(payload as Request) };
    return { kind: 'message', from: this.nodeIds[from] as string, message: payload as Tagged };
  }

  private gathered(
    { node: state, effects }: StepResult,
    { local, node, random, reads, kept }: Gathering,
  ): Outcome {
    const sent: number[] = [];
    const own: number[] = [];
    const notes: Note[] = [];
    let [keep, set, durable, tearing, left] = [-1, 0, -1, -1, kept ?? Number.POSITIVE_INFINITY];
    const by = this.nodeIds[node] as string;
    for (const effect of effects) {
      // As in the kernel, timers do not count as effects: a crash clears them anyway.
      if (effect.kind === 'setTimer' || effect.kind === 'clearTimer') {
        const bit = 1 << (this.vocabulary.timer(effect.timer, () => by) - this.vocabulary.firstTimer);
        keep &= ~bit;
        set = effect.kind === 'setTimer' ? set | bit : set & ~bit;
        continue;
      }
      if (left-- <= 0) {
        if (effect.kind === 'persist') tearing = this.disk(effect.disk);
        break;
      }
      if (effect.kind === 'persist') durable = this.disk(effect.disk);
      else if (effect.kind === 'note')
        notes.push({ node: by, name: effect.name, value: effect.value, time: 0 });
      else if (effect.kind === 'send') {
        const to = this.nodeIds.indexOf(effect.to);
        const type = this.vocabulary.message(effect.message.type, () => by);
        (to === node ? own : sent).push(this.message({ type, from: node, to, payload: effect.message }));
      } else {
        const output =
          effect.kind === 'reply' && effect.output !== undefined ? { output: effect.output } : {};
        const payload: Reply = { call: effect.call, ...output, refused: effect.kind === 'refuse' };
        const to = this.nodeIds.length + clientOf(effect.call);
        sent.push(this.message({ type: this.vocabulary.reply, from: node, to, payload }));
      }
    }
    return {
      // Most steps that are tried do nothing.
      local: state === this.locals.value(local) ? local : this.local(state),
      ...{ durable, sent, own, keep, set, random, reads, thrown: undefined },
      notes: notes.length === 0 ? 0 : this.notes.number(canonicalJson(notes as unknown as Json), notes),
      ...(kept === undefined ? this.cutsOf(effects) : { cuts: [], tears: [] }),
      tearing,
    };
  }
}

/** The greatest number that `random()` can return. */
const greatest = 1 - 2 ** -32;

const nothing: Outcome = {
  ...{ local: 0, durable: -1, sent: [], own: [], keep: -1, set: 0, notes: 0, random: false },
  ...{ reads: false, thrown: undefined, cuts: [], tears: [], tearing: -1 },
};

/** Whether other random numbers led to something else than when a timer is due. */
function isOther(one: StepResult, other: StepResult | { thrown: Violation }): boolean {
  if ('thrown' in other) return true;
  const shown = ({ effects }: StepResult) =>
    effects.map((effect) => (effect.kind === 'setTimer' ? effect.timer : effect));
  return !equalJson([one.node, shown(one)], [other.node, shown(other)]);
}

/**
 * The numbers of the effects that make the disk durable. A message that nobody has received yet might as well not have been
 * sent, so only a crash after something was told or written, and before something that was to be written, differs from a
 * crash before or after the whole step.
 */
function writesOf(effects: readonly Effect[]): number[] {
  const counted = effects.filter(({ kind }) => kind !== 'setTimer' && kind !== 'clearTimer');
  return counted.flatMap(({ kind }, index) => (kind === 'persist' ? [index] : []));
}
