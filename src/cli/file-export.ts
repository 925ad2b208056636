/** What a file of the user's exports, such as a spec or a strategy. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { UsageError } from '../base/errors.ts';

/** Whether an option's value means a file rather than a name. */
export function isFile(name: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(name);
}

/** The one export that `is` what is wanted; `wanted` says so in words. */
export async function loadExport<T>(
  name: string,
  wanted: string,
  is: (value: unknown) => value is T,
): Promise<T> {
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
    is,
  );
  if (found.length === 1) return found[0]!;
  const exported = Object.keys(module).join(', ') || 'nothing';
  throw new UsageError(
    `${name}: expected one export ${wanted}, found ${found.length} (it exports ${exported})`,
  );
}
