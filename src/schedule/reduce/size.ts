/**
 * When one schedule is smaller than another: fewer deviations, then fewer operations, then fewer clients, then weaker
 * faults, and so on down to smaller numbers. The order is lexicographic over whole numbers from 0, hence well-founded:
 * shrinking accepts only what is smaller and must come to an end.
 */
import type { Json } from '../../base/json.ts';
import type { Deviation, Schedule } from '../schedule.ts';

/** How much a reader must take in to believe that it happens; a crash weighs its victims too. */
const severity: Readonly<Record<Deviation['kind'], number>> = {
  delay: 1,
  drop: 2,
  duplicate: 2,
  'give-up': 2,
  retry: 2,
  die: 3,
  hold: 3,
  jump: 3,
  drift: 3,
  slow: 4,
  pause: 4,
  'one-way': 5,
  partition: 6,
  crash: 6,
  disk: 9,
};

/** What makes a schedule large, the weightiest first. */
export function sizeOf({ nodes, duration, clients, deviations }: Schedule): readonly number[] {
  const operations = clients.flat();
  return [
    deviations.length,
    operations.length,
    clients.length,
    total(deviations, (deviation) => severity[deviation.kind] + victims(deviation)),
    nodes,
    total(operations, ({ calm }) => (calm ? 1 : 0)),
    total(operations, ({ input }) => numbersIn(input)),
    total(operations, ({ node }) => node),
    total(operations, ({ key }) => (key === undefined ? 0 : key.charCodeAt(0))),
    total(deviations, nthOf),
    duration,
    total(operations, ({ wait }) => wait),
    total(deviations, magnitude),
    disorder(clients.map((own) => own[0]?.wait ?? 0)),
  ];
}

export function isSmaller(a: Schedule, b: Schedule): boolean {
  const [left, right] = [sizeOf(a), sizeOf(b)];
  const at = left.findIndex((value, index) => value !== right[index]);
  return at >= 0 && left[at]! < right[at]!;
}

const total = <T>(items: readonly T[], weigh: (item: T) => number): number =>
  items.reduce((sum, item) => sum + weigh(item), 0);

function victims(deviation: Deviation): number {
  if (deviation.kind === 'crash') return 2 * deviation.nodes.length;
  return deviation.kind === 'disk' && deviation.torn ? 1 : 0;
}

const numbersIn = (input: Json): number =>
  typeof input === 'number'
    ? Math.abs(input)
    : Array.isArray(input)
      ? total(input, numbersIn)
      : typeof input === 'object' && input !== null
        ? total(Object.values(input), numbersIn)
        : 0;

const nthOf = (deviation: Deviation): number => {
  const ref = 'at' in deviation ? deviation.at : 'message' in deviation ? deviation.message : undefined;
  return ref ? ref.nth + (ref.copy ? 1 : 0) : 0;
};

function magnitude(deviation: Deviation): number {
  switch (deviation.kind) {
    case 'delay':
      return deviation.by;
    case 'jump':
      return Math.abs(deviation.by);
    case 'drift':
      return Math.round(Math.abs(deviation.rate - 1) * 1000);
    case 'disk':
      return deviation.keep + deviation.for;
    case 'slow':
      return deviation.by + deviation.for;
    case 'drop':
      return 0;
    default:
      return 'after' in deviation ? deviation.after : deviation.for;
  }
}

/** Pairs that stand in the wrong order: clients are told in the order in which they begin. */
const disorder = (waits: readonly number[]): number =>
  total(
    waits.map((wait, index) => waits.slice(index + 1).filter((later) => later < wait).length),
    (count) => count,
  );
