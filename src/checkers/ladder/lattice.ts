/**
 * The consistency levels and what implies what. Each arrow holds for these checkers' definitions (the tests try it on
 * random histories), which is why some arrows of well-known pictures are missing:
 *  - Causal consistency and causal memory let sessions order concurrent writes differently, so they do not imply the
 *    session guarantees, which are about one order of writes; causal convergence does.
 *  - Adya's levels say nothing of sessions, so serializable and snapshot isolation do not imply read atomic or
 *    transactional causal consistency, which contain session order; their strong-session forms do.
 */
import { UsageError, unknownName } from '../../base/errors.ts';
import { type TransactionLevel, transactionLevels, type Verdict } from '../transactions/levels.ts';

export type { Verdict } from '../transactions/levels.ts';

export const singleLevels = [
  'linearizable',
  'sequential',
  'causal-memory',
  'causal-convergence',
  'causal',
  'pram',
  'read-your-writes',
  'monotonic-reads',
  'monotonic-writes',
  'writes-follow-reads',
  'eventual',
  'strong-eventual',
] as const;
export type SingleLevel = (typeof singleLevels)[number];
export type Level = SingleLevel | TransactionLevel;
export const levels: readonly Level[] = [...singleLevels, ...transactionLevels];

const arrows: Partial<Record<Level, readonly Level[]>> = {
  linearizable: ['sequential', 'eventual'],
  sequential: ['causal-memory', 'causal-convergence'],
  'causal-memory': ['causal', 'pram'],
  'causal-convergence': ['causal', 'read-your-writes', 'monotonic-reads'],
  causal: ['writes-follow-reads'],
  'writes-follow-reads': ['monotonic-writes'],
  pram: ['monotonic-writes'],
  'read-your-writes': ['monotonic-writes'],
  'monotonic-reads': ['monotonic-writes'],
  'strict-serializable': ['strong-session-serializable', 'strong-snapshot-isolation'],
  'strong-session-serializable': ['serializable', 'strong-session-snapshot-isolation'],
  'strong-snapshot-isolation': ['strong-session-snapshot-isolation'],
  'strong-session-snapshot-isolation': ['snapshot-isolation', 'parallel-snapshot-isolation', 'prefix'],
  serializable: ['repeatable-read', 'snapshot-isolation'],
  'repeatable-read': ['read-committed'],
  'snapshot-isolation': ['read-committed'],
  prefix: ['transactional-causal'],
  'parallel-snapshot-isolation': ['transactional-causal'],
  'transactional-causal': ['read-atomic'],
  'read-atomic': ['read-committed-be'],
  'read-committed-be': ['read-committed'],
  'read-committed': ['read-uncommitted'],
};

/** What a level implies directly. */
export function impliedDirectly(level: Level): readonly Level[] {
  return arrows[level] ?? [];
}

/** All that a level implies, itself included. */
export function impliedBy(level: Level): ReadonlySet<Level> {
  const found = new Set<Level>([level]);
  for (const each of found) for (const weaker of impliedDirectly(each)) found.add(weaker);
  return found;
}

export type Verdicts = ReadonlyMap<Level, Verdict>;

/** What follows from the verdicts: below what holds all holds, above what is violated all is violated. */
export function propagate(verdicts: Verdicts): Map<Level, Verdict> {
  const known = new Map(verdicts);
  for (const [level, verdict] of verdicts) {
    if (verdict === 'holds') for (const weaker of impliedBy(level)) settle(known, weaker, 'holds');
    if (verdict === 'violated') {
      for (const stronger of levels) if (impliedBy(stronger).has(level)) settle(known, stronger, 'violated');
    }
  }
  return known;
}

function settle(known: Map<Level, Verdict>, level: Level, verdict: Verdict): void {
  const other = known.get(level);
  if (other === undefined || other === 'unknown') known.set(level, verdict);
  else if (other !== verdict) throw new Error(`clew is wrong: ${level} is both ${other} and ${verdict}`);
}

/** The strongest levels that hold and the weakest that are violated. */
export function summarize(verdicts: Verdicts): { holds: Level[]; violated: Level[] } {
  const all = [...verdicts];
  const holds = all.filter(([, verdict]) => verdict === 'holds').map(([level]) => level);
  const violated = all.filter(([, verdict]) => verdict === 'violated').map(([level]) => level);
  return {
    holds: holds.filter((level) => !holds.some((other) => other !== level && impliedBy(other).has(level))),
    violated: violated.filter(
      (level) => !violated.some((other) => other !== level && impliedBy(level).has(other)),
    ),
  };
}

/** A level by its name; the names of others' for the same levels are understood. */
export function levelNamed(name: string): Level {
  const alias: Record<string, Level> = {
    'strong-serializable': 'strict-serializable',
    'PL-1': 'read-uncommitted',
    'PL-2': 'read-committed',
    'PL-2.99': 'repeatable-read',
    'PL-3': 'serializable',
    'PL-SI': 'snapshot-isolation',
  };
  const found = alias[name] ?? levels.find((level) => level === name);
  if (!found) throw unknownName('consistency level', name, levels);
  return found;
}

export function isSingleLevel(level: Level): level is SingleLevel {
  return (singleLevels as readonly string[]).includes(level);
}

/** Keeps a level to histories it can judge. */
export function requireSingle(level: Level, transactional: boolean): void {
  if (transactional && isSingleLevel(level)) {
    throw new UsageError(
      `${level} judges single reads and writes, and this history has transactions; expected one of: ${transactionLevels.join(', ')}`,
    );
  }
}
