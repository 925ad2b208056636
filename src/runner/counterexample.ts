/**
 * Saved counterexamples, `clew/schedule@1`: the concrete schedule, never a seed, as JSON with one operation or deviation
 * a line. A file's name carries the causal shape of what it does (see `shapeOf`), so a thousand failures of one bug are
 * one file; a smaller counterexample of the same finding is kept beside it. Nothing is ever overwritten.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../base/json.ts';
import { mostClients, mostOperations } from '../kernel/workload.ts';
import { isSmaller } from '../schedule/reduce/size.ts';
import type { Schedule } from '../schedule/schedule.ts';
import {
  ifReadable,
  listText,
  objectText,
  parseSaved,
  readSaved,
  savedPath,
  saveOnce,
} from './saved-file.ts';

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

/**
 * Where a counterexample is kept below `folder`, see `savedPath`. Without a shape, a hash of the schedule takes its place.
 */
export function counterexamplePath(counterexample: Counterexample, folder: string): string {
  const { schedule, shape } = counterexample;
  const last = shape ?? createHash('sha256').update(canonicalJson(schedule)).digest('hex').slice(0, 8);
  return savedPath(counterexample, last, folder);
}

export function formatCounterexample({
  model,
  mutant,
  property,
  explanation,
  schedule,
}: Counterexample): string {
  const { nodes, duration, clients, deviations } = schedule;
  const operations = clients.map((each) => `    ${listText(each, '    ')}`);
  return objectText([
    ...Object.entries({ format: scheduleFormat, model, mutant, property, explanation, nodes, duration }).map(
      ([name, value]) => [name, JSON.stringify(value)] as const,
    ),
    ['clients', clients.length === 0 ? '[]' : `[\n${operations.join(',\n')}\n  ]`],
    ['deviations', listText(deviations, '  ')],
  ]);
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
  return saveOnce(wanted, formatCounterexample(counterexample), (path) => {
    const saved = ifReadable(() => readCounterexample(path));
    const { model, mutant, property } = counterexample;
    // Names that differ can make one name of a file.
    if (saved?.model !== model || saved.mutant !== mutant || saved.property !== property) return false;
    if (canonicalJson(saved.schedule) === canonicalJson(counterexample.schedule)) return true;
    // What is smaller is kept beside the other, never in its place.
    return stillFails(saved) && !isSmaller(counterexample.schedule, saved.schedule);
  });
}

/** Reads a saved counterexample, or says in one sentence what is wrong with the file, where, and what was expected. */
export function readCounterexample(file: string): Counterexample {
  const { data } = readSaved(file, [scheduleFormat]);
  const parsed = parseSaved(file, counterexampleSchema, data);
  const { model, mutant, property, explanation, nodes, duration, clients, deviations } = parsed;
  const schedule = { nodes, duration, clients, deviations } as unknown as Schedule;
  return { model, mutant, property, explanation, schedule };
}
