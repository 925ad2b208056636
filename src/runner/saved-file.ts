/** How counterexamples of any kind are kept: whole JSON that names its format, one thing a line, never overwritten. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { UsageError } from '../base/errors.ts';

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50);

export interface Named {
  readonly model: string;
  readonly mutant: string | null;
  readonly property: string;
}

/** `raft/election-safety-1a2b3c4d.json` below `folder`, a mutant's with its name in front. */
export function savedPath({ model, mutant, property }: Named, shape: string, folder: string): string {
  const name = [...(mutant === null ? [] : [slug(mutant)]), slug(property), shape].join('-');
  return join(savedFolder(model, folder), `${name}.json`);
}

export const savedFolder = (model: string, folder: string): string => join(folder, slug(model));

/** A JSON list with one item a line. */
export function listText(items: readonly unknown[], indent: string): string {
  return items.length === 0
    ? '[]'
    : `[\n${items.map((item) => `${indent}  ${JSON.stringify(item)}`).join(',\n')}\n${indent}]`;
}

/** Fields, each already JSON. */
export const objectText = (fields: readonly (readonly [name: string, text: string])[]): string =>
  `{\n${fields.map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`).join(',\n')}\n}\n`;

/**
 * Writes a file under its own name and returns the path. Where that name is taken by a file that `serves` as well, that
 * one is left and its path returned; otherwise this one gets a number.
 */
export function saveOnce(wanted: string, text: string, serves: (path: string) => boolean): string {
  mkdirSync(dirname(wanted), { recursive: true });
  for (let number = 1; ; number++) {
    const path = number === 1 ? wanted : wanted.replace(/(\.trace)?\.json$/, `-${number}$&`);
    if (!existsSync(path)) {
      // Whole or not at all: an interrupted write must not leave half a file under the name.
      const draft = `${path}.${process.pid}.tmp`;
      writeFileSync(draft, text);
      renameSync(draft, path);
      return path;
    }
    if (serves(path)) return path;
  }
}

/** The JSON of a saved file and which of `formats` it has, or one sentence about what is wrong with it. */
export function readSaved(
  file: string,
  formats: readonly string[],
): { readonly format: string; readonly data: unknown } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); expected a saved counterexample`,
    );
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${file}: is not whole JSON (${(error as Error).message}); expected a ${formats.join(' or ')} file`,
    );
  }
  const format = (data as { format?: unknown } | null)?.format;
  if (typeof format === 'string' && formats.includes(format)) return { format, data };
  const found =
    typeof format === 'string'
      ? `has format '${format}'`
      : 'has no "format" field, so it is not a file of clew';
  throw new UsageError(`${file}: ${found}; expected ${formats.map((known) => `'${known}'`).join(' or ')}`);
}

/** What the schema makes of a file's data, or where it is not as expected. */
export function parseSaved<T>(file: string, schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

/** Undefined for a file that is not what it should be: it is left alone. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The error for a counterexample that names what its model does not have any more. */
export function outdated(file: string, what: string, model: string, known: readonly string[]): UsageError {
  const has = [...new Set(known)].join(', ') || 'none';
  return new UsageError(
    `${file}: ${what}, which ${model} does not have; its definition has changed since (it has: ${has})`,
  );
}
