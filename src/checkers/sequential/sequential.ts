/**
 * Sequential consistency (Lamport 1979) of single reads and writes: one order of all operations that respects each
 * session and in which every read sees the last write. NP-complete. First a guess and what must hold for it and is
 * cheap (causal convergence and causal memory); then a search over frontiers, which ends at once on most histories; then
 * the general search over orders of versions.
 */
import { saturationViolation } from '../causal/saturate.ts';
import type { History } from '../transactions/prepare.ts';
import { solve, solveQuickly } from '../transactions/solve.ts';
import type { Work } from '../work.ts';
import { searchFrontiers } from './frontier.ts';

/** Frontiers to look at before the general search gets its turn. */
const frontierSteps = 200_000;
const generalSteps = 20_000_000;

const level = { shape: 'serializable', order: 'session' } as const;

export function sequential(history: History, work: Work): 'holds' | 'violated' | 'unknown' {
  const first = solveQuickly(history, level, work);
  if (first !== 'unknown') return first;
  if (saturationViolation(history, 'causal-memory', work)) return 'violated';
  // The frontiers know nothing of orders that are stated.
  if (history.assumed.length > 0) return solve(history, level, work).verdict;
  const steps = Math.max(frontierSteps, history.transactions.count * 4);
  const quick = searchFrontiers(history, work.share(steps));
  if (quick !== 'unknown') return quick;
  const general = solve(history, level, work.share(generalSteps)).verdict;
  return general === 'unknown' ? searchFrontiers(history, work) : general;
}
