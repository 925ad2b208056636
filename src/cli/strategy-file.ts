/** A strategy by its name, or out of a file of the user's. */
import { UsageError } from '../base/errors.ts';
import { strategies } from '../schedule/strategies/all.ts';
import type { Strategy } from '../schedule/strategies/strategy.ts';
import { isFile, loadExport } from './file-export.ts';

export async function loadStrategy(name: string): Promise<Strategy> {
  if (isFile(name)) return loadExport(name, 'with a name and make(faults)', isStrategy);
  const found = strategies.find((strategy) => strategy.name === name);
  if (found) return found;
  const known = strategies.map((strategy) => strategy.name).join(', ');
  throw new UsageError(
    `unknown strategy '${name}'; expected a file such as ./my-strategy.ts, or one of: ${known}`,
  );
}

function isStrategy(value: unknown): value is Strategy {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('make' in value)) return false;
  return typeof value.name === 'string' && typeof value.make === 'function';
}
