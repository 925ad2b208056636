/**
 * The consistency ladder as history properties: what clients saw, by their spec's reads and writes or transactions,
 * must satisfy a level. A client that gave up goes on as a new process, so its session ends there.
 */
import { UsageError } from '../base/errors.ts';
import type { Budget } from '../checkers/budget.ts';
import { explainViolation } from '../checkers/ladder/explain.ts';
import { explainInWords } from '../checkers/ladder/in-words.ts';
import { initialValue } from '../checkers/ladder/initial-value.ts';
import { checkLevel } from '../checkers/ladder/ladder.ts';
import { isSingleLevel, type Level, levelNamed } from '../checkers/ladder/lattice.ts';
import type { History } from '../history/history.ts';
import { deliveredReads, transactionsFromEvents } from '../history/transactions-from-events.ts';
import type { AnySpec } from '../spec/spec.ts';
import { linearizable } from './linearizable.ts';
import type { HistoryProperty, HistoryVerdict } from './property.ts';

export interface ConsistencyOptions {
  /** Steps that a search may take before the verdict is unknown; default 50 million. */
  readonly steps?: number;
  readonly budget?: Budget;
}

/**
 * The history satisfies the level: `consistent('causal-memory', kv)`, `consistent('snapshot-isolation', transactionalRegisters)`.
 * Throws `UsageError` when the level does not exist or cannot judge the spec's functions.
 */
export function consistent(level: Level, spec: AnySpec, options: ConsistencyOptions = {}): HistoryProperty {
  const known = levelNamed(level);
  // Linearizability has a checker of its own, which knows all specs.
  if (known === 'linearizable') return linearizable(spec);
  requireFunctions(known, spec);
  return {
    kind: 'history',
    name: `${known} ${spec.name}`,
    consistency: { level: known, spec },
    judge(history) {
      const verdict = judgeConsistency(history, { level: known, spec, options });
      // A run that never comes to rest, or whose clients then read nothing, contradicts no convergence.
      return known === 'eventual' && verdict.valid === 'unknown' ? { valid: true } : verdict;
    },
  };
}

/** No effect precedes its cause (CC of Bouajjani and others 2017). */
export const causal = (spec: AnySpec): HistoryProperty => consistent('causal', spec);
/** Causal, and each session sees one order of all writes that its own reads fit (CM; Ahamad and others 1995). */
export const causalMemory = (spec: AnySpec): HistoryProperty => consistent('causal-memory', spec);
/** Causal, and all sessions agree on the order of concurrent writes (CCv). */
export const causalConvergence = (spec: AnySpec): HistoryProperty => consistent('causal-convergence', spec);
/** One order of all operations that every session's own order fits (Lamport 1979). */
export const sequential = (spec: AnySpec): HistoryProperty => consistent('sequential', spec);
/** Transactions read from a snapshot, and of two that overlap and write one key, one commits. */
export const snapshotIsolation = (spec: AnySpec): HistoryProperty => consistent('snapshot-isolation', spec);
/** One order of all transactions explains what each read. */
export const serializable = (spec: AnySpec): HistoryProperty => consistent('serializable', spec);

export interface Consistency {
  readonly level: Level;
  readonly spec: AnySpec;
  readonly options?: ConsistencyOptions;
}

/** Judges one history by a level other than linearizable. Unknown also where the history says nothing of the level. */
export function judgeConsistency(
  history: History,
  { level, spec, options = {} }: Consistency,
): HistoryVerdict {
  const transactions = transactionsFromEvents(history, { initial: initialValue(spec) });
  const ladder = level === 'strong-eventual' ? { ...options, delivered: deliveredReads(history) } : options;
  const { verdict, reason } = checkLevel(transactions, level, ladder);
  if (verdict === 'holds') return { valid: true };
  if (verdict === 'unknown') {
    return { valid: 'unknown', reason: reason ?? 'the budget ran out' };
  }
  return { valid: false, explanation: explainInWords(explainViolation(transactions, level, ladder)) };
}

const singleFunctions = ['read', 'get', 'write', 'put', 'append', 'read-all'];

/** Refuses a spec that the level can judge no function of. */
export function requireFunctions(level: Level, spec: AnySpec): void {
  const functions = Object.keys(spec.ops);
  const judged = isSingleLevel(level) ? singleFunctions : ['txn', ...singleFunctions];
  if (functions.some((f) => judged.includes(f))) return;
  throw new UsageError(
    `${level} judges ${judged.join(', ')}, and ${spec.name} has only ${functions.join(', ')}; expected ${isSingleLevel(level) ? 'a spec of reads and writes, such as kv' : 'a spec of transactions'}`,
  );
}
