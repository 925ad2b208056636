/** What changed between two states: only the paths that did, found by json-diff, as data and as text. */
import { diff } from 'json-diff';
import { paint } from './paint.ts';
import { shown } from './words.ts';

/** `before` or `after` is missing where the path was added or removed. */
export interface Change {
  /** `disk.votedFor`, `disk.log[2].term`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The changed paths, in the order of the states' own keys. */
export function changesBetween(before: unknown, after: unknown, path = ''): Change[] {
  // Two scalars are not compared inside, and json-diff gives undefined for what is equal.
  return fromDiff(diff(before, after) as unknown, path);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const joined = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function fromDiff(difference: unknown, path: string): Change[] {
  if (Array.isArray(difference)) return fromArray(difference, path);
  if (!isObject(difference)) return [];
  if ('__old' in difference || '__new' in difference) {
    return [{ path, before: difference['__old'], after: difference['__new'] }];
  }
  return Object.entries(difference).flatMap(([key, value]): Change[] => {
    if (key.endsWith('__added'))
      return [{ path: joined(path, key.slice(0, -'__added'.length)), after: value }];
    if (key.endsWith('__deleted'))
      return [{ path: joined(path, key.slice(0, -'__deleted'.length)), before: value }];
    return fromDiff(value, joined(path, key));
  });
}

/** json-diff marks the items of arrays: ' ' the same, '~' changed within, '+' added, '-' removed. */
function fromArray(items: readonly unknown[], path: string): Change[] {
  const changes: Change[] = [];
  let index = 0;
  for (const item of items) {
    const [mark, value] = item as [string, unknown];
    const at = `${path}[${index}]`;
    if (mark !== '-') index++;
    const before = changes.at(-1);
    // What is removed and added at one place was replaced.
    if (mark === '+' && before?.path === at && !('after' in before))
      changes[changes.length - 1] = { ...before, after: value };
    else if (mark === '+') changes.push({ path: at, after: value });
    else if (mark === '-') changes.push({ path: at, before: value });
    else if (mark === '~') changes.push(...fromDiff(value, at));
  }
  return changes;
}

/** `votedFor null → n3`, `log[2] + {term 1}`, `votes[0] − n1`. */
export function changeInWords(change: Change, most = 40): string {
  // What is not on disk is in memory; only the disk is worth a word.
  return differenceInWords({ ...change, path: change.path.replace(/^memory\./, '') }, most);
}

/** The same of any state. */
export function differenceInWords(change: Change, most = 40): string {
  const { before, after } = change;
  const path = change.path || 'state';
  if (!('before' in change)) return `${path} ${paint('green', `+ ${shown(after, most)}`)}`;
  if (!('after' in change)) return `${path} ${paint('red', `− ${shown(before, most)}`)}`;
  return `${path} ${paint('red', shown(before, most))} → ${paint('green', shown(after, most))}`;
}
