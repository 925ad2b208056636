/** Where the recorded histories are: a folder beside the checkout, which not everyone has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['CLEW_SHARED_DATA'] ?? join(import.meta.dirname, '..', '..', 'shared', 'data');

/** The path of recorded data, or undefined after saying that tests are skipped because it is not there. */
export function sharedData(...parts: string[]): string | undefined {
  const path = join(folder, ...parts);
  if (existsSync(path)) return path;
  console.warn(
    `Skipped: the recorded histories in ${parts.join('/')} are not here (looked in ${folder}; CLEW_SHARED_DATA names another folder).`,
  );
  return undefined;
}
