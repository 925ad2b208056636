/**
 * Decides either-or pairs so that a graph stays acyclic, by conflict-driven search: a decision adds the edges of one
 * side; a topological order is kept as they come (Pearce and Kelly, 2006), so a cycle is noticed at once; the
 * decisions along it become a clause that no later attempt may repeat, and the search returns to the last but one of
 * them. Forbidden paths are looked for when all is decided, and learned from in the same way.
 */

import { buildGraph, type EdgeList, topologicalOrder } from '../../base/graph.ts';
import type { Work } from '../work.ts';
import type { EitherOr, Side } from './writer-pairs.ts';

/** A literal is 2·pair for its first side, 2·pair + 1 for its second. */
type Literal = number;
const base = -1;

/** What must hold in any case, and the pairs to decide. */
export interface Choices {
  readonly nodes: number;
  readonly edges: EdgeList;
  readonly forbidden: readonly number[];
  readonly pairs: readonly EitherOr[];
}

export class AcyclicSearch {
  private readonly graph: Choices;
  private readonly work: Work;
  /** Edges that leave each node, as [to, reason] pairs; decisions add at the end and undo from the end. */
  private readonly out: number[][];
  private readonly incoming: number[][];
  private readonly rank: Int32Array;
  /** -1 open, else the side chosen. */
  private readonly value: Int8Array;
  private readonly levelOf: Int32Array;
  private readonly trail: { literal: Literal; added: number[] }[] = [];
  private readonly decisions: number[] = [];
  private readonly clauses: Literal[][] = [];
  private readonly occurs: number[][];
  private readonly activity: Float64Array;
  private bump = 1;

  constructor(graph: Choices, work: Work) {
    this.graph = graph;
    this.work = work;
    this.out = Array.from({ length: graph.nodes }, () => []);
    this.incoming = Array.from({ length: graph.nodes }, () => []);
    this.rank = new Int32Array(graph.nodes);
    topologicalOrder(buildGraph(graph.nodes, graph.edges)).forEach((v, at) => {
      this.rank[v] = at;
    });
    for (let i = 0; i < graph.edges.count; i++) this.link(graph.edges.from[i]!, graph.edges.to[i]!, base);
    this.value = new Int8Array(graph.pairs.length).fill(-1);
    this.levelOf = new Int32Array(graph.pairs.length);
    this.occurs = Array.from({ length: graph.pairs.length * 2 }, () => []);
    this.activity = new Float64Array(graph.pairs.length);
  }

  /** After it holds: the place of each node in an order that keeps all edges. */
  get ranks(): Int32Array {
    return this.rank;
  }

  run(): 'holds' | 'violated' | 'unknown' {
    for (;;) {
      // Looking for the next pair passes all of them.
      if (!this.work.spend(1 + (this.value.length >> 2))) return 'unknown';
      const pair = this.pick();
      if (pair === -1) {
        const conflict = this.forbiddenPath();
        if (!conflict) return 'holds';
        if (!this.resolve(conflict)) return 'violated';
        continue;
      }
      this.decisions.push(this.trail.length);
      const conflict = this.assign(pair * 2 + this.preferred(pair));
      if (conflict && !this.resolve(conflict)) return 'violated';
    }
  }

  private pick(): number {
    let best = -1;
    for (let i = 0; i < this.value.length; i++) {
      if (this.value[i] === -1 && (best === -1 || this.activity[i]! > this.activity[best]!)) best = i;
    }
    return best;
  }

  /** The side that agrees with the order as it stands. */
  private preferred(pair: number): 0 | 1 {
    const { edges } = this.graph.pairs[pair]!.sides[0];
    return this.rank[edges[0]!]! < this.rank[edges[1]!]! ? 0 : 1;
  }

  private side(literal: Literal): Side {
    return this.graph.pairs[literal >> 1]!.sides[literal & 1]!;
  }

  /** Takes a literal and all that learned clauses then force; the clause that is broken, if any. */
  private assign(first: Literal): Literal[] | undefined {
    const queue: { literal: Literal; because: Literal[] }[] = [{ literal: first, because: [] }];
    for (let at = 0; at < queue.length; at++) {
      const { literal, because } = queue[at]!;
      const chosen = this.value[literal >> 1]!;
      if (chosen === (literal & 1)) continue;
      // Two clauses force both sides of a pair: all literals of this one are now true.
      if (chosen !== -1) return because;
      const conflict = this.take(literal);
      if (conflict) return conflict;
      for (const id of this.occurs[literal]!) {
        const clause = this.clauses[id]!;
        let open: Literal | undefined;
        let opens = 0;
        for (const other of clause) {
          const value = this.value[other >> 1]!;
          if (value === -1) {
            opens++;
            open = other;
          } else if (value !== (other & 1)) {
            opens = 2;
            break;
          }
        }
        if (opens === 0) return clause;
        if (opens === 1) queue.push({ literal: open! ^ 1, because: clause });
      }
    }
    return undefined;
  }

  private take(literal: Literal): Literal[] | undefined {
    const added: number[] = [];
    this.value[literal >> 1] = literal & 1;
    this.levelOf[literal >> 1] = this.decisions.length;
    this.trail.push({ literal, added });
    const { edges } = this.side(literal);
    for (let i = 0; i < edges.length; i += 2) {
      const from = edges[i]!;
      const to = edges[i + 1]!;
      const cycle = this.insert(from, to, literal);
      if (cycle) return cycle;
      added.push(from, to);
    }
    return undefined;
  }

  private link(from: number, to: number, reason: Literal): void {
    this.out[from]!.push(to, reason);
    this.incoming[to]!.push(from);
  }

  /** Adds an edge and repairs the order; the literals of the cycle it would close. */
  private insert(from: number, to: number, reason: Literal): Literal[] | undefined {
    const { rank } = this;
    if (rank[from]! >= rank[to]!) {
      const limit = rank[from]!;
      const parents = new Map<number, [number, Literal]>();
      const ahead = [to];
      parents.set(to, [-1, base]);
      for (let at = 0; at < ahead.length; at++) {
        const v = ahead[at]!;
        if (v === from) return this.literalsTo(v, parents, reason);
        const list = this.out[v]!;
        for (let i = 0; i < list.length; i += 2) {
          const w = list[i]!;
          if (rank[w]! > limit || parents.has(w)) continue;
          parents.set(w, [v, list[i + 1]!]);
          ahead.push(w);
        }
      }
      this.reorder(from, rank[to]!, ahead);
      this.work.spend(ahead.length);
    }
    this.link(from, to, reason);
    return undefined;
  }

  private reorder(from: number, floor: number, ahead: number[]): void {
    const { rank } = this;
    const behind = [from];
    const seen = new Set(behind);
    for (let at = 0; at < behind.length; at++) {
      for (const w of this.incoming[behind[at]!]!) {
        if (rank[w]! < floor || seen.has(w)) continue;
        seen.add(w);
        behind.push(w);
      }
    }
    const byRank = (a: number, b: number): number => rank[a]! - rank[b]!;
    behind.sort(byRank);
    ahead.sort(byRank);
    const moved = [...behind, ...ahead];
    const slots = moved.map((v) => rank[v]!).sort((a, b) => a - b);
    moved.forEach((v, i) => {
      rank[v] = slots[i]!;
    });
  }

  private literalsTo(node: number, parents: Map<number, [number, Literal]>, reason: Literal): Literal[] {
    const literals = new Set<Literal>();
    if (reason !== base) literals.add(reason);
    for (let v = node; ; ) {
      const [before, why] = parents.get(v)!;
      if (before === -1) break;
      if (why !== base) literals.add(why);
      v = before;
    }
    return [...literals];
  }

  /** A path from the target of a forbidden pair back to its source, as the literals that made it. */
  private forbiddenPath(): Literal[] | undefined {
    const active: [number, number, Literal][] = [];
    const note = (pairs: readonly number[], reason: Literal): void => {
      for (let i = 0; i < pairs.length; i += 2) active.push([pairs[i]!, pairs[i + 1]!, reason]);
    };
    note(this.graph.forbidden, base);
    for (const { literal } of this.trail) note(this.side(literal).forbidden, literal);
    for (const [reader, writer, reason] of active) {
      if (this.rank[writer]! > this.rank[reader]!) continue;
      const parents = new Map<number, [number, Literal]>([[writer, [-1, base]]]);
      const ahead = [writer];
      for (let at = 0; at < ahead.length; at++) {
        const v = ahead[at]!;
        if (v === reader) return this.literalsTo(v, parents, reason);
        const list = this.out[v]!;
        for (let i = 0; i < list.length; i += 2) {
          if (parents.has(list[i]!) || this.rank[list[i]!]! > this.rank[reader]!) continue;
          parents.set(list[i]!, [v, list[i + 1]!]);
          ahead.push(list[i]!);
        }
      }
      this.work.spend(ahead.length);
    }
    return undefined;
  }

  /** Learns from a conflict and goes back to where it leaves a choice; false when there is none. */
  private resolve(first: Literal[]): boolean {
    let conflict: Literal[] | undefined = first;
    while (conflict) {
      if (conflict.length === 0) return false;
      for (const literal of conflict) this.activity[literal >> 1]! += this.bump;
      this.bump *= 1.05;
      if (this.bump > 1e100) {
        this.bump = 1;
        this.activity.fill(0);
      }
      const levels: number[] = conflict.map((literal) => this.levelOf[literal >> 1]!).sort((a, b) => b - a);
      const top = levels[0]!;
      if (top === 0) return false;
      const several = levels[1] === top;
      const target = several ? top - 1 : (levels[1] ?? 0);
      const last: Literal = conflict.find((literal) => this.levelOf[literal >> 1] === top)!;
      const id = this.clauses.push(conflict) - 1;
      for (const literal of conflict) this.occurs[literal]!.push(id);
      if (several) {
        // More than one literal of the last level: its decision implies the conflict, so the decision itself goes.
        const decision = this.trail[this.decisions[top - 1]!]!.literal;
        const reason = this.decisionClause(top);
        this.backtrack(top - 1);
        const learned = this.clauses.push(reason) - 1;
        for (const literal of reason) this.occurs[literal]!.push(learned);
        conflict = this.assign(decision ^ 1);
      } else {
        this.backtrack(target);
        conflict = this.assign(last ^ 1);
      }
      if (!this.work.spend(10)) return true;
    }
    return true;
  }

  /** All decisions up to a level cannot stand together. */
  private decisionClause(level: number): Literal[] {
    return this.decisions.slice(0, level).map((at) => this.trail[at]!.literal);
  }

  private backtrack(level: number): void {
    const keep = this.decisions[level] ?? this.trail.length;
    this.decisions.length = level;
    while (this.trail.length > keep) {
      const { literal, added } = this.trail.pop()!;
      this.value[literal >> 1] = -1;
      for (let i = added.length - 2; i >= 0; i -= 2) {
        const list = this.out[added[i]!]!;
        list.length -= 2;
        this.incoming[added[i + 1]!]!.pop();
      }
    }
  }
}
