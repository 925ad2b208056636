/**
 * The either-or pairs of a polygraph. A key with m writers has m²/2 of them, most of which reachability decides at
 * once; so they are kept as numbers, and what each side demands is worked out when it is asked for.
 */
import { source } from './reads-from.ts';
import type { Shape } from './shapes.ts';

/** Pairs of nodes, flat: from, to, from, to … */
export interface Side {
  readonly edges: readonly number[];
  readonly forbidden: readonly number[];
}
export interface EitherOr {
  /** The two writers; `sides[0]` puts the first first. */
  readonly writers: readonly [number, number];
  readonly sides: readonly [Side, Side];
}

/** Either-or pairs by their number, made when asked for. */
export interface PairList {
  readonly count: number;
  at(pair: number): EitherOr;
}

/** Writers of a key whose versions may stand in any order, as far as anyone knows. */
export interface OpenGroup {
  readonly key: number;
  readonly writers: readonly number[];
  /** Who read each writer's version from outside; the initial version's readers stand under `source.initial`. */
  readonly readers: ReadonlyMap<number, readonly number[]>;
}

export class WriterPairs implements PairList {
  readonly count: number;
  private readonly groups: readonly OpenGroup[];
  private readonly shape: Shape;
  private readonly group: Int32Array;
  private readonly first: Int32Array;
  private readonly second: Int32Array;

  constructor(groups: readonly OpenGroup[], shape: Shape) {
    this.groups = groups;
    this.shape = shape;
    this.count = countPairs(groups, shape);
    this.group = new Int32Array(this.count);
    this.first = new Int32Array(this.count);
    this.second = new Int32Array(this.count);
    let next = 0;
    groups.forEach((group, number) => {
      const { read, unread } = split(group);
      const add = (a: number, b: number): void => {
        this.group[next] = number;
        this.first[next] = a;
        this.second[next++] = b;
      };
      read.forEach((a, i) => {
        for (let j = i + 1; j < read.length; j++) add(a, read[j]!);
        for (const b of unread) add(a, b);
      });
      if (!shape.conflicts) return;
      unread.forEach((a, i) => {
        for (let j = i + 1; j < unread.length; j++) add(a, unread[j]!);
      });
    });
  }

  at(pair: number): EitherOr {
    const { readers } = this.groups[this.group[pair]!]!;
    const a = this.first[pair]!;
    const b = this.second[pair]!;
    return { writers: [a, b], sides: [this.side(readers, a, b), this.side(readers, b, a)] };
  }

  /** a's version is older than b's: so is what read it. */
  private side(readers: OpenGroup['readers'], a: number, b: number): Side {
    const { shape } = this;
    const edges = [shape.commit(a), shape.wwTarget(b)];
    const forbidden: number[] = [];
    for (const reader of readers.get(a) ?? []) {
      if (reader === b) continue;
      if (shape.forbidsPaths) forbidden.push(reader, b);
      else edges.push(shape.begin(reader), shape.commit(b));
    }
    return { edges, forbidden };
  }
}

/** Versions that nobody read can take any place, unless their writers must not overlap. */
function split({ writers, readers }: OpenGroup): { read: number[]; unread: number[] } {
  return {
    read: writers.filter((t) => readers.has(t)),
    unread: writers.filter((t) => !readers.has(t)),
  };
}

export function countPairs(groups: readonly OpenGroup[], shape: Shape): number {
  let count = 0;
  for (const group of groups) {
    const { read, unread } = split(group);
    count += (read.length * (read.length - 1)) / 2 + read.length * unread.length;
    if (shape.conflicts) count += (unread.length * (unread.length - 1)) / 2;
  }
  return count;
}

/** The edges that an order of a group's writers adds: each before the next, and so whoever read it. */
export function eachOrderedEdge(
  { writers, readers }: OpenGroup,
  { shape, rank }: { shape: Shape; rank: (t: number) => number },
  visit: { ww(from: number, to: number): void; rw(from: number, to: number): void },
): void {
  const order = [...writers].sort((a, b) => rank(a) - rank(b));
  for (let i = -1; i + 1 < order.length; i++) {
    const next = order[i + 1]!;
    const writer = i === -1 ? source.initial : order[i]!;
    if (i >= 0) visit.ww(shape.commit(writer), shape.wwTarget(next));
    for (const reader of readers.get(writer) ?? []) {
      // Its own version follows the one it read, so the one after that is not its concern.
      if (reader !== next) visit.rw(shape.begin(reader), shape.commit(next));
    }
  }
}
