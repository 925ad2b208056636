/** JSON lines: one event a line, with the fields Jepsen has. */
import { type Codec, eventOf, FormatError, LineDecoder, shown } from './codec.ts';

export const jsonl: Codec = {
  name: 'jsonl',
  recognises: (head) => /^\s*\{\s*"/.test(head),
  decoder: (sink) =>
    new LineDecoder((text, line) => {
      if (text.trim() === '') return;
      let fields: unknown;
      try {
        fields = JSON.parse(text);
      } catch {
        throw new FormatError(line, `not JSON: ${shown(text.trim())}`);
      }
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
        throw new FormatError(line, `expected an event as a JSON object, received ${shown(fields)}`);
      }
      // A file of ours may begin with a line that names the format.
      if ('format' in fields && !('type' in fields)) return;
      const event = eventOf(fields as Record<string, unknown>, line);
      if (event) sink(event, line);
    }),
};
