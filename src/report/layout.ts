/**
 * Where everything of a diagram lies, in rows, time running down. Steps at one time share a row unless they are on one
 * lane; idle time is folded, so that a second without an event takes no more room than it tells. The events that
 * clients saw keep their order, since real-time order is what consistency is about.
 */
import type { Bar, Diagram } from './diagram.ts';

export interface Layout {
  /** By step: its row, from 0; rows need not be whole. */
  readonly rows: Float64Array;
  readonly height: number;
  /** Times at which a new row begins, with that row and the idle time before it. */
  readonly ticks: readonly { readonly time: number; readonly row: number; readonly idle: number }[];
  /** The row of any time. */
  readonly rowAt: (time: number) => number;
}

/** Idle milliseconds that are told, and that let one more row pass. */
const longIdle = 60;

export function layoutOf(diagram: Diagram): Layout {
  const { steps, lanes, messages } = diagram;
  const rows = new Float64Array(steps.length);
  const free = lanes.map(() => 0);
  const ticks: { time: number; row: number; idle: number }[] = [];
  const history = messages.length === 0;
  let base = 0;
  let most = 0;
  let seen = -1;
  steps.forEach((step, index) => {
    const tick = ticks.at(-1);
    const later = !tick || step.time > tick.time;
    const idle = tick ? step.time - tick.time : 0;
    if (later && tick) base = history ? most : most + (idle > longIdle ? 2 : 1);
    const told = step.kind === 'client' && ['invoke', 'ok', 'fail', 'info'].includes(step.label);
    const on = step.lanes.length > 0 ? step.lanes : lanes.map((_, lane) => lane);
    const row = Math.max(base, ...on.map((lane) => free[lane] as number), told ? seen + 1 : 0);
    rows[index] = row;
    if (later) ticks.push({ time: step.time, row: history ? row : base, idle });
    for (const lane of on) free[lane] = row + 1;
    if (told) seen = row;
    most = Math.max(most, row);
  });
  return { rows, height: most + 1, ticks, rowAt: (time) => rowAt(ticks, most, time) };
}

/** Between two ticks time runs evenly; after the last it stands still. */
function rowAt(ticks: Layout['ticks'], most: number, time: number): number {
  let low = 0;
  let high = ticks.length - 1;
  if (high < 0 || time > (ticks[high]?.time as number)) return most + 0.6;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ticks[middle]?.time as number) <= time) low = middle;
    else high = middle - 1;
  }
  const here = ticks[low] as Layout['ticks'][number];
  const next = ticks[low + 1];
  if (!next || time <= here.time) return here.row;
  return here.row + ((next.row - here.row) * (time - here.time)) / (next.time - here.time);
}

/** Where an operation takes effect: on which bar, in which row. */
export interface Point {
  readonly bar: number;
  readonly row: number;
}

/**
 * Points on the bars of operations in the order of a linearization, each later than the one before and within its
 * bar; the order must be a linearization of the operations it names.
 */
export function pointsOf(order: readonly number[], bars: readonly Bar[], { rows, height }: Layout): Point[] {
  const barOf = new Map(bars.map((bar, index) => [bar.operation, index]));
  const listed = order.flatMap((operation) => barOf.get(operation) ?? []);
  const starts = listed.map((bar) => rows[(bars[bar] as Bar).from] as number);
  const ends = listed.map((bar) => {
    const { to, type } = bars[bar] as Bar;
    return to === undefined || type !== 'ok' ? height : (rows[to] as number);
  });
  // Not before it began nor before its predecessor; several within one row share what is left of it evenly.
  const points: Point[] = [];
  let at = 0;
  for (let i = 0; i < listed.length; ) {
    const least = Math.max(at, starts[i] as number);
    let j = i + 1;
    while (j < listed.length && (starts[j] as number) <= least) j++;
    // Members i to j begin no later than `least`: they go evenly between it and the first end or the next beginning.
    const next = j < listed.length ? (starts[j] as number) : height;
    const room = Math.max(0, Math.min(next, ...ends.slice(i, j)) - least);
    for (let k = i; k < j; k++)
      points.push({ bar: listed[k] as number, row: least + (room * (k - i + 1)) / (j - i + 1) });
    at = (points.at(-1) as Point).row;
    i = j;
  }
  return points;
}
