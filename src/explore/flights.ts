/**
 * The messages of a trace that is being translated: each that was sent, when it arrived, and by which name a schedule
 * knows it. What the network has to do to them is read off in the end.
 */
import { canonicalJson } from '../base/json.ts';
import type { EventRef } from '../kernel/trace.ts';
import { latency } from '../kernel/world.ts';
import type { Deviation } from '../schedule/schedule.ts';
import type { Message } from './node-steps.ts';
import type { WorldSystem } from './world-system.ts';

/** A message that was sent, and what the trace makes of it. */
export interface Flying extends Message {
  readonly nth: number;
  readonly sent: number;
  at: number | undefined;
  copyAt: number | undefined;
  waiting: number;
}

export class Flights {
  protected readonly system: WorldSystem;
  protected readonly flying: Flying[] = [];
  protected readonly counts = new Map<string, number>();
  protected time = 0;

  constructor(system: WorldSystem) {
    this.system = system;
  }

  protected send(message: Message): void {
    const { nth } = this.count(this.event(message.type), message.from, message.to);
    this.flying.push({ ...message, nth, sent: this.time, at: undefined, copyAt: undefined, waiting: 1 });
  }

  /** The message that the trace means: the same words if there are any, else the same kind on the same link. */
  protected find(number: number): Flying {
    const { type, from, to, payload } = this.system.steps.messages.value(number);
    const open = this.flying.filter(
      (flying) => flying.waiting > 0 && flying.type === type && flying.from === from && flying.to === to,
    );
    const text = canonicalJson(payload);
    const found = open.find((flying) => canonicalJson(flying.payload) === text) ?? open[0];
    if (!found)
      throw new Error(`no ${this.event(type)} is in flight from ${this.name(from)} to ${this.name(to)}`);
    return found;
  }

  protected messages(): Deviation[] {
    return this.flying
      .filter(({ from, to }) => from !== to)
      .flatMap(({ type, from, to, nth, sent, at, copyAt }): Deviation[] => {
        const message = this.ref(type, from, to, nth, false);
        if (at === undefined) return [{ kind: 'drop', message }];
        const by = at - sent - latency;
        return [
          ...(by > 0 ? [{ kind: 'delay', message, by } as const] : []),
          ...(copyAt === undefined ? [] : [{ kind: 'duplicate', message, after: copyAt - at } as const]),
        ];
      });
  }

  private event(type: number): string {
    return this.system.vocabulary.names[type] as string;
  }

  protected name(participant: number): string {
    return this.system.nodeIds[participant] ?? `c${participant - this.system.nodeIds.length + 1}`;
  }

  protected count(event: string, from: number, to: number): EventRef {
    const key = `${event} ${from} ${to}`;
    const nth = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, nth);
    return { event, from: this.name(from), to: this.name(to), nth };
  }

  protected ref(type: number, from: number, to: number, nth: number, copy: boolean): EventRef {
    const ref = { event: this.event(type), from: this.name(from), to: this.name(to), nth };
    return copy ? { ...ref, copy } : ref;
  }
}
