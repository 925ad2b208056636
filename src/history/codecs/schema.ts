/** The shape of a line of a history in JSON lines, for those who write or check such files with other tools. */
import { z } from 'zod';
import { historyFormat } from './codec.ts';

const event = z
  .object({
    process: z.int().describe('A sequential client; after an info it goes on under another number.'),
    type: z
      .enum(['invoke', 'ok', 'fail', 'info'])
      .describe('ok: it took effect; fail: it did not; info: nobody knows, now or later.'),
    f: z.string().describe('The name of a function of the spec.'),
    value: z.json().optional().describe('The argument on invoke; the result on ok. Absent means null.'),
    key: z.json().optional().describe('For specs whose keys are independent objects.'),
    version: z
      .int()
      .optional()
      .describe(
        'On ok, for registers: the number the database gave the version that was read or written, or, of a transaction, to all that it wrote. Larger is newer; each value of a key has one.',
      ),
    time: z
      .number()
      .optional()
      .describe('Nanoseconds, for display only: the order of lines is the order of events.'),
  })
  .describe('An event, one a line.');

const header = z
  .object({ format: z.literal(historyFormat) })
  .describe('An optional first line that names the format.');

/** The schema of one line of a `clew/history@1` file; `z.toJSONSchema` of it is shipped under schemas/. */
export const historyLineSchema = z.union([event, header]);
