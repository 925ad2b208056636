/** How the clocks of nodes have to run, and to jump, so that timers fire and clocks show what a trace says. */
import { Clock, epoch } from '../kernel/clock.ts';
import type { EventRef } from '../kernel/trace.ts';
import type { Deviation } from '../schedule/schedule.ts';

/** A timer that a step has set, and when it is to fire. */
export interface Ticking {
  readonly after: number;
  readonly set: number;
  readonly step: ClockStep;
  fires: number | undefined;
}

/** A step that set timers or looked at the clock: just before it, the node's clocks can be given another rate and time. */
export interface ClockStep {
  readonly node: number;
  readonly before: { readonly event: EventRef; readonly time: number } | undefined;
  readonly time: number;
  readonly timers: Ticking[];
  /** By how much the clock is to be ahead, if it was looked at. */
  readonly skew: number | undefined;
}

interface Clockwork {
  /** Of the nodes. */
  readonly names: readonly string[];
  /** How far clocks may be off, ms; undefined: as far as they like. */
  readonly bound: number | undefined;
  /** When the trace ends, and at what event. */
  readonly end: number;
  readonly last: EventRef | undefined;
}

/**
 * Before each step that sets timers: the rate by which one of them fires when it should, or none does. Before each step
 * that looks at the clock: the jump by which it shows what it should.
 */
export function clocksFor(steps: readonly ClockStep[], { names, bound, end, last }: Clockwork): Deviation[] {
  const clocks = names.map(() => new Clock(bound));
  const deviations: Deviation[] = [];
  for (const { node, before, time, timers, skew } of steps) {
    if (!before) continue;
    const clock = clocks[node] as Clock;
    const at = before.event;
    const rate = timers.length > 0 ? rateFor(timers, clock.rate, end) : clock.rate;
    if (rate !== clock.rate) {
      deviations.push({ kind: 'drift', at, node: names[node] as string, rate });
      clock.setRate(before.time, rate);
    }
    if (skew === undefined) continue;
    const by = Math.ceil(epoch + time + skew - (time - before.time) * rate - clock.wall(before.time));
    if (clock.wall(time) === epoch + time + skew) continue;
    deviations.push({ kind: 'jump', at, node: names[node] as string, by });
    clock.jump(before.time, by);
  }
  // What follows the trace is as calm as ever.
  clocks.forEach(({ rate }, node) => {
    if (rate !== 1 && last)
      deviations.push({ kind: 'drift', at: last, node: names[node] as string, rate: 1 });
  });
  return deviations;
}

/**
 * The rate by which the timer that is to fire does so when it should, or else none does before the trace ends; the present
 * rate if it will do, or else the true one.
 */
function rateFor(timers: readonly Ticking[], present: number, end: number): number {
  const firing = timers.find(({ fires }) => fires !== undefined);
  const span = firing ? (firing.fires as number) - firing.set : 0;
  if (firing && span > 0) return present === 1 && span === firing.after ? 1 : firing.after / (span - 0.5);
  const [least, left] = [Math.min(...timers.map(({ after }) => after)), end - (timers[0] as Ticking).set + 1];
  return [present, 1].find((rate) => least / rate > left) ?? least / (left + 1);
}
