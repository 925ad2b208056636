/**
 * What a level demands of the commit order when the order of versions is not known (Papadimitriou's polygraphs;
 * Tan et al., Cobra, OSDI 2020; Huang et al., PolySI, VLDB 2023): edges that hold in any case (see `shapes.ts`), and
 * for each pair of writers of a key an either-or: one comes first, and then whoever read it comes before the other.
 */
import { EdgeList } from '../../base/graph.ts';
import { micro } from '../../history/transactions.ts';
import { versionReaders } from './dependency-graph.ts';
import type { History } from './prepare.ts';
import { source } from './reads-from.ts';
import { realTimeEdges } from './real-time.ts';
import { type OrderLevel, type Shape, shapeOf } from './shapes.ts';
import { type OpenGroup, type PairList, WriterPairs } from './writer-pairs.ts';

export interface Polygraph {
  readonly nodes: number;
  readonly edges: EdgeList;
  readonly forbidden: readonly number[];
  /** Of each key the writers whose order is open; the pairs are made of them. */
  readonly groups: readonly OpenGroup[];
  readonly pairs: PairList;
}

/** What the history tells of each key: its writers, and who read what they wrote. */
export function keyFacts(history: History): OpenGroup[] {
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
  return writers.map((list, key) => ({ key, writers: list, readers: readers[key]! }));
}

export function buildPolygraph(history: History, level: OrderLevel): Polygraph {
  return new Builder(history, level).build();
}

class Builder {
  private readonly history: History;
  private readonly level: OrderLevel;
  private readonly shape: Shape;
  private readonly edges = new EdgeList();
  private readonly forbidden: number[] = [];
  private readonly groups: OpenGroup[] = [];
  private nodes: number;

  constructor(history: History, level: OrderLevel) {
    this.history = history;
    this.level = level;
    this.shape = shapeOf(level);
    this.nodes = this.shape.parts * history.transactions.count;
  }

  build(): Polygraph {
    const { history, edges, groups, shape } = this;
    addFixedEdges(history, this.level, edges);
    keyFacts(history).forEach((facts, key) => {
      const order = history.lists?.order[key];
      if (order) {
        groups.push({ key, writers: this.knownOrder(key, facts, order), readers: new Map() });
        return;
      }
      this.initialReaders(facts);
      groups.push(facts);
    });
    this.assumedOrders();
    let pairs: PairList | undefined;
    return {
      nodes: this.nodes,
      edges,
      forbidden: this.forbidden,
      groups: groups.filter(({ writers }) => writers.length > 1),
      get pairs() {
        pairs ??= new WriterPairs(this.groups, shape);
        return pairs;
      },
    };
  }

  /** Readers of a known version precede the next writer; the observed writers follow each other. */
  private knownOrder(key: number, facts: OpenGroup, order: readonly number[]): readonly number[] {
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
    // A transaction's appends may lie apart in the order: its last one is the version others read.
    const places = new Map(chain.map((t, at) => [t, at]));
    for (const [from, list] of facts.readers) {
      const at = places.get(from) ?? -1;
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

  private ww(a: number, b: number): void {
    this.edges.add(this.shape.commit(a), this.shape.wwTarget(b));
  }

  private rw(a: number, b: number): void {
    if (this.shape.forbidsPaths) this.forbidden.push(a, b);
    else this.edges.add(this.shape.begin(a), this.shape.commit(b));
  }

  /** A reader of the initial version precedes all writers: through one node, so that it stays linear. */
  private initialReaders(facts: OpenGroup): void {
    const readers = facts.readers.get(source.initial);
    if (!readers) return;
    if (this.shape.forbidsPaths) {
      // Of each session the last reader and the first writer say it for the others.
      const { chain } = this.history.sessions;
      const last = new Map(readers.map((t) => [chain[t]!, t]));
      const first = new Map([...facts.writers].reverse().map((t) => [chain[t]!, t]));
      for (const reader of last.values()) {
        for (const t of first.values()) if (t !== reader) this.rw(reader, t);
      }
      return;
    }
    const writers = new Set(facts.writers);
    const plain = readers.filter((t) => !writers.has(t));
    for (const reader of readers) {
      if (!writers.has(reader)) continue;
      for (const t of facts.writers) if (t !== reader) this.rw(reader, t);
    }
    if (plain.length === 0) return;
    const gate = this.nodes++;
    for (const reader of plain) this.edges.add(this.shape.begin(reader), gate);
    for (const t of facts.writers) this.edges.add(gate, this.shape.commit(t));
  }
}

/** Begin before commit, who read from whom, and the level's order of sessions or of real time. */
export function addFixedEdges(history: History, level: OrderLevel, edges: EdgeList): void {
  const { reads, sessions, transactions } = history;
  const { begin, commit, parts } = shapeOf(level);
  if (parts === 2) for (let t = 0; t < transactions.count; t++) edges.add(begin(t), commit(t));
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
