/**
 * Adya's and Elle's classes of cycles as automata over the relations along a cycle (Adya 1999; Kingsbury and Alvaro
 * 2020). All reads are of items, so Elle's `-item` names are the exact ones:
 *   G0                  ww only                      G-single-item       exactly one rw
 *   G1c                 ww and at least one wr       G-nonadjacent-item  two rw or more, no two in a row
 *                                                    G2-item             two rw or more, some in a row
 * `-process` and `-realtime` variants have at least one edge of session order, or of real time.
 */
import type { CycleClass } from '../../base/graph-cycle.ts';
import { relation, type Step } from './relations.ts';

const bases = ['G0', 'G1c', 'G-single-item', 'G-nonadjacent-item', 'G2-item'] as const;
export type CycleBase = (typeof bases)[number];
export type CycleVariant = '' | '-process' | '-realtime';
export type CycleName = `${CycleBase}${CycleVariant}`;

/** Worst first: Elle's order of severity. */
export function cycleNames(order: 'none' | 'session' | 'real-time'): CycleName[] {
  const variants: CycleVariant[] =
    order === 'none' ? [''] : order === 'session' ? ['', '-process'] : ['', '-realtime'];
  return variants.flatMap((variant) => bases.map((base): CycleName => `${base}${variant}`));
}

/** What a class makes redundant: cycles that say less. */
export function impliedBy(name: CycleName): readonly CycleName[] {
  const [base, variant] = splitName(name);
  const weaker: Record<CycleBase, readonly CycleBase[]> = {
    G0: ['G0', 'G1c'],
    G1c: ['G1c'],
    'G-single-item': ['G-single-item', 'G-nonadjacent-item', 'G2-item'],
    'G-nonadjacent-item': ['G-nonadjacent-item', 'G2-item'],
    'G2-item': ['G2-item'],
  };
  const variants: CycleVariant[] =
    variant === ''
      ? ['', '-process', '-realtime']
      : variant === '-process'
        ? ['-process', '-realtime']
        : [variant];
  return weaker[base].flatMap((b) => variants.map((v): CycleName => `${b}${v}`));
}

export function splitName(name: CycleName): [CycleBase, CycleVariant] {
  const variant = name.endsWith('-process') ? '-process' : name.endsWith('-realtime') ? '-realtime' : '';
  return [name.slice(0, name.length - variant.length) as CycleBase, variant];
}

/** The name of a given cycle. */
export function classify(steps: readonly Step[]): CycleName {
  const has = (name: Step['relation']): boolean => steps.some((step) => step.relation === name);
  const count = steps.filter((step) => step.relation === 'rw').length;
  const adjacent = steps.some(
    (step, i) => step.relation === 'rw' && steps[(i + 1) % steps.length]!.relation === 'rw' && count > 1,
  );
  const base: CycleBase =
    count === 0
      ? has('wr')
        ? 'G1c'
        : 'G0'
      : count === 1
        ? 'G-single-item'
        : adjacent
          ? 'G2-item'
          : 'G-nonadjacent-item';
  return `${base}${has('rt') ? '-realtime' : has('so') ? '-process' : ''}`;
}

/**
 * The state packs: rw edges so far (0, 1, 2 for more), whether the last edge was rw, whether the variant's edge was
 * seen, and the run (session or real time) that the last edge belongs to.
 */
export function cycleClass(name: CycleName): CycleClass {
  const [base, variant] = splitName(name);
  const extra = variant === '-process' ? relation.so : variant === '-realtime' ? relation.rt : -1;
  const allowsRw = base !== 'G0' && base !== 'G1c';
  const adjacentAllowed = base === 'G2-item';
  const first = base === 'G0' ? -1 : base === 'G1c' ? relation.wr : relation.rw;
  const step = (count: number, lastRw: boolean, seen: boolean, label: number): number => {
    const kind = label & 7;
    if (kind === relation.rw) {
      if (!allowsRw || (lastRw && !adjacentAllowed) || (base === 'G-single-item' && count > 0)) return -1;
      return pack(Math.min(2, count + 1), true, seen, false);
    }
    if (kind === extra) return pack(count, false, true, true);
    if (kind === relation.ww || (kind === relation.wr && base !== 'G0'))
      return pack(count, false, seen, false);
    return -1;
  };
  return {
    states: 24,
    // Every cycle of the class can be turned to begin with its characteristic edge.
    start: (label) => (first !== -1 && (label & 7) !== first ? -1 : step(0, false, false, label)),
    next: (state, label) => step(state >> 3, (state & 4) !== 0, (state & 2) !== 0, label),
    accepts: (state) => {
      const count = state >> 3;
      if (extra !== -1 && (state & 2) === 0) return false;
      if (base === 'G-single-item') return count === 1;
      if (base === 'G2-item') return count === 2;
      // The cycle began with rw, so it must not end with one.
      if (base === 'G-nonadjacent-item') return count === 2 && (state & 4) === 0;
      return true;
    },
    continues: (state, label) => (state & 1) !== 0 && (label & 7) === extra,
  };
}

function pack(count: number, lastRw: boolean, seen: boolean, run: boolean): number {
  return (count << 3) | (lastRw ? 4 : 0) | (seen ? 2 : 0) | (run ? 1 : 0);
}
