/**
 * The verdict of one transactional level. Adya's levels (read-uncommitted, read-committed, repeatable-read,
 * snapshot-isolation, serializable) say nothing of sessions; the strong-session and strict forms add session order
 * and real time. The levels of Biswas and Enea and of Cerone et al. (read-committed-be, read-atomic,
 * transactional-causal, prefix, parallel-snapshot-isolation) contain session order.
 */

import { buildGraph, EdgeList, isAcyclic } from '../../base/graph.ts';
import { Work } from '../work.ts';
import type { History } from './prepare.ts';
import type { AnomalyType } from './reads-from.ts';
import { addReadsFrom, labelOf, relation } from './relations.ts';
import type { OrderLevel } from './shapes.ts';
import { solve } from './solve.ts';
import { weakViolation } from './weak.ts';

export type Verdict = 'holds' | 'violated' | 'unknown';

export const transactionLevels = [
  'read-uncommitted',
  'read-committed',
  'read-committed-be',
  'read-atomic',
  'transactional-causal',
  'prefix',
  'parallel-snapshot-isolation',
  'snapshot-isolation',
  'repeatable-read',
  'serializable',
  'strong-session-snapshot-isolation',
  'strong-session-serializable',
  'strong-snapshot-isolation',
  'strict-serializable',
] as const;
export type TransactionLevel = (typeof transactionLevels)[number];

/** The levels that are one order of events: see `shapes.ts`. */
export const orderLevels: Partial<Record<TransactionLevel, OrderLevel>> = {
  prefix: { shape: 'prefix', order: 'session' },
  'parallel-snapshot-isolation': { shape: 'parallel-snapshot', order: 'session' },
  'snapshot-isolation': { shape: 'snapshot', order: 'none' },
  'repeatable-read': { shape: 'serializable', order: 'none' },
  serializable: { shape: 'serializable', order: 'none' },
  'strong-session-snapshot-isolation': { shape: 'snapshot', order: 'session' },
  'strong-session-serializable': { shape: 'serializable', order: 'session' },
  'strong-snapshot-isolation': { shape: 'snapshot', order: 'real-time' },
  'strict-serializable': { shape: 'serializable', order: 'real-time' },
};

/** Anomalies no level allows: a value from nowhere, and versions that have no order. */
const always: readonly AnomalyType[] = ['thin-air-read', 'duplicate-elements', 'cyclic-versions'];
/** Adya's G1, and what implies it: nothing above read-uncommitted allows them. */
const committed: readonly AnomalyType[] = [
  ...always,
  'G1a',
  'G1b',
  'future-read',
  'incompatible-order',
  'dirty-update',
];
/** Where transactions see themselves. */
const internal: readonly AnomalyType[] = [...committed, 'internal'];
const repeatable: readonly AnomalyType[] = [...internal, 'non-repeatable-read'];

/** Anomalies without a cycle that each level forbids. */
export function forbiddenAnomalies(level: TransactionLevel): readonly AnomalyType[] {
  switch (level) {
    case 'read-uncommitted':
      return always;
    case 'read-committed':
      return committed;
    case 'read-committed-be':
      return internal;
    default:
      return repeatable;
  }
}

/** Whether a history whose reads have been resolved satisfies a level. */
export function judge(history: History, level: TransactionLevel, work = new Work(20_000_000)): Verdict {
  const forbidden = forbiddenAnomalies(level);
  if (history.anomalies.some((anomaly) => forbidden.includes(anomaly.type))) return 'violated';
  switch (level) {
    case 'read-uncommitted':
      return isAcyclic(versionGraph(history, false)) ? 'holds' : 'violated';
    case 'read-committed':
      return isAcyclic(versionGraph(history, true)) ? 'holds' : 'violated';
    case 'read-committed-be':
    case 'read-atomic':
    case 'transactional-causal':
      return weakViolation(history, level, work) ? 'violated' : 'holds';
    default:
      return solve(history, orderLevels[level]!, work).verdict;
  }
}

/** Known version orders, with or without reads-from: versions of unknown order can follow any order of the rest. */
function versionGraph(history: History, withReads: boolean): ReturnType<typeof buildGraph> {
  const edges = new EdgeList();
  history.eachKnownOrder((from, to, operation) => edges.add(from, to, labelOf(relation.ww, operation)));
  if (withReads) addReadsFrom(edges, history.reads);
  return buildGraph(history.transactions.count, edges);
}
