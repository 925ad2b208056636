/** A spec by its name, or out of a file of the user's. */
import { UsageError } from '../base/errors.ts';
import type { AnySpec } from '../spec/spec.ts';
import { specs } from '../spec/specs.ts';
import { isFile, loadExport } from './file-export.ts';

export async function loadSpec(name: string): Promise<AnySpec> {
  if (isFile(name)) return loadExport(name, 'made by spec()', isSpec);
  const found = specs.get(name);
  if (found) return found;
  throw new UsageError(
    `unknown spec '${name}'; expected a file such as ./my-spec.ts, or one of: ${[...specs.keys()].join(', ')}`,
  );
}

function isSpec(value: unknown): value is AnySpec {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'spec';
}
