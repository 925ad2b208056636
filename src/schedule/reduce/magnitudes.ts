/** The numbers of a deviation that shrinking lowers: milliseconds, rates, effects kept, and the how-manieth of its target. */
import { type Deviation, refOf } from '../schedule.ts';
import { withRef } from './edits.ts';

export interface Magnitude {
  readonly least: number;
  readonly get: (deviation: Deviation) => number | undefined;
  readonly set: (deviation: Deviation, value: number) => Deviation;
}

const field = (name: 'for' | 'by' | 'after' | 'keep', least: number): Magnitude => ({
  least,
  get: (deviation) => (deviation as unknown as Record<string, number | undefined>)[name],
  set: (deviation, value) => ({ ...deviation, [name]: value }),
});

const jumped: Magnitude = {
  least: 1,
  get: (deviation) => (deviation.kind === 'jump' ? Math.abs(deviation.by) : undefined),
  set: (deviation, value) =>
    deviation.kind === 'jump' ? { ...deviation, by: Math.sign(deviation.by) * value } : deviation,
};

/** In thousandths away from the true rate. */
const drifted: Magnitude = {
  least: 1,
  get: (deviation) =>
    deviation.kind === 'drift' ? Math.round(Math.abs(deviation.rate - 1) * 1000) : undefined,
  set: (deviation, value) =>
    deviation.kind === 'drift'
      ? { ...deviation, rate: (1000 + Math.sign(deviation.rate - 1) * value) / 1000 }
      : deviation,
};

/** An earlier event of the same kind: the 13th heartbeat is harder to follow than the 1st. */
export const anchor: Magnitude = {
  least: 1,
  get: (deviation) => refOf(deviation)?.nth,
  set: (deviation, nth) => {
    const ref = refOf(deviation);
    return ref ? withRef(deviation, { ...ref, nth }) : deviation;
  },
};

export function magnitudesOf(deviation: Deviation): Magnitude[] {
  switch (deviation.kind) {
    case 'delay':
      return [field('by', 1)];
    case 'drop':
      return [];
    case 'jump':
      return [jumped];
    case 'drift':
      return [drifted];
    case 'disk':
      return [field('keep', 0), field('for', 0)];
    case 'slow':
      return [field('by', 1), field('for', 1)];
    case 'duplicate':
    case 'give-up':
    case 'retry':
    case 'die':
      return [field('after', 1)];
    default:
      return [field('for', 0)];
  }
}
