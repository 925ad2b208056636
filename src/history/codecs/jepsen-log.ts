/**
 * Jepsen's text logs: lines such as `INFO  jepsen.util - 3	:invoke	:cas	[2 4]` among others, which are passed over.
 */
import type { Json } from '../../base/json.ts';
import { type Codec, eventOf, FormatError, LineDecoder } from './codec.ts';
import { readEdn } from './edn-reader.ts';

const eventLine = /(?:^|\s)(\d+)\s+:(invoke|ok|fail|info)\s+:([\w-]+)\s+(.*?)\s*$/;

export const jepsenLog: Codec = {
  name: 'jepsen-log',
  recognises: (head) => head.split('\n').some((line) => !/^\s*[{[(]/.test(line) && eventLine.test(line)),
  decoder: (sink) =>
    new LineDecoder((text, line) => {
      const match = eventLine.exec(text);
      if (!match) return;
      const [, process, type, f, rest] = match as unknown as [string, string, string, string, string];
      const event = eventOf({ process: Number(process), type, f, value: valueAfter(rest, type, line) }, line);
      if (event) sink(event, line);
    }),
};

/** The value of an event; behind a failure's or crash's comes free text, which matters to nobody. */
function valueAfter(text: string, type: string, line: number): Json {
  try {
    return readEdn(text.split('\t')[0]!);
  } catch {
    if (type === 'fail' || type === 'info') return null;
    throw new FormatError(line, `not EDN: ${text}`);
  }
}
