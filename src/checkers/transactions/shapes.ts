/**
 * What a level demands of the commit order, as one graph that must have no cycle. With each transaction as one node:
 * serializability. Split into a begin and a commit (begin → commit), with a→b for what must be over before the other
 * begins:
 *
 *                    wr, so, rt              ww                     rw
 *   serializable     a → b                   a → b                  a → b
 *   snapshot         commit a → begin b      commit a → begin b     begin a → commit b
 *   prefix           commit a → begin b      commit a → commit b    begin a → commit b
 *
 * Parallel snapshot isolation has no such graph: so ∪ wr ∪ ww must have no cycle, and no rw edge may close a path of
 * it. There rw pairs are `forbidden`: (a, b) means that b must not reach a.
 */

export interface OrderLevel {
  readonly shape: 'serializable' | 'snapshot' | 'prefix' | 'parallel-snapshot';
  readonly order: 'none' | 'session' | 'real-time';
}

/** Where the parts of a transaction live among the nodes of a level's graph. */
export interface Shape {
  /** Nodes of each transaction. */
  readonly parts: 1 | 2;
  readonly begin: (t: number) => number;
  readonly commit: (t: number) => number;
  /** The node of the later writer that the earlier writer's commit must precede. */
  readonly wwTarget: (t: number) => number;
  /** Whether two writers of a key must not overlap, even if nobody reads what they wrote. */
  readonly conflicts: boolean;
  /** Whether rw edges are forbidden paths rather than edges. */
  readonly forbidsPaths: boolean;
}

const itself = (t: number): number => t;
const begin = (t: number): number => 2 * t;
const commit = (t: number): number => 2 * t + 1;
const shapes: Record<OrderLevel['shape'], Shape> = {
  serializable: {
    parts: 1,
    begin: itself,
    commit: itself,
    wwTarget: itself,
    conflicts: false,
    forbidsPaths: false,
  },
  'parallel-snapshot': {
    parts: 1,
    begin: itself,
    commit: itself,
    wwTarget: itself,
    conflicts: true,
    forbidsPaths: true,
  },
  snapshot: { parts: 2, begin, commit, wwTarget: begin, conflicts: true, forbidsPaths: false },
  prefix: { parts: 2, begin, commit, wwTarget: commit, conflicts: false, forbidsPaths: false },
};

export function shapeOf(level: OrderLevel): Shape {
  return shapes[level.shape];
}
