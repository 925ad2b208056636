/** Values of command-line options, checked: each error names the option, what was given and what was expected. */
import { UsageError } from '../base/errors.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** '500ms', '20s', '2m', '1h' in milliseconds. */
export function parseDuration(option: string, value: unknown): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(value)) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(
      `--${option} ${String(value)}; expected a time with its unit, such as 500ms, 20s or 2m`,
    );
  }
  return Number(amount) * (units[unit] as number);
}

const bytes: Readonly<Record<string, number>> = { MB: 2 ** 20, GB: 2 ** 30 };

/** '500MB', '2GB' in bytes. */
export function parseSize(option: string, value: unknown): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(String(value)) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new UsageError(`--${option} ${String(value)}; expected a size with its unit, such as 500MB or 2GB`);
  }
  return Number(amount) * (bytes[unit] as number);
}

export function parseInteger(
  option: string,
  value: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const number = Number(value);
  if (
    typeof value === 'boolean' ||
    value === '' ||
    !Number.isInteger(number) ||
    number < least ||
    number > most
  ) {
    const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
    throw new UsageError(`--${option} ${String(value)}; expected a whole number, ${range}`);
  }
  return number;
}

/** 'crash,drop' as a list of known names. */
export function parseNames<T extends string>(option: string, value: unknown, known: readonly T[]): T[] {
  const names = String(value).split(',').filter(Boolean);
  const unknown = names.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new UsageError(
      `--${option}: unknown '${unknown ?? String(value)}'; expected a list of: ${known.join(', ')}`,
    );
  }
  return names as T[];
}

/** '2/4': the second of four shards. */
export function parseShard(value: unknown): { index: number; of: number } {
  const [, index = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(String(value)) ?? []).map(Number);
  if (index < 1 || index > of) {
    throw new UsageError(`--shard ${String(value)}; expected i/n with 1 ≤ i ≤ n, such as 1/4`);
  }
  return { index, of };
}
