/** What an explanation draws on top of the operations: the points of an order, or the members and edges of a cycle. */
import { pill, type Shape } from './svg-shape.ts';

/** Something on the picture, with the row by which it is known to be in sight. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly row: number;
}

type Shows = (from: number, to?: number) => boolean;

/** Numbered points joined by a line; `before` is how many come before the first. */
export function orderShapes(
  spots: readonly (Spot & { readonly operation: number | undefined })[],
  before: number,
  shows: Shows,
): Shape[] {
  const lines = spots.flatMap((spot, index): Shape[] => {
    const last = spots[index - 1];
    if (!last || !shows(last.row, spot.row)) return [];
    const ends = { x1: last.x, y1: last.y, x2: spot.x, y2: spot.y };
    return [{ tag: 'line', key: `order ${before + index}`, attributes: { class: 'order', ...ends } }];
  });
  const numbers = spots.flatMap((spot, index): Shape[] => {
    if (!shows(spot.row)) return [];
    const number = `${before + index + 1}`;
    return [
      {
        tag: 'g',
        key: `point ${number}`,
        attributes: { class: 'point', 'data-operation': spot.operation },
        title: `the ${number}. to take effect`,
        children: tag(spot, number),
      },
    ];
  });
  return [...lines, ...numbers];
}

/** A cycle of operations: its members with their names, and what must precede what. */
export interface Tags {
  readonly members: readonly { readonly name: string; readonly bar: number; readonly member: number }[];
  /** Between members by their number; those that have no bar are not drawn. */
  readonly edges: readonly {
    readonly from: number;
    readonly to: number;
    readonly relation: string;
    readonly key?: string;
  }[];
  /** The edge that stands out. */
  readonly chosen?: number | undefined;
}

export function cycleShapes(
  { members, edges, chosen }: Tags,
  spotOf: (bar: number) => Spot,
  shows: Shows,
): Shape[] {
  const spots = new Map(members.map(({ member, bar }) => [member, spotOf(bar)]));
  const labels: Place[] = [];
  const lines = edges.flatMap(({ from, to, relation, key }, index): Shape[] => {
    const [a, b] = [spots.get(from), spots.get(to)];
    if (!a || !b || !shows(Math.min(a.row, b.row), Math.max(a.row, b.row))) return [];
    const { path, at } = bentLeft(a, b);
    const label = freePlace(at, labels);
    labels.push(label);
    const text = key === undefined ? relation : `${relation} ${key}`;
    return [
      {
        tag: 'g',
        key: `edge ${index}`,
        attributes: { class: `cycle-edge ${relation}${index === chosen ? ' chosen' : ''}` },
        children: [
          { tag: 'path', attributes: { d: path, 'marker-end': 'url(#clew-arrow)' } },
          { tag: 'text', attributes: { x: label.x, y: label.y + 3 }, text },
        ],
      },
    ];
  });
  const names = members.flatMap(({ name, bar, member }): Shape[] => {
    const spot = spots.get(member) as Spot;
    if (!shows(spot.row)) return [];
    return [
      {
        tag: 'g',
        key: `member ${member}`,
        attributes: { class: 'point member', 'data-bar': bar },
        children: tag(spot, name),
      },
    ];
  });
  return [...lines, ...names];
}

const tag = ({ x, y }: Spot, text: string): Shape[] => [
  pill(x, y, text),
  { tag: 'text', attributes: { x, y: y + 3.5 }, text },
];

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Where on a curve a label stands: half way, or where it covers none of the others. */
function freePlace(at: (part: number) => Place, others: readonly Place[]): Place {
  const covers = ({ x, y }: Place) =>
    others.some((other) => Math.abs(other.x - x) < 36 && Math.abs(other.y - y) < 13);
  const places = [0.5, 0.4, 0.6, 0.3, 0.7].map(at);
  return places.find((place) => !covers(place)) ?? (places[0] as Place);
}

/** Bent to the left of the way, so that there and back are two curves; short of both ends, where the names stand. */
function bentLeft(a: Spot, b: Spot): { path: string; at: (part: number) => Place } {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy) || 1;
  const bend = Math.min(60, 18 + length * 0.12);
  const control = {
    x: (a.x + b.x) / 2 + (dy / length) * bend,
    // Not beyond the upper edge of the picture.
    y: Math.max(8, (a.y + b.y) / 2 - (dx / length) * bend),
  };
  const start = toward(a, control);
  const end = toward(b, control);
  const along = (t: number, from: number, by: number, to: number) =>
    round((1 - t) ** 2 * from + 2 * t * (1 - t) * by + t ** 2 * to);
  const at = (t: number) => ({
    x: along(t, start.x, control.x, end.x),
    y: along(t, start.y, control.y, end.y),
  });
  return { path: `M${start.x} ${start.y}Q${round(control.x)} ${round(control.y)} ${end.x} ${end.y}`, at };
}

function toward({ x, y }: Spot, to: Place): Place {
  const length = Math.hypot(to.x - x, to.y - y) || 1;
  const reach = Math.min(12, length);
  return { x: round(x + ((to.x - x) / length) * reach), y: round(y + ((to.y - y) / length) * reach) };
}

const round = (value: number): number => Math.round(value * 10) / 10;
