/**
 * Schedules as they were found, before they were shrunk, kept on this machine so that the page can show both. They are
 * a convenience beside the saved counterexample, which stands alone: a cache that may be deleted at any time.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../base/json.ts';
import type { Schedule } from '../schedule/schedule.ts';
import { type Counterexample, formatCounterexample, readCounterexample } from './counterexample.ts';

const cache = join('node_modules', '.cache', 'clew', 'originals');

const fileOf = ({ model, mutant, schedule }: Counterexample): string => {
  const identity = canonicalJson([model, mutant, schedule]);
  return join(cache, `${createHash('sha256').update(identity).digest('hex').slice(0, 16)}.json`);
};

/** Keeps what a counterexample was shrunk from. Without a place for caches it is forgotten, silently. */
export function rememberOriginal(counterexample: Counterexample, original: Schedule): void {
  if (!existsSync('node_modules')) return;
  try {
    mkdirSync(cache, { recursive: true });
    writeFileSync(fileOf(counterexample), formatCounterexample({ ...counterexample, schedule: original }));
  } catch {
    // A read-only checkout still fuzzes.
  }
}

export function originalOf(counterexample: Counterexample): Schedule | undefined {
  const file = fileOf(counterexample);
  if (!existsSync(file) || readFileSync(file, 'utf8') === '') return undefined;
  return readCounterexample(file).schedule;
}
