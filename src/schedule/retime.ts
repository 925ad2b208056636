/**
 * The adversary that finds the targets of a schedule's deviations by time instead of by number. When an operation is
 * taken away, "the 13th heartbeat" is no longer the one that it was; the one at that moment, or the next, is. What it
 * did is then written down with the numbers that its targets have now.
 */
import { type Adversary, allEffects, lost, type Stage } from '../kernel/adversary.ts';
import type { CallId } from '../kernel/protocol.ts';
import type { EventRef } from '../kernel/trace.ts';
import { withRef } from './reduce/edits.ts';
import { disturbClient, strike } from './replay.ts';
import { type Deviation, refOf, type Schedule } from './schedule.ts';

interface Waiting {
  readonly index: number;
  readonly deviation: Deviation;
  readonly type: number;
  readonly from: number;
  readonly to: number;
  readonly copy: number;
  readonly moment: number;
  /** The how-manieth the target turned out to be; 0 until then. */
  nth: number;
}

export class RetimingAdversary implements Adversary {
  copyAfter = 0;
  private readonly schedule: Schedule;
  private readonly moments: readonly number[];
  private readonly fates: Waiting[] = [];
  private readonly cuts: Waiting[] = [];
  private readonly strikes: Waiting[] = [];
  private simulation!: Stage;

  /** `moments`: for each deviation, the true time before which its target does not count. */
  constructor(schedule: Schedule, moments: readonly number[]) {
    this.schedule = schedule;
    this.moments = moments;
  }

  begin(simulation: Stage): void {
    this.simulation = simulation;
    const { participants, vocabulary } = simulation;
    this.schedule.deviations.forEach((deviation, index) => {
      const ref = refOf(deviation);
      if (!ref) return;
      const type = vocabulary.find(ref.event);
      const [from, to] = [participants.indexOf(ref.from), participants.indexOf(ref.to)];
      if (type === undefined || from < 0 || to < 0) return;
      const moment = this.moments[index] ?? 0;
      const waiting = { index, deviation, type, from, to, copy: ref.copy ? 1 : 0, moment, nth: 0 };
      if ('message' in deviation) this.fates.push(waiting);
      else if (deviation.kind === 'disk') this.cuts.push(waiting);
      else this.strikes.push(waiting);
    });
  }

  /** The schedule with every target by its number; deviations whose target never came are gone. */
  result(): Schedule {
    const found = [...this.fates, ...this.cuts, ...this.strikes];
    const deviations = this.schedule.deviations.flatMap((deviation, index): Deviation[] => {
      const ref = refOf(deviation);
      if (!ref) return [deviation];
      const { nth = 0 } = found.find((waiting) => waiting.index === index) ?? {};
      return nth === 0 ? [] : [withRef(deviation, { ...ref, nth } as EventRef)];
    });
    return { ...this.schedule, deviations };
  }

  private isDue(waiting: Waiting, type: number, from: number, to: number, copy: number): boolean {
    return (
      waiting.nth === 0 &&
      waiting.type === type &&
      waiting.from === from &&
      waiting.to === to &&
      waiting.copy === copy &&
      this.simulation.time >= waiting.moment
    );
  }

  sending(type: number, from: number, to: number, nth: number): number {
    let extra = 0;
    for (const waiting of this.fates) {
      if (!this.isDue(waiting, type, from, to, 0)) continue;
      waiting.nth = nth;
      const { deviation } = waiting;
      if (deviation.kind === 'drop') extra = lost;
      else if (deviation.kind === 'duplicate') this.copyAfter = deviation.after;
      else if (deviation.kind === 'delay' && extra !== lost) extra = deviation.by;
    }
    return extra;
  }

  stepping(type: number, from: number, to: number, nth: number, copy: number): number {
    for (const waiting of this.cuts) {
      const { deviation } = waiting;
      if (deviation.kind !== 'disk' || !this.isDue(waiting, type, from, to, copy)) continue;
      waiting.nth = nth;
      this.simulation.downFor = deviation.for;
      if (deviation.torn) this.simulation.tearLastWrite();
      return deviation.keep;
    }
    return allEffects;
  }

  stepped(type: number, from: number, to: number, nth: number, copy: number): void {
    for (const waiting of this.strikes) {
      if (!this.isDue(waiting, type, from, to, copy)) continue;
      if (strike(this.simulation, waiting.deviation)) waiting.nth = nth;
    }
  }

  invoking(_client: number, call: CallId): void {
    for (const deviation of this.schedule.deviations) {
      if ('call' in deviation && deviation.call === call) disturbClient(this.simulation, deviation);
    }
  }
}
