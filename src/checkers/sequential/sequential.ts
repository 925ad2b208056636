/**
 * Sequential consistency (Lamport 1979) of single reads and writes: one order of all operations that respects each
 * session and in which every read sees the last write. NP-complete. First a guess, then what must hold for it and is cheap (causal
 * convergence and causal memory, by saturation); then a search over frontiers, which ends at once on most histories;
 * then the general search over orders of versions.
 */

import { causalConvergenceViolation } from '../causal/causal.ts';
import { saturationViolation } from '../causal/saturate.ts';
import { guessHolds } from '../transactions/guess.ts';
import { buildPolygraph } from '../transactions/polygraph.ts';
import type { History } from '../transactions/prepare.ts';
import { solve } from '../transactions/solve.ts';
import { Work } from '../work.ts';
import { searchFrontiers } from './frontier.ts';

/** Frontiers to look at before the general search gets its turn. */
const frontierSteps = 200_000;

export function sequential(history: History, work: Work): 'holds' | 'violated' | 'unknown' {
  if (guessHolds(history, { shape: 'serializable', order: 'session' })) return 'holds';
  if (causalConvergenceViolation(history) || saturationViolation(history, 'causal-memory')) return 'violated';
  const quick = searchFrontiers(history, new Work(Math.max(frontierSteps, history.transactions.count * 4)));
  if (quick !== 'unknown') return quick;
  const general = solve(buildPolygraph(history, { shape: 'serializable', order: 'session' }), work);
  return general === 'unknown' ? searchFrontiers(history, work) : general;
}
