/**
 * What a search keeps of the history for one history property. For linearizability: the states that the object can be
 * in. For any other: the events themselves. Both are judged at every completion, since no other need follow.
 */
import { canonicalJson } from '../base/json.ts';
import type { HistoryEvent } from '../history/history.ts';
import type { HistoryProperty } from '../property/property.ts';
import type { AnySpec } from '../spec/spec.ts';
import { type Explanations, HistoryMonitor } from './history-monitor.ts';
import { Interner } from './interner.ts';
import type { Violation } from './system.ts';

export interface HistoryMemory {
  readonly property: HistoryProperty;
  /** Whether a history that holds still does when operations begin sooner and end later. */
  readonly monotonic: boolean;
  readonly memories: Interner<unknown>;
  /** Why some history could not be judged. */
  undecided: string | undefined;
  /** Memory 0 is that of the empty history. */
  after(
    memory: number,
    event: HistoryEvent,
  ): { readonly number: number; readonly violation: Violation | undefined };
}

export function historyMemory(property: HistoryProperty): HistoryMemory {
  const { spec } = property;
  return spec && HistoryMonitor.fits(spec)
    ? new LinearizableMemory(property, spec)
    : new WholeHistory(property);
}

class LinearizableMemory implements HistoryMemory {
  readonly monotonic = true;
  undecided: string | undefined = undefined;
  readonly property: HistoryProperty;
  private readonly monitor: HistoryMonitor;
  readonly memories = new Interner<Explanations>();
  private readonly known = new Map<string, { number: number; violation: Violation | undefined }>();

  constructor(property: HistoryProperty, spec: AnySpec) {
    this.property = property;
    this.monitor = new HistoryMonitor(spec);
    this.number(this.monitor.start);
  }

  after(memory: number, event: HistoryEvent) {
    const name = `${memory} ${canonicalJson(event)}`;
    let after = this.known.get(name);
    if (!after) this.known.set(name, (after = this.judged(this.memories.value(memory), event)));
    return after;
  }

  private judged(before: Explanations, { process, type, f, value, key = '' }: HistoryEvent) {
    const { monitor } = this;
    const after =
      type === 'invoke'
        ? monitor.invoke(before, process, { f, input: value, key: String(key) })
        : type === 'ok'
          ? monitor.ok(before, process, value)
          : monitor.fail(before, process);
    const explanation = `no order of the operations explains ${f} → ${JSON.stringify(value)} by process ${process}`;
    const violation = after.possible.length > 0 ? undefined : { property: this.property.name, explanation };
    return { number: this.number(after), violation };
  }

  private number(explanations: Explanations): number {
    return this.memories.number(canonicalJson(explanations), explanations);
  }
}

class WholeHistory implements HistoryMemory {
  readonly monotonic = false;
  undecided: string | undefined = undefined;
  readonly property: HistoryProperty;
  readonly memories = new Interner<readonly HistoryEvent[]>();
  private readonly known = new Map<number, Violation | undefined>();

  constructor(property: HistoryProperty) {
    this.property = property;
    this.number([]);
  }

  after(memory: number, event: HistoryEvent) {
    const events = [...this.memories.value(memory), event];
    const number = this.number(events);
    return { number, violation: event.type === 'invoke' ? undefined : this.judged(number, events) };
  }

  /** Clients without an answer may never get one, so each completion may be the last. */
  private judged(number: number, events: readonly HistoryEvent[]): Violation | undefined {
    if (!this.known.has(number)) {
      const pending = events.filter(
        (event, index) =>
          event.type === 'invoke' &&
          !events.slice(index + 1).some(({ process }) => process === event.process),
      );
      const { name, judge } = this.property;
      const verdict = judge([...events, ...pending.map((event) => ({ ...event, type: 'info' as const }))]);
      if (verdict.valid === 'unknown') this.undecided ??= verdict.reason;
      const broken = verdict.valid === false;
      this.known.set(number, broken ? { property: name, explanation: verdict.explanation } : undefined);
    }
    return this.known.get(number);
  }

  private number(events: readonly HistoryEvent[]): number {
    return this.memories.number(canonicalJson(events), events);
  }
}
