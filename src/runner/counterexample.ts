/**
 * Saved counterexamples, `clew/schedule@1`: the concrete schedule, never a seed, as JSON with one operation or deviation
 * a line. A file's name carries the causal shape of what it does (see `shapeOf`), so a thousand failures of one bug are
 * one file; a smaller counterexample of the same finding is kept beside it. Nothing is ever overwritten.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../base/errors.ts';
import { canonicalJson } from '../base/json.ts';
import { vocabularyOf } from '../kernel/vocabulary.ts';
import { mostClients, mostOperations } from '../kernel/workload.ts';
import { isSmaller } from '../schedule/reduce/size.ts';
import { refOf, type Schedule } from '../schedule/schedule.ts';
import type { Model } from './model.ts';

export const scheduleFormat = 'clew/schedule@1';

const milliseconds = z.number().int().min(0);
const participant = z.string().regex(/^[nc][1-9]\d*$/, 'expected a node (n1, n2, …) or a client (c1, c2, …)');
const node = z.string().regex(/^n[1-9]\d*$/, 'expected a node (n1, n2, …)');
const ref = z.strictObject({
  event: z.string(),
  from: participant,
  to: participant,
  nth: z.number().int().min(1),
  copy: z.literal(true).optional(),
});
const call = z.number().int().min(101);

const deviation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delay'), message: ref, by: milliseconds }),
  z.strictObject({ kind: z.literal('hold'), at: ref, from: participant, to: participant, for: milliseconds }),
  z.strictObject({ kind: z.literal('drop'), message: ref }),
  z.strictObject({ kind: z.literal('duplicate'), message: ref, after: milliseconds }),
  z.strictObject({
    kind: z.literal('partition'),
    at: ref,
    groups: z.array(z.array(node)),
    for: milliseconds,
  }),
  z.strictObject({
    kind: z.literal('one-way'),
    at: ref,
    from: z.array(node),
    to: z.array(node),
    for: milliseconds,
  }),
  z.strictObject({ kind: z.literal('crash'), at: ref, nodes: z.array(node).min(1), for: milliseconds }),
  z.strictObject({
    kind: z.literal('disk'),
    at: ref,
    keep: z.number().int().min(0),
    torn: z.literal(true).optional(),
    for: milliseconds,
  }),
  z.strictObject({ kind: z.literal('pause'), at: ref, node, for: milliseconds }),
  z.strictObject({ kind: z.literal('slow'), at: ref, node, by: milliseconds, for: milliseconds }),
  z.strictObject({ kind: z.literal('jump'), at: ref, node, by: z.number().int() }),
  z.strictObject({ kind: z.literal('drift'), at: ref, node, rate: z.number().positive() }),
  z.strictObject({ kind: z.literal('give-up'), call, after: milliseconds }),
  z.strictObject({ kind: z.literal('retry'), call, node, after: milliseconds }),
  z.strictObject({ kind: z.literal('die'), call, after: milliseconds }),
]);

const operation = z.strictObject({
  f: z.string(),
  input: z.json(),
  key: z.string().optional(),
  node: z.number().int().min(0),
  wait: milliseconds,
  calm: z.literal(true).optional(),
});

/** The schema of a saved counterexample; `z.toJSONSchema` of it is shipped beside the files. */
export const counterexampleSchema = z.strictObject({
  format: z.literal(scheduleFormat),
  model: z.string(),
  mutant: z.string().nullable(),
  property: z.string(),
  explanation: z.string(),
  nodes: z.number().int().min(1).max(9),
  duration: milliseconds,
  clients: z.array(z.array(operation).max(mostOperations)).max(mostClients),
  deviations: z.array(deviation),
});

export interface Counterexample {
  readonly model: string;
  readonly mutant: string | null;
  readonly property: string;
  readonly explanation: string;
  readonly schedule: Schedule;
  /** The causal shape of its trace, where it is known; its file is named after it. */
  readonly shape?: string;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50);

/**
 * Where a counterexample is kept below `folder`: `raft/election-safety-1a2b3c4d.json`, a mutant's with its name in front.
 * Without a shape, a hash of the schedule takes its place.
 */
export function counterexamplePath(
  { model, mutant, property, schedule, shape }: Counterexample,
  folder: string,
): string {
  const last = shape ?? createHash('sha256').update(canonicalJson(schedule)).digest('hex').slice(0, 8);
  const name = [...(mutant === null ? [] : [slug(mutant)]), slug(property), last].join('-');
  return join(folder, slug(model), `${name}.json`);
}

export function formatCounterexample({
  model,
  mutant,
  property,
  explanation,
  schedule,
}: Counterexample): string {
  const { nodes, duration, clients, deviations } = schedule;
  const plain = (value: unknown): string => JSON.stringify(value);
  const list = (items: readonly unknown[], indent: string) =>
    items.length === 0
      ? '[]'
      : `[\n${items.map((item) => `${indent}  ${plain(item)}`).join(',\n')}\n${indent}]`;
  const fields = [
    `"format": ${plain(scheduleFormat)}`,
    `"model": ${plain(model)}`,
    `"mutant": ${plain(mutant)}`,
    `"property": ${plain(property)}`,
    `"explanation": ${plain(explanation)}`,
    `"nodes": ${nodes}`,
    `"duration": ${duration}`,
    `"clients": ${clients.length === 0 ? '[]' : `[\n${clients.map((operations) => `    ${list(operations, '    ')}`).join(',\n')}\n  ]`}`,
    `"deviations": ${list(deviations, '  ')}`,
  ];
  return `{\n${fields.map((text) => `  ${text}`).join(',\n')}\n}\n`;
}

/**
 * Writes it under its own name and returns the path. Where that name is taken by the same finding, no bigger
 * than this one, that file serves; otherwise this one gets a number, also where what is there `stillFails` no longer.
 */
export function saveCounterexample(
  counterexample: Counterexample,
  folder: string,
  stillFails: (saved: Counterexample) => boolean = () => true,
): string {
  const wanted = counterexamplePath(counterexample, folder);
  mkdirSync(dirname(wanted), { recursive: true });
  for (let number = 1; ; number++) {
    const path = number === 1 ? wanted : wanted.replace(/\.json$/, `-${number}.json`);
    if (!existsSync(path)) {
      // Whole or not at all: an interrupted write must not leave half a file under the name.
      const draft = `${path}.${process.pid}.tmp`;
      writeFileSync(draft, formatCounterexample(counterexample));
      renameSync(draft, path);
      return path;
    }
    const saved = readSaved(path);
    if (!saved) continue;
    if (canonicalJson(saved.schedule) === canonicalJson(counterexample.schedule)) return path;
    // What is smaller is kept beside the other, never in its place.
    if (stillFails(saved) && !isSmaller(counterexample.schedule, saved.schedule)) return path;
  }
}

/** Undefined for a file that is not a counterexample: it is left alone. */
function readSaved(path: string): Counterexample | undefined {
  try {
    return readCounterexample(path);
  } catch {
    return undefined;
  }
}

/** Reads a saved counterexample, or says in one sentence what is wrong with the file, where, and what was expected. */
export function readCounterexample(file: string): Counterexample {
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
      `${file}: is not whole JSON (${(error as Error).message}); expected a ${scheduleFormat} file`,
    );
  }
  const format = (data as { format?: unknown } | null)?.format;
  if (format !== scheduleFormat) {
    const found =
      typeof format === 'string'
        ? `has format '${format}'`
        : 'has no "format" field, so it is not a file of clew';
    throw new UsageError(`${file}: ${found}; expected '${scheduleFormat}'`);
  }
  const parsed = counterexampleSchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
  }
  const { model, mutant, property, explanation, nodes, duration, clients, deviations } = parsed.data;
  const schedule = { nodes, duration, clients, deviations } as unknown as Schedule;
  return { model, mutant, property, explanation, schedule };
}

/** Refuses a counterexample that names what its model does not have: the model's definition has changed. */
export function requireFits(
  file: string,
  { mutant, property, schedule }: Counterexample,
  model: Model,
): void {
  const { definition } = model.protocol;
  const fail = (what: string, known: readonly string[]): never => {
    throw new UsageError(
      `${file}: ${what}, which ${model.name} does not have; its definition has changed since (it has: ${known.join(', ') || 'none'})`,
    );
  };
  const mutants = Object.keys(definition.mutants ?? {});
  if (mutant !== null && !mutants.includes(mutant)) fail(`mutant '${mutant}'`, mutants);
  const properties = [...model.properties.map(({ name }) => name), 'no handler throws'];
  if (!properties.includes(property)) fail(`property '${property}'`, properties);
  const functions = Object.keys(definition.client ?? {});
  for (const { f } of schedule.clients.flat())
    if (!functions.includes(f)) fail(`client function '${f}'`, functions);
  const { names } = vocabularyOf(model.protocol);
  schedule.deviations.forEach((deviation, index) => {
    const event = refOf(deviation)?.event;
    if (event !== undefined && !names.includes(event))
      fail(`deviation ${index + 1} names the event '${event}'`, names);
  });
}
