/**
 * The edges of a history's graphs: what relates two transactions, and the cycles made of them. An edge's label
 * holds its relation and the operation that shows it, so that a violation can be told without keeping more.
 */
import { EdgeList } from '../../base/graph.ts';
import type { ReadsFrom } from './reads-from.ts';
import type { Sessions } from './sessions.ts';

/**
 * `so` session order, `wr` reads from, `ww` version order, `rw` a read of what the other overwrote, `rt` real time.
 * `visible`: the level demands it, because a reader saw the first and yet read the second's version.
 * `hb`: a path of so and wr, told as one step.
 */
export const relation = { so: 0, wr: 1, ww: 2, rw: 3, rt: 4, visible: 5, hb: 6 } as const;
export type RelationName = keyof typeof relation;
export const relationNames: readonly RelationName[] = ['so', 'wr', 'ww', 'rw', 'rt', 'visible', 'hb'];

/** The state before the history began, as a participant of a cycle. */
export const initialState = -1;

export interface Step {
  readonly from: number;
  readonly to: number;
  readonly relation: RelationName;
  /** The read or write that shows the relation; -1 when none is needed. */
  readonly operation: number;
}

export function labelOf(kind: number, operation = -1): number {
  return (operation + 1) * 8 + kind;
}

export function stepOf(from: number, to: number, label: number): Step {
  return { from, to, relation: relationNames[label & 7]!, operation: (label >> 3) - 1 };
}

/** Session order (neighbours only) and reads-from, which every level but Adya's contains. */
export function baseEdges(reads: ReadsFrom, sessions: Sessions): EdgeList {
  const edges = new EdgeList();
  addSessionOrder(edges, sessions);
  addReadsFrom(edges, reads);
  return edges;
}

export function addSessionOrder(edges: EdgeList, sessions: Sessions): void {
  for (let chain = 0; chain < sessions.count; chain++) {
    const members = sessions.members[chain]!;
    let previous = sessions.parent[chain]!;
    for (const t of members) {
      if (previous !== -1) edges.add(previous, t, labelOf(relation.so));
      previous = t;
    }
  }
}

export function addReadsFrom(edges: EdgeList, reads: ReadsFrom): void {
  for (let op = 0; op < reads.source.length; op++) {
    const writer = reads.source[op]!;
    if (writer >= 0) edges.add(writer, reads.owner[op]!, labelOf(relation.wr, op));
  }
}
