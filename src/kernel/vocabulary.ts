/**
 * The names a protocol's events can have, numbered, so that the loop compares integers: its messages, then a
 * client's request and a node's reply, then its timers, then a node's start. Also the author's mistakes in them.
 */
import { learningCloner } from '../base/cloner.ts';
import { UsageError } from '../base/errors.ts';
import type { AnyProtocol } from './protocol.ts';

export type Handler = (state: never, ...rest: never[]) => void;

/** Events that every protocol has. */
const reservedNames = ['request', 'reply', 'start'];

export class Vocabulary {
  readonly messages: readonly string[];
  readonly timers: readonly string[];
  /** All names, by index: messages, 'request', 'reply', timers, 'start'. */
  readonly names: readonly string[];
  readonly request: number;
  readonly reply: number;
  readonly firstTimer: number;
  readonly start: number;
  /** By index; undefined where nothing handles it (a reply, an absent `start`). */
  readonly handlers: readonly (Handler | undefined)[];
  /** By index of a message's type: copies its payloads. */
  readonly clonePayload: readonly (<T>(payload: T) => T)[];
  readonly cloneDisk: <T>(disk: T) => T;
  private readonly messageIndex: Map<string, number>;
  private readonly timerIndex: Map<string, number>;

  readonly protocol: AnyProtocol;

  constructor(protocol: AnyProtocol) {
    this.protocol = protocol;
    const { name, on, timeout = {}, start } = protocol.definition;
    this.messages = Object.keys(on);
    this.timers = Object.keys(timeout);
    const reserved = [...this.messages, ...this.timers].find((message) => reservedNames.includes(message));
    const shared = this.messages.find((message) => this.timers.includes(message));
    if (shared !== undefined) {
      throw new UsageError(
        `${name} has a message and a timer both named '${shared}'; expected different names`,
      );
    }
    if (reserved) {
      throw new UsageError(
        `${name} has a message or timer named '${reserved}', a name that clew uses itself; expected another`,
      );
    }
    this.request = this.messages.length;
    this.reply = this.request + 1;
    this.firstTimer = this.reply + 1;
    this.start = this.firstTimer + this.timers.length;
    this.names = [...this.messages, 'request', 'reply', ...this.timers, 'start'];
    this.handlers = [
      ...Object.values(on),
      undefined,
      undefined,
      ...Object.values(timeout),
      start,
    ] as Handler[];
    this.clonePayload = this.names.map(learningCloner);
    this.cloneDisk = learningCloner();
    this.messageIndex = new Map(this.messages.map((message, index) => [message, index]));
    this.timerIndex = new Map(this.timers.map((timer, index) => [timer, this.firstTimer + index]));
  }

  /** The index of a message's type; `by` tells the author which handler sent it. */
  message(type: unknown, by: () => string): number {
    const index = this.messageIndex.get(type as string);
    if (index === undefined) {
      const known = this.messages.join(', ');
      throw new UsageError(
        `${by()} sent a message of type '${String(type)}', for which there is no handler (${known})`,
      );
    }
    return index;
  }

  timer(timer: string, by: () => string): number {
    const index = this.timerIndex.get(timer);
    if (index === undefined) {
      const known = this.timers.join(', ') || 'none';
      throw new UsageError(`${by()} used the timer '${timer}', for which there is no handler (${known})`);
    }
    return index;
  }

  /** The index of any event's name, or undefined: messages, 'request', 'reply', 'start' and timers. */
  find(name: string): number | undefined {
    const index = this.names.indexOf(name);
    return index < 0 ? undefined : index;
  }

  isTimer(type: number): boolean {
    return type >= this.firstTimer && type < this.start;
  }

  isMessage(type: number): boolean {
    return type < this.request;
  }

  /** How an author would call a handler: `raft.on.vote`, `raft.timeout.election`, `abd.client.read`. */
  handlerName(type: number, f: string): string {
    const { name } = this.protocol.definition;
    if (type === this.request) return `${name}.client.${f}`;
    if (type === this.start) return `${name}.start`;
    return `${name}.${this.isTimer(type) ? 'timeout' : 'on'}.${this.names[type]}`;
  }
}

const vocabularies = new WeakMap<AnyProtocol, Vocabulary>();

/** The vocabulary of a protocol, made once. */
export function vocabularyOf(protocol: AnyProtocol): Vocabulary {
  let vocabulary = vocabularies.get(protocol);
  if (!vocabulary) vocabularies.set(protocol, (vocabulary = new Vocabulary(protocol)));
  return vocabulary;
}
