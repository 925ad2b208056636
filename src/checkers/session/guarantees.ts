/**
 * The four session guarantees (Terry et al., PDIS 1994; in the terms of Viotti and Vukolić, 2016): there is one
 * order of all writes, and for each read a set of visible writes that holds the one it returned, such that the read
 * returns the newest visible write of its key, and the sets close under the guarantee:
 *   read-your-writes     the session's earlier writes are visible to a read
 *   monotonic-reads      what was visible to the session's earlier reads stays visible
 *   monotonic-writes     with a write, the earlier writes of its session are visible, and ordered before it
 *   writes-follow-reads  with a write, what its session had seen before it is visible, and ordered before it
 * The smallest such sets decide. The level fails when the orders they demand have a cycle, or a read of the initial
 * value has a write of its key visible. Linear. The order is one for all: two sessions that see two writes in
 * different orders violate monotonic reads, though each alone is content; causal memory allows that, so only causal
 * convergence implies the guarantees. Monotonic writes alone are broken by no register history whose reads have
 * writers, for what is visible to a read then lies in one session.
 */
import { buildGraph, EdgeList, topologicalOrder } from '../../base/graph.ts';
import { findCycle, type Violation } from '../transactions/find-cycle.ts';
import type { History } from '../transactions/prepare.ts';
import { source } from '../transactions/reads-from.ts';
import { labelOf, relation, type Step } from '../transactions/relations.ts';
import { staleCycle } from '../transactions/weak.ts';
import { unboundedWork } from '../work.ts';

export const sessionGuarantees = [
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
] as const;
export type SessionGuarantee = (typeof sessionGuarantees)[number];

type Stale = { operation: number; writer: number } | undefined;

export function sessionViolation(
  history: History,
  guarantee: SessionGuarantee,
  work = unboundedWork(),
): Violation | undefined {
  work.demand(history.transactions.count);
  const edges = new EdgeList();
  let nodes = history.transactions.count;
  let stale: Stale;
  if (guarantee === 'read-your-writes') ({ stale, nodes } = readYourWrites(history, edges));
  else if (guarantee === 'monotonic-reads') stale = monotonicReads(history, edges);
  else if (guarantee === 'writes-follow-reads') nodes = writesFollowReads(history, edges);
  if (stale) return staleCycle(stale);
  history.eachKnownOrder((from, to, operation) => edges.add(from, to, labelOf(relation.ww, operation)));
  work.demand(edges.count);
  const graph = buildGraph(nodes, edges);
  if (topologicalOrder(graph).length === nodes) return undefined;
  return () => {
    const { steps, shortest } = findCycle(graph);
    return { steps: withoutHelpers(steps, history.transactions.count), shortest };
  };
}

/** Each operation of a chain with its key and, for reads, the transaction it read from; `source.none` for writes. */
function eachOperation(
  history: History,
  visit: (chain: number, t: number, op: number, from: number) => Stale,
): Stale {
  const { reads, sessions, transactions } = history;
  for (let chain = 0; chain < sessions.count; chain++) {
    for (const t of sessions.members[chain]!) {
      const op = transactions.first[t]!;
      if (op === transactions.first[t + 1]) continue;
      const stale = visit(chain, t, op, reads.source[op]!);
      if (stale) return stale;
    }
  }
  return undefined;
}

/**
 * Own earlier writes of the key precede the one read. A read may have many, so they come through helper nodes:
 *   w1 ─→ h1   w2 ─→ h2   w3 ─→ h3 ─→ the one read
 *         └────────→└────────→┘
 */
function readYourWrites(history: History, edges: EdgeList): { stale: Stale; nodes: number } {
  const { key } = history.transactions;
  let nodes = history.transactions.count;
  const own = new Map<number, { writes: number[]; helpers: number[] }>();
  let current = -1;
  const stale = eachOperation(history, (chain, t, op, from) => {
    if (chain !== current) {
      own.clear();
      current = chain;
    }
    const k = key[op]!;
    const known = own.get(k);
    if (from === source.none && history.reads.isFinal[op]) {
      const helper = nodes++;
      edges.add(t, helper, labelOf(relation.visible, op));
      if (known) {
        edges.add(known.helpers[known.helpers.length - 1]!, helper, labelOf(relation.visible, op));
        known.writes.push(t);
        known.helpers.push(helper);
      } else own.set(k, { writes: [t], helpers: [helper] });
      return undefined;
    }
    if (!known || from < source.initial) return undefined;
    if (from === source.initial) return { operation: op, writer: known.writes[known.writes.length - 1]! };
    const place = known.writes.indexOf(from);
    const helper = place === -1 ? known.helpers[known.helpers.length - 1]! : known.helpers[place - 1];
    if (helper !== undefined) edges.add(helper, from, labelOf(relation.visible, op));
    // Its own later writes too, when it read one of its own that is not the last.
    if (place !== -1) {
      for (const later of known.writes.slice(place + 1))
        edges.add(later, from, labelOf(relation.visible, op));
    }
    return undefined;
  });
  return { stale, nodes };
}

/** The last read of the key in the session decides: it already comes after the ones before it. */
function monotonicReads(history: History, edges: EdgeList): Stale {
  const { key } = history.transactions;
  const last = new Map<number, number>();
  let current = -1;
  return eachOperation(history, (chain, _, op, from) => {
    if (chain !== current) {
      last.clear();
      current = chain;
    }
    if (from < source.initial) return undefined;
    const earlier = last.get(key[op]!);
    if (from === source.initial)
      return earlier === undefined ? undefined : { operation: op, writer: earlier };
    if (earlier !== undefined && earlier !== from) edges.add(earlier, from, labelOf(relation.visible, op));
    last.set(key[op]!, from);
    return undefined;
  });
}

/** Every write comes after all that its session read before; one helper node for each prefix of a session. */
function writesFollowReads(history: History, edges: EdgeList): number {
  let nodes = history.transactions.count;
  const { sessions, transactions, reads } = history;
  const helperAfter = new Int32Array(transactions.count).fill(-1);
  for (let chain = 0; chain < sessions.count; chain++) {
    const parent = sessions.parent[chain]!;
    let helper = parent === -1 ? -1 : helperAfter[parent]!;
    for (const t of sessions.members[chain]!) {
      const op = transactions.first[t]!;
      if (op === transactions.first[t + 1]) continue;
      const from = reads.source[op]!;
      if (from >= 0) {
        const next = nodes++;
        if (helper !== -1) edges.add(helper, next, labelOf(relation.visible, op));
        edges.add(from, next, labelOf(relation.visible, op));
        helper = next;
      } else if (from === source.none && helper !== -1) edges.add(helper, t, labelOf(relation.visible, op));
      helperAfter[t] = helper;
    }
  }
  return nodes;
}

/** Helper nodes stand for "and all before": a step into one and the steps out of it are one step. */
function withoutHelpers(cycle: readonly Step[], real: number): Step[] {
  const first = cycle.findIndex((step) => step.from < real);
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  const steps: Step[] = [];
  let open: Step | undefined;
  for (const step of turned) {
    open = open ? { ...open, to: step.to, operation: step.operation } : step;
    if (open.to >= real) continue;
    steps.push(open);
    open = undefined;
  }
  return steps;
}
