/**
 * Why a history violates a level, on a part of it that cannot be made smaller: an anomaly that needs no cycle, or the
 * shortest cycle of what must precede what. Where the order of two versions is not shown but forced, because the
 * other order would close a cycle too, that cycle is its justification.
 */
import { micro, type Transactions } from '../../history/transactions.ts';
import { type Budget, LimitedBudget, unlimited } from '../budget.ts';
import { eventual } from '../session/convergence.ts';
import type { Cycle } from '../transactions/find-cycle.ts';
import { type History, prepare } from '../transactions/prepare.ts';
import type { Anomaly } from '../transactions/reads-from.ts';
import type { Step } from '../transactions/relations.ts';
import type { VersionPair } from '../transactions/version-pair.ts';
import { directAnomaly, ownViolation, saturated, seedsOf } from './evidence.ts';
import { forbiddenCycle } from './forbidden-cycle.ts';
import { checkLevel, type LadderOptions } from './ladder.ts';
import type { Level } from './lattice.ts';
import { reduce } from './reduce.ts';

/** Explaining may take so long after the check. */
const explainMs = 10_000;
/** Where more transactions are left, the orders of their versions are too many for an argument. */
const argumentLimit = 40;

/** An order of two versions that the history does not show, with the cycle that the other order would close. */
export interface Forced {
  readonly pair: VersionPair;
  readonly because: readonly Step[];
}

export type Contradiction =
  | { readonly kind: 'anomaly'; readonly anomaly: Anomaly }
  | {
      readonly kind: 'cycle';
      readonly steps: readonly Step[];
      /** False when the search ended at its budget: there may be a shorter one. */
      readonly shortest: boolean;
      /** The process whose reads no order explains. */
      readonly process?: number;
    }
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
  const budget = explaining(options.budget ?? unlimited);
  const violates = (part: Transactions): boolean =>
    checkLevel(part, level, { ...own, budget, steps: 200_000 }).verdict === 'violated';
  const seeds = seedsOf(prepare(transactions, options), level, budget);
  const reduced = reduce(transactions, { violates, seeds, budget });
  const history = prepare(reduced.transactions, options);
  return { level, history, original: reduced.original, ...argue(history, level) };
}

/** Some seconds, whether or not the time of the check has run out by now; less when it does while explaining. */
function explaining(outer: Budget): Budget {
  const own = new LimitedBudget({ timeMs: explainMs });
  const before = outer.exhausted();
  return {
    exhausted: () => {
      const now = outer.exhausted();
      return own.exhausted() ?? (now === before ? undefined : now);
    },
  };
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
  const process = saturated(history, level)?.chain;
  const own = ownViolation(history, level);
  if (own) return { forced: [], contradiction: cycleOf(own(), process) };
  return argueOrders(history, level);
}

function cycleOf({ steps, shortest }: Cycle, process?: number): Contradiction {
  return { kind: 'cycle', steps, shortest, ...(process === undefined ? {} : { process }) };
}

/** Forces the orders of versions one by one until they contradict each other. */
function argueOrders(history: History, level: Level): { forced: Forced[]; contradiction: Contradiction } {
  const forced: Forced[] = [];
  const small = history.transactions.count <= argumentLimit;
  const open = small ? versionPairs(history) : [];
  const cycleWith = (versions: readonly VersionPair[]): Cycle | undefined =>
    forbiddenCycle(history, level, { versions });
  for (let changed = true; changed; ) {
    const orders = forced.map(({ pair }) => pair);
    const cycle = cycleWith(orders);
    if (cycle) return { forced: used(forced, history, cycle.steps), contradiction: cycleOf(cycle) };
    changed = false;
    for (let i = 0; i < open.length; i++) {
      const pair = open[i]!;
      const reverse = { before: pair.after, after: pair.before };
      const one = cycleWith([...orders, pair])?.steps;
      const other = cycleWith([...orders, reverse])?.steps;
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
