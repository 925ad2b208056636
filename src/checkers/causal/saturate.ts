/**
 * Causal memory and PRAM of single reads and writes with unique values, by saturation for one process at a time
 * (Bouajjani, Enea, Guerraoui and Hamza, POPL 2017: CyclicHB, WriteHBInitRead). A process needs one order of
 * writes that explains its own reads in turn. Start from
 *   causal-memory  hb = (so ∪ wr)+ within the causal past of the process's last operation
 *   pram           so, and wr into the process's own reads, over the writes of all
 * and add until nothing changes: a write of x that precedes a read of x precedes the write it read. The level fails
 * when a cycle appears or a write precedes a read of the initial value. Rounds × n × k for each of k processes.
 */
import { buildGraph, EdgeList, topologicalOrder } from '../../base/graph.ts';
import { supportOf } from '../transactions/causal-path.ts';
import { clocksOf } from '../transactions/clocks.ts';
import { Cone } from '../transactions/cone.ts';
import { findCycle, someCycle, type Violation } from '../transactions/find-cycle.ts';
import type { History } from '../transactions/prepare.ts';
import { source } from '../transactions/reads-from.ts';
import { addReadsFrom, addSessionOrder, labelOf, relation, stepOf } from '../transactions/relations.ts';
import { causalClocks, staleCycle } from '../transactions/weak.ts';
import { lastBefore } from '../transactions/writes-index.ts';
import { unboundedWork, type Work } from '../work.ts';
import { causalViolation } from './causal.ts';

export type SaturatedLevel = 'causal-memory' | 'pram';

export interface SaturationViolation {
  readonly cycle: Violation;
  /** The process (a session number) whose reads no order explains; -1 when already causality fails. */
  readonly chain: number;
  /** Transactions that are enough to show it. */
  readonly evidence: () => Iterable<number>;
}

export function saturationViolation(
  history: History,
  level: SaturatedLevel,
  work = unboundedWork(),
): SaturationViolation | undefined {
  if (level === 'causal-memory') {
    const cycle = causalViolation(history, work);
    if (cycle) return { cycle, chain: -1, evidence: () => supportOf(history, cycle().steps) };
  }
  const past = level === 'causal-memory' ? causalClocks(history, work) : undefined;
  for (let chain = 0; chain < history.sessions.count; chain++) {
    const own = history.sessions.members[chain]!.filter((t) => isRead(history, t));
    if (own.length === 0) continue;
    const found = saturate(history, { chain, own, past }, work);
    if (found) return { ...found, chain };
  }
  return undefined;
}

function isRead(history: History, t: number): boolean {
  const { first } = history.transactions;
  return first[t]! < first[t + 1]! && history.reads.source[first[t]!]! >= source.initial;
}

interface Process {
  readonly chain: number;
  readonly own: readonly number[];
  readonly past: Int32Array | undefined;
}

function saturate(
  history: History,
  process: Process,
  work: Work,
): Omit<SaturationViolation, 'chain'> | undefined {
  const { reads, sessions } = history;
  const { count } = reads.transactions;
  const edges = new EdgeList();
  addSessionOrder(edges, sessions);
  if (process.past) addReadsFrom(edges, reads);
  else {
    for (const t of process.own) addSource(history, edges, t);
  }
  const recorded = edges.count;
  const cone = (): Cone => coneOf(history, edges, recorded);
  const inside = process.past ? pastOf(history, process, process.past) : undefined;
  for (;;) {
    work.demand(edges.count);
    const graph = buildGraph(count, inside ? restrict(edges, inside) : edges);
    const order = topologicalOrder(graph);
    if (order.length < count) {
      return { cycle: () => findCycle(graph), evidence: () => cone().take(someCycle(count, edges)).nodes };
    }
    const before = edges.count;
    work.demand(count * sessions.count);
    const stale = addOrders(history, { process, edges, clocks: clocksOf(history, graph, order) });
    if (stale) {
      const reader = reads.owner[stale.operation]!;
      const evidence = (): Iterable<number> => {
        const past = cone();
        return past
          .take(past.path(stale.writer, reader) ?? [])
          .nodes.add(stale.writer)
          .add(reader);
      };
      return { cycle: staleCycle(stale), evidence };
    }
    if (edges.count === before) return undefined;
  }
}

/** An order that was added rests on a path from the older writer to the read, which is by the process itself. */
function coneOf({ reads, transactions }: History, edges: EdgeList, recorded: number): Cone {
  return new Cone(transactions.count, edges, (edge) => {
    if (edge < recorded) return [];
    const { from, operation } = stepOf(edges.from[edge]!, edges.to[edge]!, edges.label[edge]!);
    return [[from, reads.owner[operation]!]];
  });
}

function addSource(history: History, edges: EdgeList, t: number): void {
  const op = history.transactions.first[t]!;
  const writer = history.reads.source[op]!;
  if (writer >= 0) edges.add(writer, t, labelOf(relation.wr, op));
}

/** 1 for what precedes the process's last operation in (so ∪ wr)+, and that operation. */
function pastOf(history: History, process: Process, clocks: Int32Array): Uint8Array {
  const { sessions, transactions } = history;
  const last = process.own[process.own.length - 1]!;
  const inside = new Uint8Array(transactions.count);
  for (let chain = 0; chain < sessions.count; chain++) {
    const bound = clocks[last * sessions.count + chain]!;
    for (let i = 0; i < bound; i++) inside[sessions.members[chain]![i]!] = 1;
  }
  inside[last] = 1;
  return inside;
}

function restrict(edges: EdgeList, inside: Uint8Array): EdgeList {
  const kept = new EdgeList();
  for (let i = 0; i < edges.count; i++) {
    if (inside[edges.from[i]!] && inside[edges.to[i]!])
      kept.add(edges.from[i]!, edges.to[i]!, edges.label[i]!);
  }
  return kept;
}

interface Round {
  readonly process: Process;
  readonly edges: EdgeList;
  readonly clocks: Int32Array;
}

/** A write that precedes a read of its key, and is not the one read, precedes the one read. */
function addOrders(history: History, round: Round): { operation: number; writer: number } | undefined {
  const { reads, sessions, writes, transactions } = history;
  const { clocks } = round;
  const width = sessions.count;
  for (const t of round.process.own) {
    const op = transactions.first[t]!;
    const key = transactions.key[op]!;
    const from = reads.source[op]!;
    for (let group = writes.groupStart[key]!; group < writes.groupStart[key + 1]!; group++) {
      const chain = writes.groupChain[group]!;
      const known = from === source.initial ? 0 : clocks[from * width + chain]!;
      const position = lastBefore(writes, group, clocks[t * width + chain]!);
      if (position < known) continue;
      const writer = sessions.members[chain]![position]!;
      if (writer === from) continue;
      if (from === source.initial) return { operation: op, writer };
      round.edges.add(writer, from, labelOf(relation.visible, op));
    }
  }
  return undefined;
}
