/** JSON lines: one event a line, with the fields Jepsen has. */
import { type Codec, eventOf, FormatError, historyFormat, LineDecoder, shown } from './codec.ts';

export const jsonl: Codec = {
  name: 'jsonl',
  // An array of events is none of ours; it is told so, rather than read as EDN.
  recognises: (head) => /^\s*(\[\s*)?\{\s*"[^"]*"\s*:/.test(head),
  decoder: (sink) =>
    new LineDecoder((text, line) => {
      if (text.trim() === '') return;
      let fields: unknown;
      try {
        fields = JSON.parse(text);
      } catch {
        throw new FormatError(line, `not JSON: ${shown(text.trim())}; expected one event a line`);
      }
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
        throw new FormatError(line, `expected one event a line as a JSON object, received ${shown(fields)}`);
      }
      // A file of ours may begin with a line that names the format.
      if ('format' in fields && !('type' in fields)) {
        if (fields.format === historyFormat) return;
        throw new FormatError(line, `expected the format ${historyFormat}, received ${shown(fields.format)}`);
      }
      const event = eventOf(fields as Record<string, unknown>, line);
      if (event) sink(event, line);
    }),
};
