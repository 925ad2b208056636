/**
 * The folder of recorded histories that lies beside the checkout, when it is there; `CLEW_SHARED_DATA` names another.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder =
  process.env['CLEW_SHARED_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** The folder, or undefined after saying what is skipped for want of it. */
export function sharedData(what: string): string | undefined {
  if (existsSync(folder)) return folder;
  console.log(`Skipped: ${what}, because there is no folder ${folder} (CLEW_SHARED_DATA names another).`);
  return undefined;
}
