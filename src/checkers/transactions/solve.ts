/**
 * Whether versions of unknown order can be ordered so that a level's graph has no cycle (NP-complete). In turn, each
 * only where those before it did not decide:
 *  1. what is known already: a cycle of recorded edges
 *  2. a guess, which proves most histories right (`guess.ts`)
 *  3. what the level forces, where it contains sessions (`inference.ts`), and a guess that knows it
 *  4. parts of the history where the guess failed, small ones first: a part that no order explains is a proof that no
 *     order explains the whole
 *  5. all of what the guess could not untangle: if some order explains it, the guess is made again with that order
 * Parts are decided by pruning and search (`decide.ts`) under a budget of steps and of memory. When it runs out, nobody
 * knows.
 */
import { buildGraph, EdgeList, isAcyclic } from '../../base/graph.ts';
import type { Work } from '../work.ts';
import { type Decision, decide, type Solution } from './decide.ts';
import { someCycle } from './find-cycle.ts';
import { type Guess, guess } from './guess.ts';
import { inferOrders } from './inference.ts';
import { withListReaders } from './list-versions.ts';
import { type Part, partOf } from './parts.ts';
import { addFixedEdges, buildPolygraph, type Polygraph } from './polygraph.ts';
import type { History } from './prepare.ts';
import { type OrderLevel, shapeOf } from './shapes.ts';
import { causalOrders } from './weak.ts';
import { countPairs } from './writer-pairs.ts';

/** Transactions of the parts that are tried first, and what a search may take for each: they are for what shows at once. */
const partSizes = [128, 1024, 4096];
const partSteps = 10_000;
/** Of the level with sessions, tried first. */
const strongSteps = 5_000_000;

export interface Judged {
  readonly verdict: Solution;
  /** Of a violation: sets of transactions that may be enough to show it, the smallest first. */
  readonly evidence?: () => readonly (readonly number[])[];
}

export function solve(history: History, level: OrderLevel, work: Work): Judged {
  const start = look(history, level, work);
  if ('verdict' in start) return start;
  // What holds with sessions holds without, and is easier to find.
  if (level.order === 'none' && !start.strongerFails) {
    const strong = solve(history, { shape: level.shape, order: 'session' }, work.share(strongSteps));
    if (strong.verdict === 'holds') return strong;
  }
  const broken = !history.assumes ? brokenPart(history, level, start.guess, work) : undefined;
  return broken ?? untangle(history, level, start, work);
}

/** What needs no search: `unknown` where only a search can tell. */
export function solveQuickly(history: History, level: OrderLevel, work: Work): Solution {
  const start = look(history, level, work);
  return 'verdict' in start ? start.verdict : 'unknown';
}

interface Look {
  readonly polygraph: Polygraph;
  /** Edges that the level need not have, but that lead to an order where one keeps them. */
  readonly hints: EdgeList;
  readonly guess: Guess;
  /** Known to fail with the order of sessions. */
  readonly strongerFails?: boolean;
}

function look(history: History, level: OrderLevel, work: Work): Judged | Look {
  const polygraph = buildPolygraph(history, level);
  const { nodes, edges } = polygraph;
  work.demand(edges.count);
  if (!isAcyclic(buildGraph(nodes, edges))) {
    const evidence = () => [transactionsOf(history, level, endsOf(edges, someCycle(nodes, edges)))];
    return { verdict: 'violated', evidence };
  }
  const isOpen = polygraph.forbidden.length > 0 || countPairs(polygraph.groups, shapeOf(level)) > 0;
  if (!isOpen) return { verdict: 'holds' };
  const causal = history.lists ? new EdgeList() : causalOrders(history, work);
  const hints = hintsOf(history, level, causal);
  const first = guess(history, level, { polygraph, hints });
  if (first.holds || provedStronger(history, level, work)) return { verdict: 'holds' };
  const seen = { polygraph, hints, guess: first };
  return history.lists ? seen : lookCloser(history, level, seen, work);
}

/** Snapshot isolation with sessions has a graph, so it is easier to prove than parallel snapshot isolation, below it. */
function provedStronger(history: History, { shape }: OrderLevel, work: Work): boolean {
  if (shape !== 'parallel-snapshot') return false;
  return solveQuickly(history, { shape: 'snapshot', order: 'session' }, work) === 'holds';
}

/** The same with all that is forced, which is only a hint where the level has no sessions. */
function lookCloser(history: History, level: OrderLevel, seen: Look, work: Work): Judged | Look {
  const own = level.order === 'session' || (level.order === 'real-time' && sessionsAreTimed(history));
  const strong = own ? level : ({ shape: level.shape, order: 'session' } as const);
  const polygraph = own ? seen.polygraph : buildPolygraph(history, strong);
  const inferred = inferOrders(history, strong, { polygraph, work });
  if ('broken' in inferred) {
    const evidence = () => [transactionsOf(history, level, inferred.broken())];
    return own ? { verdict: 'violated', evidence } : { ...seen, strongerFails: true };
  }
  const { edges } = inferred;
  const known = own ? withEdges(polygraph, edges) : seen.polygraph;
  const again = guess(history, level, { polygraph: known, hints: edges });
  return again.holds ? { verdict: 'holds' } : { polygraph: known, hints: edges, guess: again };
}

function withEdges(polygraph: Polygraph, edges: EdgeList): Polygraph {
  const { nodes, forbidden, groups } = polygraph;
  return {
    nodes,
    edges,
    forbidden,
    groups,
    get pairs() {
      return polygraph.pairs;
    },
  };
}

function endsOf(edges: EdgeList, cycle: readonly number[]): number[] {
  return cycle.flatMap((edge) => [edges.from[edge]!, edges.to[edge]!]);
}

/** The transactions of a level's nodes, and where lists show their order, those that read it. */
function transactionsOf(history: History, level: OrderLevel, nodes: Iterable<number>): number[] {
  const { parts } = shapeOf(level);
  const found = new Set<number>();
  for (const node of nodes) {
    const t = Math.floor(node / parts);
    if (t < history.transactions.count) found.add(t);
  }
  return [...withListReaders(history, found)];
}

/** Whether the order of each session is one of real time, too. */
function sessionsAreTimed({ sessions, transactions }: History): boolean {
  const { completed, invoked } = transactions;
  return sessions.members.every((members, chain) => {
    const path = sessions.parent[chain] === -1 ? members : [sessions.parent[chain]!, ...members];
    return path.every((t, i) => i === 0 || completed[path[i - 1]!]! < invoked[t]!);
  });
}

/** Sessions and what causality says of the order of versions, whether or not the level asks for them. */
function hintsOf(history: History, level: OrderLevel, causal: EdgeList | undefined): EdgeList {
  const hints = new EdgeList();
  const shape = shapeOf(level);
  addFixedEdges(history, { shape: level.shape, order: 'session' }, hints);
  if (!causal) return hints;
  for (let i = 0; i < causal.count; i++)
    hints.add(shape.commit(causal.from[i]!), shape.wwTarget(causal.to[i]!));
  return hints;
}

/** A small part of what is tangled that has no order: the smaller tangles are tried whole, the others by windows. */
function brokenPart(history: History, level: OrderLevel, { tangles }: Guess, work: Work): Judged | undefined {
  let done = 0;
  for (const size of partSizes) {
    for (const tangle of tangles) {
      if (tangle.length <= done) continue;
      const step = tangle.length <= size ? size : size >> 1;
      for (let from = 0; from === 0 || from + step < tangle.length; from += step) {
        const part = partOf(history, tangle.slice(from, from + size));
        work.demand(part.original.length);
        const search = work.share(partSteps);
        const decision = decide(buildPolygraph(part.history, level), { work, search });
        if (decision.verdict === 'violated') return violatedBy(part, level, decision);
        if (work.exhausted() !== undefined) return undefined;
      }
    }
    done = size;
  }
  return undefined;
}

function violatedBy(part: Part, level: OrderLevel, { evidence }: Decision): Judged {
  return {
    verdict: 'violated',
    evidence: () => [
      transactionsOf(part.history, level, evidence!()).map((t) => part.original[t]!),
      part.original,
    ],
  };
}

/** Orders each tangle, and more of the history where that contradicts the rest of it or tangles anew. */
function untangle(history: History, level: OrderLevel, start: Look, work: Work): Judged {
  const { polygraph } = start;
  if (history.assumes) return whole(history, level, polygraph, work);
  let parts = merged([], start.guess.tangles);
  const solved = new Map<readonly number[], EdgeList>();
  for (;;) {
    const hints = new EdgeList();
    append(hints, start.hints);
    for (const transactions of parts) {
      let order = solved.get(transactions);
      if (!order) {
        if (transactions.length * 2 > history.transactions.count) {
          return whole(history, level, polygraph, work);
        }
        const part = partOf(history, transactions);
        const inside = buildPolygraph(part.history, level);
        addKnown(inside.edges, level, { part, known: polygraph.edges });
        const decision = decide(inside, { work });
        if (decision.verdict === 'violated') return violatedBy(part, level, decision);
        if (decision.verdict === 'unknown') return { verdict: 'unknown' };
        order = ordersOf(level, { part, inside, rank: decision.rank! });
        solved.set(transactions, order);
      }
      append(hints, order);
    }
    work.demand(polygraph.edges.count);
    const contradiction = cycleAmong(history, level, { polygraph, hints });
    const again = contradiction ? undefined : guess(history, level, { polygraph, hints });
    if (again?.holds) return { verdict: 'holds' };
    const more = merged(parts, contradiction ? [contradiction] : again!.tangles);
    if (more.every((part) => parts.includes(part))) return whole(history, level, polygraph, work);
    parts = more;
  }
}

/** What the whole history has shown of the nodes of a part. */
function addKnown(
  edges: EdgeList,
  level: OrderLevel,
  { part, known }: { part: Part; known: EdgeList },
): void {
  const { begin, commit } = shapeOf(level);
  const place = new Map<number, number>();
  for (const [i, t] of part.original.entries()) place.set(begin(t), begin(i)).set(commit(t), commit(i));
  for (let i = 0; i < known.count; i++) {
    const [from, to] = [place.get(known.from[i]!), place.get(known.to[i]!)];
    if (from !== undefined && to !== undefined) edges.add(from, to);
  }
}

function whole(history: History, level: OrderLevel, polygraph: Polygraph, work: Work): Judged {
  const { verdict, evidence } = decide(polygraph, { work });
  return evidence ? { verdict, evidence: () => [transactionsOf(history, level, evidence())] } : { verdict };
}

/** Parts and more groups; those with a transaction in common become one. Parts that stay as they were are the same lists. */
function merged(
  parts: readonly (readonly number[])[],
  more: readonly (readonly number[])[],
): (readonly number[])[] {
  let all = [...parts];
  for (const group of more) {
    const members = new Set(group);
    const touched = all.filter((part) => part.some((t) => members.has(t)));
    const first = touched[0];
    if (touched.length === 1 && group.every((t) => first!.includes(t))) continue;
    for (const part of touched) for (const t of part) members.add(t);
    all = [...all.filter((part) => !touched.includes(part)), [...members]];
  }
  return all;
}

/** The transactions on a cycle of the known edges together with the hints. */
function cycleAmong(
  history: History,
  level: OrderLevel,
  { polygraph, hints }: { polygraph: Polygraph; hints: EdgeList },
): number[] | undefined {
  const edges = new EdgeList();
  append(edges, polygraph.edges);
  append(edges, hints);
  if (isAcyclic(buildGraph(polygraph.nodes, edges))) return undefined;
  const cycle = endsOf(edges, someCycle(polygraph.nodes, edges));
  return transactionsOf(history, level, cycle);
}

function append(edges: EdgeList, more: EdgeList): void {
  for (let i = 0; i < more.count; i++) edges.add(more.from[i]!, more.to[i]!);
}

/** The orders of versions that explain a part. */
function ordersOf(
  level: OrderLevel,
  { part, inside, rank }: { part: Part; inside: Polygraph; rank: Int32Array },
): EdgeList {
  const { commit, wwTarget } = shapeOf(level);
  const orders = new EdgeList();
  for (const { writers } of inside.groups) {
    const order = [...writers].sort((a, b) => rank[commit(a)]! - rank[commit(b)]!);
    for (let i = 1; i < order.length; i++) {
      orders.add(commit(part.original[order[i - 1]!]!), wwTarget(part.original[order[i]!]!));
    }
  }
  return orders;
}
