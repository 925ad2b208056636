/**
 * What a level demands of the commit order when the order of versions is not known (Papadimitriou's polygraphs;
 * Tan et al., Cobra, OSDI 2020; Huang et al., PolySI, VLDB 2023): edges that hold in any case, and for each pair of
 * writers of a key an either-or: one comes first, and then whoever read it comes before the other.
 *
 * A level is one graph that must have no cycle. With each transaction as one node: serializability. Split into a
 * begin and a commit (begin → commit), with a→b for what must be over before the other begins:
 *
 *                    wr, so, rt              ww                     rw
 *   serializable     a → b                   a → b                  a → b
 *   snapshot         commit a → begin b      commit a → begin b     begin a → commit b
 *   prefix           commit a → begin b      commit a → commit b    begin a → commit b
 *
 * Parallel snapshot isolation has no such graph: so ∪ wr ∪ ww must have no cycle, and no rw edge may close a path of
 * it. There rw pairs are `forbidden`: (a, b) means that b must not reach a.
 */
import { EdgeList } from '../../base/graph.ts';
import { micro } from '../../history/transactions.ts';
import { versionReaders } from './dependency-graph.ts';
import type { History } from './prepare.ts';
import { source } from './reads-from.ts';
import { realTimeEdges } from './real-time.ts';

export interface OrderLevel {
  readonly shape: 'serializable' | 'snapshot' | 'prefix' | 'parallel-snapshot';
  readonly order: 'none' | 'session' | 'real-time';
}

/** Pairs of nodes, flat: from, to, from, to … */
export interface Side {
  readonly edges: readonly number[];
  readonly forbidden: readonly number[];
}
export interface EitherOr {
  readonly key: number;
  /** The two writers; `sides[0]` puts the first first. */
  readonly writers: readonly [number, number];
  readonly sides: readonly [Side, Side];
}

export interface Polygraph {
  readonly nodes: number;
  readonly edges: EdgeList;
  readonly forbidden: readonly number[];
  readonly pairs: readonly EitherOr[];
  /** True when there were too many pairs to list. */
  readonly tooMany: boolean;
}

/** Where the parts of a transaction live among the nodes of a level's graph. */
export interface Shape {
  readonly nodes: (count: number) => number;
  readonly begin: (t: number) => number;
  readonly commit: (t: number) => number;
  /** The node of the later writer that the earlier writer's commit must precede. */
  readonly wwTarget: (t: number) => number;
}

const whole: Shape = { nodes: (n) => n, begin: (t) => t, commit: (t) => t, wwTarget: (t) => t };
const split = { nodes: (n: number) => 2 * n, begin: (t: number) => 2 * t, commit: (t: number) => 2 * t + 1 };
const shapes: Record<OrderLevel['shape'], Shape> = {
  serializable: whole,
  'parallel-snapshot': whole,
  snapshot: { ...split, wwTarget: split.begin },
  prefix: { ...split, wwTarget: split.commit },
};

export function shapeOf(level: OrderLevel): Shape {
  return shapes[level.shape];
}

/** What the history tells of one key. */
export interface KeyFacts {
  readonly writers: readonly number[];
  /** Who read each writer's version from outside; the initial version's readers stand under `source.initial`. */
  readonly readers: ReadonlyMap<number, readonly number[]>;
}

export function keyFacts(history: History): KeyFacts[] {
  const { reads, transactions } = history;
  const writers: number[][] = transactions.keys.map(() => []);
  const readers: Map<number, number[]>[] = transactions.keys.map(() => new Map());
  const { count, first, key, kind } = transactions;
  for (let t = 0; t < count; t++) {
    if (!reads.included[t]) continue;
    for (let op = first[t]!; op < first[t + 1]!; op++) {
      const k = key[op]!;
      if (kind[op] === micro.write || kind[op] === micro.append) {
        if (reads.isFinal[op]) writers[k]!.push(t);
        continue;
      }
      const from = reads.source[op]!;
      if (from < source.initial) continue;
      const list = readers[k]!.get(from);
      if (!list) readers[k]!.set(from, [t]);
      else if (list[list.length - 1] !== t) list.push(t);
    }
  }
  return writers.map((list, k) => ({ writers: list, readers: readers[k]! }));
}

export function buildPolygraph(history: History, level: OrderLevel, pairLimit = 400_000): Polygraph {
  return new Builder(history, level, pairLimit).build();
}

class Builder {
  private readonly history: History;
  private readonly level: OrderLevel;
  private readonly shape: Shape;
  private readonly edges = new EdgeList();
  private readonly forbidden: number[] = [];
  private readonly pairs: EitherOr[] = [];
  private readonly pairLimit: number;
  private nodes: number;
  private tooMany = false;

  constructor(history: History, level: OrderLevel, pairLimit: number) {
    this.history = history;
    this.level = level;
    this.shape = shapeOf(level);
    this.pairLimit = pairLimit;
    this.nodes = this.shape.nodes(history.transactions.count);
  }

  build(): Polygraph {
    const { history, edges } = this;
    addFixedEdges(history, this.level, edges);
    keyFacts(history).forEach((facts, key) => {
      const order = history.lists?.order[key];
      const known = order ? this.knownOrder(key, facts, order) : undefined;
      if (known) {
        this.unseenPairs(key, known);
        return;
      }
      this.initialReaders(facts);
      this.allPairs(key, facts, facts.writers);
    });
    this.assumedOrders();
    return { nodes: this.nodes, edges, forbidden: this.forbidden, pairs: this.pairs, tooMany: this.tooMany };
  }

  /** Readers of a known version precede the next writer; the observed writers follow each other. */
  private knownOrder(key: number, facts: KeyFacts, order: readonly number[]): readonly number[] {
    const { reads, lists } = this.history;
    const chain: number[] = [];
    for (const version of order) {
      const op = reads.writer[version]!;
      if (op < 0 || !reads.included[reads.owner[op]!]) continue;
      const t = reads.owner[op]!;
      if (chain[chain.length - 1] !== t) chain.push(t);
    }
    const unseen = [...new Set(lists!.unseen[key]!.map((op) => reads.owner[op]!))].filter(
      (t) => t !== chain[chain.length - 1],
    );
    for (let i = 0; i + 1 < chain.length; i++) this.ww(chain[i]!, chain[i + 1]!);
    const last = chain[chain.length - 1];
    if (last !== undefined) for (const t of unseen) this.ww(last, t);
    for (const [from, list] of facts.readers) {
      // A transaction's appends may lie apart in the order: its last one is the version others read.
      const at = from === source.initial ? -1 : chain.lastIndexOf(from);
      const next = at + 1 < chain.length ? [chain[at + 1]!] : unseen;
      for (const reader of list) for (const t of next) if (t !== reader) this.rw(reader, t);
    }
    return unseen;
  }

  private assumedOrders(): void {
    const { assumed, reads } = this.history;
    if (assumed.length === 0) return;
    const readers = versionReaders(this.history);
    for (const { before, after } of assumed) {
      const write = reads.writer[after]!;
      if (write < 0) continue;
      const later = reads.owner[write]!;
      const earlier = reads.writer[before]!;
      if (earlier >= 0 && reads.owner[earlier] !== later) this.ww(reads.owner[earlier]!, later);
      for (const op of readers.get(before) ?? [])
        if (reads.owner[op] !== later) this.rw(reads.owner[op]!, later);
    }
  }

  private unseenPairs(key: number, unseen: readonly number[]): void {
    this.allPairs(key, { writers: unseen, readers: new Map() }, unseen);
  }

  private ww(a: number, b: number): void {
    this.edges.add(this.shape.commit(a), this.shape.wwTarget(b));
  }

  private rw(a: number, b: number): void {
    if (this.level.shape === 'parallel-snapshot') this.forbidden.push(a, b);
    else this.edges.add(this.shape.begin(a), this.shape.commit(b));
  }

  /** A reader of the initial version precedes all writers: through one node, so that it stays linear. */
  private initialReaders(facts: KeyFacts): void {
    const readers = facts.readers.get(source.initial);
    if (!readers) return;
    const writers = new Set(facts.writers);
    const plain = readers.filter((t) => !writers.has(t));
    for (const reader of readers) {
      if (writers.has(reader) || this.level.shape === 'parallel-snapshot') {
        for (const t of facts.writers) if (t !== reader) this.rw(reader, t);
      }
    }
    if (plain.length === 0 || this.level.shape === 'parallel-snapshot') return;
    const gate = this.nodes++;
    for (const reader of plain) this.edges.add(this.shape.begin(reader), gate);
    for (const t of facts.writers) this.edges.add(gate, this.shape.commit(t));
  }

  private allPairs(key: number, facts: KeyFacts, writers: readonly number[]): void {
    if (this.pairs.length + (writers.length * (writers.length - 1)) / 2 > this.pairLimit) {
      this.tooMany = true;
      return;
    }
    const conflicts = this.level.shape === 'snapshot' || this.level.shape === 'parallel-snapshot';
    for (let i = 0; i < writers.length; i++) {
      for (let j = i + 1; j < writers.length; j++) {
        const a = writers[i]!;
        const b = writers[j]!;
        // Versions nobody read can take any place, unless their writers must not overlap.
        if (!conflicts && !facts.readers.has(a) && !facts.readers.has(b)) continue;
        this.pairs.push({ key, writers: [a, b], sides: [this.side(facts, a, b), this.side(facts, b, a)] });
      }
    }
  }

  /** a's version is older than b's. */
  private side(facts: KeyFacts, a: number, b: number): Side {
    const { shape } = this;
    const edges = [shape.commit(a), shape.wwTarget(b)];
    const forbidden: number[] = [];
    for (const reader of facts.readers.get(a) ?? []) {
      if (reader === b) continue;
      if (this.level.shape === 'parallel-snapshot') forbidden.push(reader, b);
      else edges.push(shape.begin(reader), shape.commit(b));
    }
    return { edges, forbidden };
  }
}

/** Begin before commit, who read from whom, and the level's order of sessions or of real time. */
export function addFixedEdges(history: History, level: OrderLevel, edges: EdgeList): void {
  const { reads, sessions, transactions } = history;
  const { begin, commit } = shapeOf(level);
  if (begin(1) !== commit(1)) for (let t = 0; t < transactions.count; t++) edges.add(begin(t), commit(t));
  for (let op = 0; op < reads.source.length; op++) {
    if (reads.source[op]! >= 0) edges.add(commit(reads.source[op]!), begin(reads.owner[op]!));
  }
  if (level.order === 'session') {
    for (let chain = 0; chain < sessions.count; chain++) {
      let previous = sessions.parent[chain]!;
      for (const t of sessions.members[chain]!) {
        if (previous !== -1) edges.add(commit(previous), begin(t));
        previous = t;
      }
    }
  } else if (level.order === 'real-time') {
    realTimeEdges(transactions, reads.included, (a, b) => edges.add(commit(a), begin(b)));
  }
}
