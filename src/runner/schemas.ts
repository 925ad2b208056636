/** The JSON Schemas of clew's own files, made from what reads them. `npm run schemas` writes them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { historyFormat } from '../history/codecs/codec.ts';
import { historyLineSchema } from '../history/codecs/schema.ts';
import { counterexampleSchema, scheduleFormat } from './counterexample.ts';
import { machineTraceFormat, machineTraceSchema } from './machine-counterexample.ts';

export const schemaFolder = fileURLToPath(new URL('../../schemas/', import.meta.url));

const described = (title: string, description: string, schema: z.ZodType): string =>
  `${JSON.stringify({ title, description, ...z.toJSONSchema(schema) }, null, 2)}\n`;

/** By file name. */
export function schemas(): Readonly<Record<string, string>> {
  return {
    'schedule-1.schema.json': described(
      scheduleFormat,
      'A counterexample: a concrete schedule, as the list of deviations from the happy path, that violates a property of a model.',
      counterexampleSchema,
    ),
    'machine-trace-1.schema.json': described(
      machineTraceFormat,
      'A counterexample of a machine: the actions, by name, that lead to the violation of a property.',
      machineTraceSchema,
    ),
    'history-1.schema.json': described(
      historyFormat,
      'One line of a history in JSON lines: what a client saw.',
      historyLineSchema,
    ),
  };
}

export function writeSchemas(): void {
  mkdirSync(schemaFolder, { recursive: true });
  for (const [name, text] of Object.entries(schemas())) writeFileSync(join(schemaFolder, name), text);
}
