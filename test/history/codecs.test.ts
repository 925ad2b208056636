import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { edn } from '../../src/history/codecs/edn.ts';
import { readEdn } from '../../src/history/codecs/edn-reader.ts';
import { readHistory } from '../../src/history/codecs/read.ts';
import type { HistoryEvent } from '../../src/history/history.ts';

const folder = mkdtempSync(join(tmpdir(), 'clew-codecs-'));
let files = 0;

function written(content: string | Buffer): string {
  const path = join(folder, `history-${files++}`);
  writeFileSync(path, content);
  return path;
}

const expected = [
  { process: 0, type: 'invoke', f: 'cas', value: [1, 2] },
  { process: 0, type: 'ok', f: 'cas', value: [1, 2] },
  { process: 1, type: 'invoke', f: 'read', value: null },
  { process: 1, type: 'info', f: 'read', value: null },
];

const jsonl = expected.map((event) => JSON.stringify(event)).join('\n');
const lines = `{:process 0, :type :invoke, :f :cas, :value [1 2]}
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 0, :type :ok, :f :cas, :value [1 2], :time 12, :index 3}
; a comment with } and "
#jepsen.history.Op{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :info, :f :read, :value nil, :error [:timed-out "a } brace"]}
`;
const log = `INFO  jepsen.core - Running test
INFO  jepsen.util - 0	:invoke	:cas	[1 2]
INFO  jepsen.util - :nemesis	:info	:start	nil
INFO  jepsen.util - 0	:ok	:cas	[1 2]
2026-01-01 12:00:00,000{GMT}	INFO	[jepsen worker 1] jepsen.util: 1	:invoke	:read	nil
INFO  jepsen.util - 1	:info	:read	:timed-out
`;

test.each([
  ['jsonl', jsonl],
  ['jsonl', gzipSync(jsonl)],
  ['edn', lines],
  ['edn', `[${lines}]`],
  ['edn', `; first a comment\n(${lines})`],
])('%s is told by its content', async (format, content) => {
  const history = await readHistory(written(content));
  expect(history.format).toBe(format);
  expect(history.events.map(({ time: _time, ...event }) => event)).toEqual(expected);
});

test("Jepsen's log is told by its content; what a crash says besides is dropped", async () => {
  const history = await readHistory(written(log));
  expect(history.format).toBe('jepsen-log');
  expect(history.events.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
  expect(history.lineOf(2)).toBe(5);
});

test("Porcupine's text has keys", async () => {
  const history = await readHistory(
    written('{:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}\n'),
  );
  expect(history.format).toBe('porcupine-kv');
  expect(history.events).toEqual([{ process: 9, type: 'invoke', f: 'append', key: '0', value: 'x 9 0 y' }]);
});

test('a folder of a Jepsen store stands for its history', async () => {
  const store = join(folder, 'store');
  mkdirSync(store);
  writeFileSync(join(store, 'history.edn'), lines);
  expect((await readHistory(store)).events).toHaveLength(expected.length);
  const run = join(folder, 'run');
  mkdirSync(join(run, 'latest'), { recursive: true });
  writeFileSync(join(run, 'latest', 'history.edn'), lines);
  expect((await readHistory(run)).events).toHaveLength(expected.length);
});

test('an event may be cut anywhere by the chunks it comes in', () => {
  for (let size = 1; size < 20; size++) {
    const events: HistoryEvent[] = [];
    const at: number[] = [];
    const decoder = edn.decoder((event, line) => {
      events.push(event);
      at.push(line);
    });
    for (let from = 0; from < lines.length; from += size) decoder.push(lines.slice(from, from + size));
    decoder.end();
    expect(events.map(({ f }) => f)).toEqual(['cas', 'cas', 'read', 'read']);
    expect(at).toEqual([1, 3, 5, 6]);
  }
});

test('what #_ stands before is left out, alone or in a vector, however the text is cut', () => {
  const event = (value: number) => `{:process 0, :type :invoke, :f :write, :value ${value}}`;
  const text = `#_ ${event(1)} ${event(2)}\n#_ [${event(3)}] ${event(4)} #_ #_ ${event(5)} ${event(6)}`;
  for (const whole of [text, `[${text}]`, `#jepsen.history.History [${text} #_{}]`]) {
    for (let size = 1; size < 10; size++) {
      const values: unknown[] = [];
      const decoder = edn.decoder(({ value }) => void values.push(value));
      for (let from = 0; from < whole.length; from += size) decoder.push(whole.slice(from, from + size));
      decoder.end();
      expect(values).toEqual([2, 4]);
    }
  }
});

test.each([
  ['nil', null],
  ['-3', -3],
  ['4N', 4],
  ['1/2', 0.5],
  [':a/b', 'a/b'],
  ['"a\\n\\"b\\""', 'a\n"b"'],
  ['#{3 1 2}', [1, 2, 3]],
  ['{:a {1 [true]}}', { a: { '1': [true] } }],
  ['#inst "2026"', '2026'],
  ['[1 #_2 3 ; four\n]', [1, 3]],
  ['\\newline', '\n'],
])('EDN %s', (text, value) => {
  expect(readEdn(text)).toEqual(value);
});

test.each([
  ['{"process":0,"type":"invoke","f":"read"}\n{"process":0,"type":', ':2: event 2: not JSON'],
  [
    '{"process":0,"type":"begin","f":"read"}',
    ':1: event 1: expected invoke, ok, fail or info as \'type\', received "begin"',
  ],
  ['{"type":"ok","f":"read"}', ":1: event 1: expected a whole number as 'process', received nothing"],
  [
    '[{:process 0 :type :invoke :f :read\n :value }]',
    ':1: event 1: not EDN: a map with a key that has no value',
  ],
  ['[{:process 0 :type :invoke :f :read :value nil}\n', ":1: event 2: the history ends before its ']'"],
  ['{:process 0 :type :invoke\n', ':1: event 1: an event that is never closed'],
  ['{:process 0 :type :invoke :f :read :value nil}\nhello', ':2: event 2: expected an event as an EDN map'],
  ['[{"process":0,"type":"invoke","f":"read"}]', ':1: event 1: expected one event a line as a JSON object'],
  ['{"format":"clew/schedule@1"}', ':1: event 1: expected the format clew/history@1'],
  ['{:process :0 :type :invoke :f :read}', ":1: event 1: expected a whole number as 'process'"],
  [
    '{"process":0,"type":"invoke","f":"write","value":[9007199254740993]}',
    ':1: event 1: a number beyond ±2^53',
  ],
  [
    `{"process":0,"type":"invoke","f":"write","value":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    ':1: event 1: a value nested more than 500 deep',
  ],
  [
    `{:process 0 :type :invoke :f :write :value ${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    ':1: event 1: not EDN: nested more than 1000 deep',
  ],
  ['hello', ': not a history in a format that is known (jsonl, '],
])('%j is refused with its place', async (content, message) => {
  const path = written(content);
  await expect(readHistory(path)).rejects.toThrow(`${path}${message}`);
});

test('gzip that ends too soon is told with how far it got', async () => {
  const packed = gzipSync(`${jsonl}\n`.repeat(500));
  const path = written(packed.subarray(0, packed.length - 20));
  await expect(readHistory(path)).rejects.toThrow(/: broken gzip after \d+ events: unexpected end of file/);
});

test('a file that is not there and a format that is not known are told', async () => {
  await expect(readHistory('/nowhere/history.edn')).rejects.toThrow('/nowhere/history.edn: no such file');
  await expect(readHistory(written(jsonl), 'xml')).rejects.toThrow(
    "unknown format 'xml'; expected one of: jsonl",
  );
});
