/** The weakest levels that each anomaly rules out; those above them go with them. */
import { type CycleName, splitName } from '../transactions/cycle-classes.ts';
import type { TransactionLevel } from '../transactions/levels.ts';
import type { AnomalyType } from '../transactions/reads-from.ts';
import { impliedBy, levels } from './lattice.ts';

const direct: Record<AnomalyType, readonly TransactionLevel[]> = {
  'thin-air-read': ['read-uncommitted'],
  'duplicate-elements': ['read-uncommitted'],
  'cyclic-versions': ['read-uncommitted'],
  G1a: ['read-committed'],
  G1b: ['read-committed'],
  'future-read': ['read-committed'],
  'incompatible-order': ['read-committed'],
  'dirty-update': ['read-committed'],
  internal: ['read-committed-be', 'repeatable-read', 'snapshot-isolation'],
  'non-repeatable-read': ['read-atomic', 'repeatable-read', 'snapshot-isolation'],
  'lost-update': ['parallel-snapshot-isolation', 'repeatable-read', 'snapshot-isolation'],
};

const cycles: Record<string, readonly TransactionLevel[]> = {
  G0: ['read-uncommitted'],
  G1c: ['read-committed'],
  'G-single-item': ['parallel-snapshot-isolation', 'repeatable-read', 'snapshot-isolation'],
  'G-nonadjacent-item': ['repeatable-read', 'snapshot-isolation'],
  'G2-item': ['repeatable-read'],
  'G0-process': ['read-committed-be'],
  'G1c-process': ['read-committed-be'],
  'G-single-item-process': ['parallel-snapshot-isolation'],
  'G-nonadjacent-item-process': ['strong-session-snapshot-isolation'],
  'G2-item-process': ['strong-session-serializable'],
};

export function ruledOutBy(anomaly: AnomalyType | CycleName): readonly TransactionLevel[] {
  if (anomaly in direct) return direct[anomaly as AnomalyType];
  const [base, variant] = splitName(anomaly as CycleName);
  if (variant === '-realtime')
    return [base === 'G2-item' ? 'strict-serializable' : 'strong-snapshot-isolation'];
  return cycles[anomaly]!;
}

/** Whether a level forbids an anomaly. */
export function forbids(level: TransactionLevel, anomaly: AnomalyType | CycleName): boolean {
  const implied = impliedBy(level);
  return ruledOutBy(anomaly).some((weakest) => implied.has(weakest));
}

/** All levels an anomaly rules out. */
export function allRuledOutBy(anomaly: AnomalyType | CycleName): TransactionLevel[] {
  return levels.filter((level) => forbids(level as TransactionLevel, anomaly)) as TransactionLevel[];
}
