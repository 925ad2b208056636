/**
 * Where to look for the reason of a violation: what a level's own checker points at, and sets of transactions that may
 * be enough to show the violation, so that the rest of a long history need not be tried.
 */

import { type Budget, unlimited } from '../budget.ts';
import { causalConvergenceViolation, causalViolation } from '../causal/causal.ts';
import { type SaturationViolation, saturationViolation } from '../causal/saturate.ts';
import { eventual } from '../session/convergence.ts';
import { sessionViolation } from '../session/guarantees.ts';
import { lostUpdates } from '../transactions/anomalies.ts';
import { supportOf } from '../transactions/causal-path.ts';
import type { Violation } from '../transactions/find-cycle.ts';
import { forbiddenAnomalies, orderLevels } from '../transactions/levels.ts';
import { withListReaders } from '../transactions/list-versions.ts';
import type { History } from '../transactions/prepare.ts';
import type { Anomaly } from '../transactions/reads-from.ts';
import type { OrderLevel } from '../transactions/shapes.ts';
import { solve } from '../transactions/solve.ts';
import { weakViolation } from '../transactions/weak.ts';
import { OutOfWork, Work } from '../work.ts';
import { forbids } from './anomaly-levels.ts';
import { forbiddenCycle } from './forbidden-cycle.ts';
import { isSingleLevel, type Level } from './lattice.ts';

/** An anomaly that tells all without a cycle. */
export function directAnomaly(history: History, level: Level): Anomaly | undefined {
  if (level === 'eventual' || level === 'strong-eventual') return undefined;
  if (isSingleLevel(level)) return history.anomalies[0];
  const forbidden = forbiddenAnomalies(level);
  const found = history.anomalies.find((anomaly) => forbidden.includes(anomaly.type));
  if (found) return found;
  // A lost update tells more than the cycle it is.
  return forbids(level, 'lost-update') && orderLevels[level]?.shape !== 'serializable'
    ? lostUpdates(history)[0]
    : undefined;
}

/** The violation of a level that has a checker of its own for one. */
export function ownViolation(history: History, level: Level): Violation | undefined {
  switch (level) {
    case 'causal':
      return causalViolation(history);
    case 'causal-convergence':
      return causalConvergenceViolation(history);
    case 'causal-memory':
    case 'pram':
      return saturated(history, level)?.cycle;
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

export function saturated(history: History, level: Level): SaturationViolation | undefined {
  return level === 'causal-memory' || level === 'pram' ? saturationViolation(history, level) : undefined;
}

const solvedAs: Partial<Record<Level, OrderLevel>> = {
  ...orderLevels,
  sequential: { shape: 'serializable', order: 'session' },
  linearizable: { shape: 'serializable', order: 'real-time' },
};

const cycleBudget = 300_000;
const solveSteps = 50_000_000;

/** Sets of transactions of which one is likely to be enough; the most telling first. */
export function* seedsOf(
  history: History,
  level: Level,
  budget: Budget = unlimited,
): Generator<ReadonlySet<number>> {
  const direct = directAnomaly(history, level);
  if (direct) yield withListReaders(history, new Set(direct.transactions));
  if (level === 'eventual') {
    const found = eventual(history.transactions);
    if (found.verdict === 'violated') yield withWriters(history, found.operations);
  }
  const saturation = saturated(history, level);
  if (saturation) yield new Set(saturation.evidence());
  const own = ownViolation(history, level);
  if (own) yield supportOf(history, own().steps);
  const order = solvedAs[level];
  const known = forbiddenCycle(history, level, { versions: [], budget: cycleBudget });
  if (known) yield withListReaders(history, supportOf(history, known.steps));
  if (order) yield* evidenceOf(history, order, budget);
}

function* evidenceOf(history: History, order: OrderLevel, budget: Budget): Generator<ReadonlySet<number>> {
  try {
    const { evidence } = solve(history, order, new Work(solveSteps, budget));
    for (const transactions of evidence?.() ?? []) yield new Set(transactions);
  } catch (error) {
    if (!(error instanceof OutOfWork)) throw error;
  }
}

/** Two reads and the writes that they saw. */
function withWriters({ reads }: History, operations: readonly number[]): Set<number> {
  const writers = operations.map((op) => reads.source[op]!).filter((writer) => writer >= 0);
  return new Set([...operations.map((op) => reads.owner[op]!), ...writers]);
}
