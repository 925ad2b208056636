/**
 * How strong is a history? Each level judged by its own checker, cheap ones first; what one verdict implies for
 * others is taken from the lattice, so that costly searches run only where nothing else decides. A level no checker
 * applies to stays unknown, with the reason: it never counts as held.
 */

import type { Transactions } from '../../history/transactions.ts';
import type { Budget } from '../budget.ts';
import { causalConvergenceViolation, causalViolation } from '../causal/causal.ts';
import { saturationViolation } from '../causal/saturate.ts';
import { sequential } from '../sequential/sequential.ts';
import { type DeliveredRead, eventual, strongEventual } from '../session/convergence.ts';
import { sessionViolation } from '../session/guarantees.ts';
import { judge, orderLevels, type TransactionLevel, transactionLevels } from '../transactions/levels.ts';
import { type History, type PrepareOptions, prepare } from '../transactions/prepare.ts';
import { solveQuickly } from '../transactions/solve.ts';
import { OutOfWork, Work } from '../work.ts';
import { type Judgement, overChoices } from './choices.ts';
import {
  isSingleLevel,
  type Level,
  levels,
  propagate,
  type SingleLevel,
  singleLevels,
  summarize,
  type Verdict,
} from './lattice.ts';

export interface LadderOptions extends PrepareOptions {
  readonly budget?: Budget;
  /** Steps each search may take. */
  readonly steps?: number;
  /** The linearizability checker's verdict, when it is better placed to judge (other specs, larger histories). */
  readonly linearizable?: () => Verdict;
  /** Reads that carry what had been delivered to them, for strong-eventual. */
  readonly delivered?: readonly DeliveredRead[];
}

export interface LadderResult {
  readonly levels: ReadonlyMap<Level, Verdict>;
  /** Why a level is unknown. */
  readonly reasons: ReadonlyMap<Level, string>;
  /** The strongest levels that hold, and the weakest that are violated. */
  readonly holds: readonly Level[];
  readonly violated: readonly Level[];
}

const defaultSteps = 50_000_000;

/** Whether every transaction is one read or write of a register, so that the non-transactional levels can judge. */
function hasOneOperationEach(transactions: Transactions): boolean {
  if (transactions.hasLists) return false;
  for (let t = 0; t < transactions.count; t++)
    if (transactions.first[t + 1]! - transactions.first[t]! !== 1) return false;
  return true;
}

export function checkLevel(transactions: Transactions, level: Level, options: LadderOptions = {}): Judgement {
  return judgeLevel(prepare(transactions, options), level, options);
}

/** Cheap and decisive ones first: a weak level that fails spares the searches above it. */
const cheapFirst: readonly Level[] = [
  'monotonic-writes',
  'writes-follow-reads',
  'read-your-writes',
  'monotonic-reads',
  'causal',
  'causal-convergence',
  'pram',
  'causal-memory',
  'eventual',
  'strong-eventual',
  'read-uncommitted',
  'read-committed',
  'read-committed-be',
  'read-atomic',
  'transactional-causal',
  // From the top: what holds there settles all below.
  'linearizable',
  'sequential',
  'strict-serializable',
  'strong-session-serializable',
  'serializable',
  'strong-snapshot-isolation',
  'strong-session-snapshot-isolation',
  'prefix',
  'parallel-snapshot-isolation',
  'snapshot-isolation',
  'repeatable-read',
];

export function checkLadder(transactions: Transactions, options: LadderOptions = {}): LadderResult {
  const history = prepare(transactions, options);
  const { single } = transactions;
  let verdicts = lookFromTheTop(history, options);
  const reasons = new Map<Level, string>();
  for (const level of cheapFirst) {
    if (isSingleLevel(level) !== single) {
      reasons.set(level, notApplicable(level));
      continue;
    }
    if (verdicts.has(level)) continue;
    const { verdict, reason } = judgeLevel(history, level, options);
    verdicts.set(level, verdict);
    if (reason !== undefined) reasons.set(level, reason);
    if (verdict !== 'unknown') verdicts = propagate(verdicts);
  }
  const all = new Map(levels.map((level) => [level, verdicts.get(level) ?? 'unknown']));
  for (const [level, verdict] of all) if (verdict !== 'unknown') reasons.delete(level);
  return { levels: all, reasons, ...summarize(all) };
}

/** Levels that a look often decides without any search, strongest first: what holds there settles all below. */
const guessable: readonly TransactionLevel[] = [
  'strict-serializable',
  'strong-session-serializable',
  'serializable',
  'strong-session-snapshot-isolation',
  'prefix',
  'parallel-snapshot-isolation',
  'snapshot-isolation',
];

function lookFromTheTop(history: History, options: LadderOptions): Map<Level, Verdict> {
  const { single, timed, hasLists } = history.transactions;
  const { ambiguities, writers } = history.reads;
  if (history.anomalies.length > 0 || (hasLists && writers.size > 0)) return new Map();
  const verdicts = new Map<Level, Verdict>();
  for (const level of guessable) {
    const name: Level | undefined = !single
      ? level
      : level === 'strict-serializable' && !options.linearizable
        ? 'linearizable'
        : level === 'strong-session-serializable'
          ? 'sequential'
          : undefined;
    if (!name || (needsTime(level) && !timed)) continue;
    const { verdict } = within(options, (work) => ({
      verdict: solveQuickly(history, orderLevels[level]!, work),
    }));
    // Where several may have written what was read, one choice that fails is not all of them.
    if (verdict === 'unknown' || (verdict === 'violated' && ambiguities.length > 0)) continue;
    verdicts.set(name, verdict);
    if (verdict === 'holds') break;
  }
  return propagate(verdicts);
}

/** The levels that can apply to a history. */
export function applicableLevels(transactions: Transactions): readonly Level[] {
  return transactions.single ? singleLevels : transactionLevels;
}

function notApplicable(level: Level): string {
  return isSingleLevel(level)
    ? `${level} judges single reads and writes, and this history has transactions`
    : `${level} judges transactions, and this history has single reads and writes`;
}

function judgeLevel(history: History, level: Level, options: LadderOptions): Judgement {
  return within(options, (work) => {
    if (isSingleLevel(level)) return judgeSingle(history, level, { ...options, work });
    if (needsTime(level) && !history.transactions.timed) return untimed(history, level, work);
    return overChoices(history, (chosen) => judge(chosen, level, work), work);
  });
}

/** Unknown, when the budget runs out. */
function within({ steps, budget }: LadderOptions, judge: (work: Work) => Judgement): Judgement {
  try {
    return judge(new Work(steps ?? defaultSteps, budget));
  } catch (error) {
    if (!(error instanceof OutOfWork)) throw error;
    return { verdict: 'unknown', reason: error.message };
  }
}

function needsTime(level: TransactionLevel): boolean {
  return level === 'strict-serializable' || level === 'strong-snapshot-isolation';
}

/** Without times only what already fails without them is known to fail. */
function untimed(history: History, level: TransactionLevel, work: Work): Judgement {
  const weaker =
    level === 'strict-serializable' ? 'strong-session-serializable' : 'strong-session-snapshot-isolation';
  const { verdict } = overChoices(history, (chosen) => judge(chosen, weaker, work), work);
  return verdict === 'violated'
    ? { verdict }
    : { verdict: 'unknown', reason: 'the history says nothing about real time' };
}

function judgeSingle(
  history: History,
  level: SingleLevel,
  options: LadderOptions & { work: Work },
): Judgement {
  const { work } = options;
  const found = (violation: unknown): Verdict => (violation ? 'violated' : 'holds');
  if (level === 'linearizable' && options.linearizable) {
    const verdict = options.linearizable();
    // That checker looks at values alone, and the history states orders of versions.
    if (verdict !== 'holds' || !history.transactions.versionNumber) return { verdict };
  }
  if (!hasOneOperationEach(history.transactions)) return { verdict: 'unknown', reason: notApplicable(level) };
  if (level === 'strong-eventual') return strongEventual(options.delivered ?? []);
  if (level === 'eventual') return eventual(history.transactions);
  if (history.anomalies.length > 0) return { verdict: 'violated' };
  if (level === 'linearizable' && !history.transactions.timed) {
    const { verdict } = overChoices(history, (chosen) => sequential(chosen, work), work);
    return verdict === 'violated'
      ? { verdict }
      : { verdict: 'unknown', reason: 'the history says nothing about real time' };
  }
  return overChoices(
    history,
    (chosen) => {
      switch (level) {
        case 'linearizable':
          return judge(chosen, 'strict-serializable', work);
        case 'sequential':
          return sequential(chosen, work);
        case 'causal':
          return found(causalViolation(chosen, work));
        case 'causal-convergence':
          return found(causalConvergenceViolation(chosen, work));
        case 'causal-memory':
        case 'pram':
          return found(saturationViolation(chosen, level, work));
        default:
          return found(sessionViolation(chosen, level, work));
      }
    },
    work,
  );
}
