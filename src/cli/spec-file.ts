/** A spec by its name, or out of a file of the user's. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { UsageError } from '../base/errors.ts';
import type { AnySpec } from '../spec/spec.ts';
import { specs } from '../spec/specs.ts';

/** Whether `--spec` means a file rather than a name. */
export function isSpecFile(name: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(name);
}

export async function loadSpec(name: string): Promise<AnySpec> {
  if (!isSpecFile(name)) {
    const found = specs.get(name);
    if (found) return found;
    throw new UsageError(
      `unknown spec '${name}'; expected a file such as ./my-spec.ts, or one of: ${[...specs.keys()].join(', ')}`,
    );
  }
  const path = resolve(name);
  if (!existsSync(path)) throw new UsageError(`${name}: no such file`);
  let module: Record<string, unknown>;
  try {
    // In a namespace of its own, so that it loads whatever kind of module its package is.
    module = (await tsImport(pathToFileURL(path).href, import.meta.url)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${name}: cannot be loaded: ${(error as Error).message}`);
  }
  const found = [...new Set([...Object.values(module), ...Object.values(module['default'] ?? {})])].filter(
    isSpec,
  );
  if (found.length === 1) return found[0]!;
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw new UsageError(
    `${name}: expected one export made by spec(), found ${found.length} (it exports ${exported})`,
  );
}

function isSpec(value: unknown): value is AnySpec {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'spec';
}
