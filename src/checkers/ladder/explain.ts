/**
 * Why a history violates a level, on a part of it that cannot be made smaller: an anomaly that needs no cycle, or the
 * shortest cycle of what must precede what. Where the order of two versions is not shown but forced, because the
 * other order would close a cycle too, that cycle is its justification.
 */
import { buildGraph } from '../../base/graph.ts';
import { type CycleClass, cyclicComponents, shortestCycle } from '../../base/graph-cycle.ts';
import { micro, type Transactions } from '../../history/transactions.ts';
import { causalConvergenceViolation, causalViolation } from '../causal/causal.ts';
import { saturationViolation } from '../causal/saturate.ts';
import { eventual } from '../session/convergence.ts';
import { sessionViolation } from '../session/guarantees.ts';
import { lostUpdates } from '../transactions/anomalies.ts';
import { causalPath } from '../transactions/causal-path.ts';
import { cycleClass, cycleNames, impliedBy as weakerClasses } from '../transactions/cycle-classes.ts';
import { dependencyEdges } from '../transactions/dependency-graph.ts';
import { isRun, mergeRuns } from '../transactions/find-cycle.ts';
import { forbiddenAnomalies, orderLevels, type TransactionLevel } from '../transactions/levels.ts';
import { type History, prepare } from '../transactions/prepare.ts';
import type { Anomaly } from '../transactions/reads-from.ts';
import { relation, type Step } from '../transactions/relations.ts';
import type { VersionPair } from '../transactions/version-pair.ts';
import { weakViolation } from '../transactions/weak.ts';
import { forbids } from './anomaly-levels.ts';
import { checkLevel, type LadderOptions } from './ladder.ts';
import { isSingleLevel, type Level } from './lattice.ts';
import { reduce } from './reduce.ts';

/** An order of two versions that the history does not show, with the cycle that the other order would close. */
export interface Forced {
  readonly pair: VersionPair;
  readonly because: readonly Step[];
}

export type Contradiction =
  | { readonly kind: 'anomaly'; readonly anomaly: Anomaly }
  | { readonly kind: 'cycle'; readonly steps: readonly Step[]; readonly process?: number }
  | { readonly kind: 'diverged'; readonly operations: readonly [number, number] }
  /** Found by search: no order works, and no short argument says why. */
  | { readonly kind: 'exhausted' };

export interface Explanation {
  readonly level: Level;
  /** The reduced history; transactions and operations below are its. */
  readonly history: History;
  /** Which transactions of the full history they are. */
  readonly original: readonly number[];
  readonly forced: readonly Forced[];
  readonly contradiction: Contradiction;
}

export function explainViolation(
  transactions: Transactions,
  level: Level,
  options: LadderOptions = {},
): Explanation {
  const { linearizable: _, ...own } = options;
  const violates = (part: Transactions): boolean =>
    checkLevel(part, level, { ...own, steps: 200_000 }).verdict === 'violated';
  const seed = seedOf(prepare(transactions, options), level);
  const reduced = reduce(transactions, { violates, ...(seed ? { seed } : {}) });
  const history = prepare(reduced.transactions, options);
  return { level, history, original: reduced.original, ...argue(history, level) };
}

/** The transactions of a cycle at hand, with those that make its steps visible. */
function seedOf(history: History, level: Level): Set<number> | undefined {
  const direct = directAnomaly(history, level);
  if (direct) return new Set(direct.transactions);
  const steps = cheapSteps(history, level) ?? forbiddenCycle(history, level, []);
  if (!steps) return undefined;
  const seed = new Set<number>();
  for (const step of steps) {
    if (step.from >= 0) seed.add(step.from);
    if (step.to >= 0) seed.add(step.to);
    if (step.operation < 0 && step.relation !== 'hb') continue;
    const reader = step.operation >= 0 ? history.reads.owner[step.operation]! : step.to;
    seed.add(reader);
    if (step.from < 0 || (step.relation !== 'visible' && step.relation !== 'hb')) continue;
    for (const hop of causalPath(history, step.from, reader) ?? []) seed.add(hop.from).add(hop.to);
  }
  return seed;
}

/** The argument for a history that has been reduced. */
export function argue(history: History, level: Level): { forced: Forced[]; contradiction: Contradiction } {
  const anomaly = directAnomaly(history, level);
  if (anomaly) return { forced: [], contradiction: { kind: 'anomaly', anomaly } };
  if (level === 'eventual') {
    const result = eventual(history.transactions);
    if (result.verdict === 'violated') {
      return { forced: [], contradiction: { kind: 'diverged', operations: result.operations } };
    }
  }
  if (level === 'causal-memory' || level === 'pram') {
    const found = saturationViolation(history, level);
    if (found)
      return { forced: [], contradiction: { kind: 'cycle', steps: found.steps, process: found.chain } };
  }
  const steps = cheapSteps(history, level);
  return steps ? { forced: [], contradiction: { kind: 'cycle', steps } } : argueOrders(history, level);
}

function directAnomaly(history: History, level: Level): Anomaly | undefined {
  if (isSingleLevel(level)) return level === 'strong-eventual' ? undefined : history.anomalies[0];
  const forbidden = forbiddenAnomalies(level);
  const found = history.anomalies.find((anomaly) => forbidden.includes(anomaly.type));
  if (found) return found;
  // A lost update tells more than the cycle it is.
  return forbids(level, 'lost-update') && orderLevels[level]?.shape !== 'serializable'
    ? lostUpdates(history)[0]
    : undefined;
}

/** The cycle of a level that has its own checker for one. */
function cheapSteps(history: History, level: Level): readonly Step[] | undefined {
  switch (level) {
    case 'causal':
      return causalViolation(history);
    case 'causal-convergence':
      return causalConvergenceViolation(history);
    case 'causal-memory':
    case 'pram':
      return saturationViolation(history, level)?.steps;
    case 'read-your-writes':
    case 'monotonic-reads':
    case 'monotonic-writes':
    case 'writes-follow-reads':
      return sessionViolation(history, level);
    case 'read-committed-be':
    case 'read-atomic':
    case 'transactional-causal':
      return weakViolation(history, level);
    default:
      return undefined;
  }
}

/** Forces the orders of versions one by one until they contradict each other. */
function argueOrders(history: History, level: Level): { forced: Forced[]; contradiction: Contradiction } {
  const forced: Forced[] = [];
  const open = versionPairs(history);
  for (let changed = true; changed; ) {
    const orders = forced.map(({ pair }) => pair);
    const steps = forbiddenCycle(history, level, orders);
    if (steps) return { forced: used(forced, history, steps), contradiction: { kind: 'cycle', steps } };
    changed = false;
    for (let i = 0; i < open.length; i++) {
      const pair = open[i]!;
      const reverse = { before: pair.after, after: pair.before };
      const one = forbiddenCycle(history, level, [...orders, pair]);
      const other = forbiddenCycle(history, level, [...orders, reverse]);
      if (!one && !other) continue;
      // Where neither order will do, the shorter cycle rules out one, and the next round finds the other's.
      const first = one && !(other && other.length < one.length);
      forced.push(first ? { pair: reverse, because: one } : { pair, because: other! });
      open.splice(i, 1);
      changed = true;
      break;
    }
  }
  return { forced: [], contradiction: { kind: 'exhausted' } };
}

/** Only the forced orders that a cycle rests on. */
function used(forced: readonly Forced[], history: History, steps: readonly Step[]): Forced[] {
  const needed: Forced[] = [];
  const queue: (readonly Step[])[] = [steps];
  for (const cycle of queue) {
    for (const { pair, because } of forced) {
      const rests = cycle.some((step) => restsOn(history, step, pair));
      if (!rests || needed.some((f) => f.pair === pair)) continue;
      needed.push({ pair, because });
      queue.push(because);
    }
  }
  return forced.filter((f) => needed.some((n) => n.pair === f.pair));
}

/** Whether a ww or rw step comes from this order of versions. */
export function restsOn(history: History, step: Step, pair: VersionPair): boolean {
  if (step.relation !== 'ww' && step.relation !== 'rw') return false;
  const { reads, transactions } = history;
  const after = reads.writer[pair.after]!;
  if (after < 0 || reads.owner[after] !== step.to || step.operation < 0) return false;
  if (step.relation === 'rw') return transactions.version[step.operation] === pair.before;
  const before = reads.writer[pair.before]!;
  return before >= 0 && reads.owner[before] === step.from && step.operation === after;
}

/** Pairs of final register versions (or of appends nobody saw) of the same key by different transactions. */
function versionPairs(history: History): VersionPair[] {
  const { reads, transactions, lists } = history;
  const finals: number[] = [];
  for (let op = 0; op < reads.isFinal.length; op++) {
    const isWrite = transactions.kind[op] === micro.write || transactions.kind[op] === micro.append;
    if (!isWrite || !reads.isFinal[op] || !reads.included[reads.owner[op]!]) continue;
    if (!lists || lists.place[transactions.version[op]!] === -1) finals.push(op);
  }
  const pairs: VersionPair[] = [];
  for (const a of finals) {
    for (const b of finals) {
      if (a < b && transactions.key[a] === transactions.key[b] && reads.owner[a] !== reads.owner[b]) {
        pairs.push({ before: transactions.version[a]!, after: transactions.version[b]! });
      }
    }
  }
  return pairs;
}

/** The shortest cycle that the level forbids, with these orders of versions added to what is known. */
function forbiddenCycle(
  history: History,
  level: Level,
  versions: readonly VersionPair[],
): readonly Step[] | undefined {
  const order = orderOf(level);
  const graph = buildGraph(history.transactions.count, dependencyEdges(history, { order, versions }));
  const components = cyclicComponents(graph);
  if (components.length === 0) return undefined;
  if (level === 'prefix') return mergedCycle(shortestCycle(graph, components, prefixCycle).cycle);
  const names = isSingleLevel(level)
    ? cycleNames(order)
    : cycleNames(order).filter((name) => forbids(level, name));
  let best: readonly Step[] | undefined;
  const tried = new Set<string>();
  for (const name of names) {
    // A class that another one contains cannot give a shorter cycle of a worse kind; all are looked at, worst first.
    if (tried.has(name)) continue;
    const steps = mergedCycle(shortestCycle(graph, components, cycleClass(name), 5_000_000).cycle);
    if (steps && (!best || steps.length < best.length)) best = steps;
    if (steps)
      for (const weaker of weakerClasses(name)) if (weaker !== name && steps.length <= 2) tried.add(weaker);
  }
  return best;
}

function mergedCycle(cycle: Parameters<typeof mergeRuns>[0] | undefined): Step[] | undefined {
  return cycle && mergeRuns(cycle);
}

function orderOf(level: Level): 'none' | 'session' | 'real-time' {
  if (level === 'linearizable') return 'real-time';
  if (level === 'sequential') return 'session';
  return orderLevels[level as TransactionLevel]?.order ?? 'none';
}

/** ((so ∪ wr) ; rw? ∪ ww)+ must not come back (Cerone, Gotsman and Yang, CONCUR 2017). States: the kind of the last edge. */
const prefixCycle: CycleClass = {
  states: 4,
  start: (label) => prefixState(0, label),
  next: (state, label) => prefixState(state, label),
  accepts: () => true,
  continues: (state, label) => state === 2 && (label & 7) === relation.so && isRun(relation.so),
};

/** 0 after ww (and before all), 1 after wr, 2 after so, 3 after rw. */
function prefixState(state: number, label: number): number {
  const kind = label & 7;
  if (kind === relation.rw) return state === 1 || state === 2 ? 3 : -1;
  return kind === relation.ww ? 0 : kind === relation.wr ? 1 : kind === relation.so ? 2 : -1;
}
