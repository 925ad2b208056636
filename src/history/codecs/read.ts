/**
 * Histories from files: plain or gzip, from standard input (`-`) or a folder of a Jepsen store. The format is told
 * by the content. Errors name the file, the line and the event. Memory is that of the events, not of the text.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { UsageError, unknownName } from '../../base/errors.ts';
import type { HistoryEvent } from '../history.ts';
import { HistoryError } from '../operations.ts';
import { type Codec, type Decoder, FormatError } from './codec.ts';
import { edn, porcupineKv } from './edn.ts';
import { jepsenLog } from './jepsen-log.ts';
import { jsonl } from './jsonl.ts';
import { txnText } from './txn-text.ts';

/** In the order in which they are tried. */
const codecs: readonly Codec[] = [jsonl, porcupineKv, edn, jepsenLog, txnText];
export const formats: readonly string[] = codecs.map((codec) => codec.name);

export interface RecordedHistory {
  readonly events: readonly HistoryEvent[];
  readonly format: string;
  /** The line, from 1, on which an event begins. */
  readonly lineOf: (event: number) => number;
}

const headCharacters = 4096;

/** Reads a whole history. Throws a `UsageError` that names the file and, where there is one, the line. */
export async function readHistory(path: string, format?: string): Promise<RecordedHistory> {
  const chosen = format === undefined ? undefined : codecs.find((codec) => codec.name === format);
  if (format !== undefined && !chosen) throw unknownName('format', format, formats);
  const events: HistoryEvent[] = [];
  let lines = new Int32Array(1024);
  const sink = (event: HistoryEvent, line: number): void => {
    if (events.length === lines.length) {
      const grown = new Int32Array(lines.length * 2);
      grown.set(lines);
      lines = grown;
    }
    lines[events.length] = line;
    events.push(event);
  };
  const detector = new Detector(path, chosen, sink);
  try {
    for await (const text of textOf(path)) detector.push(text);
    detector.end();
  } catch (error) {
    if (error instanceof FormatError)
      throw new UsageError(`${path}:${error.line}: event ${events.length + 1}: ${error.problem}`);
    throw readable(error, path, events.length);
  }
  return { events, format: detector.format, lineOf: (event) => lines[event]! };
}

/** Adds file and line to an error about an event of the history. */
export function located(error: unknown, path: string, history: RecordedHistory): unknown {
  if (!(error instanceof HistoryError)) return error;
  return new UsageError(`${path}:${history.lineOf(error.event)}: event ${error.event + 1}: ${error.problem}`);
}

/** Holds back the head of the text until the format is known. */
class Detector implements Decoder {
  format = 'jsonl';
  private decoder: Decoder | undefined;
  private head = '';
  private readonly path: string;
  private readonly sink: (event: HistoryEvent, line: number) => void;

  constructor(path: string, codec: Codec | undefined, sink: (event: HistoryEvent, line: number) => void) {
    this.path = path;
    this.sink = sink;
    if (codec) this.choose(codec);
  }

  push(text: string): void {
    if (this.decoder) this.decoder.push(text);
    else {
      this.head += text;
      if (this.head.length >= headCharacters) this.detect();
    }
  }

  end(): void {
    if (!this.decoder) this.detect();
    this.decoder?.end();
  }

  private detect(): void {
    const head = this.head.replace(/^\uFEFF/, '');
    if (head.trim() === '') return;
    const codec = codecs.find(({ recognises }) => recognises(head));
    if (!codec) {
      throw new UsageError(`${this.path}: not a history in a format that is known (${formats.join(', ')})`);
    }
    this.choose(codec).push(head);
    this.head = '';
  }

  private choose(codec: Codec): Decoder {
    this.format = codec.name;
    this.decoder = codec.decoder(this.sink);
    return this.decoder;
  }
}

const storeFiles = [
  'history.edn',
  'history.edn.gz',
  'history.jsonl',
  'history.jsonl.gz',
  'history.txt',
  'jepsen.log',
];

/** The text of a file in chunks, unpacked if it is gzip, whatever its name. */
async function* textOf(path: string): AsyncGenerator<string> {
  const source = path === '-' ? process.stdin : createReadStream(fileAt(path), { highWaterMark: 1 << 18 });
  const decoder = new StringDecoder('utf8');
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await chunks.next();
  if (first.done) return;
  const rest = (async function* () {
    yield first.value;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  })();
  const packed = first.value[0] === 0x1f && first.value[1] === 0x8b;
  for await (const chunk of packed ? unpacked(rest) : rest) yield decoder.write(chunk);
  yield decoder.end();
}

function unpacked(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  const feed = async (): Promise<void> => {
    for await (const chunk of chunks) {
      if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve));
    }
    gunzip.end();
  };
  feed().catch((error: Error) => gunzip.destroy(error));
  return gunzip;
}

function fileAt(path: string): string {
  if (!existsSync(path)) throw new UsageError(`${path}: no such file`);
  if (!statSync(path).isDirectory()) return path;
  const folders = [path, join(path, 'latest')];
  const found = folders
    .flatMap((folder) => storeFiles.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
  if (!found)
    throw new UsageError(`${path}: a folder without a history; expected one of: ${storeFiles.join(', ')}`);
  return found;
}

function readable(error: unknown, path: string, events: number): unknown {
  if (error instanceof UsageError || !(error instanceof Error) || !('code' in error)) return error;
  if (!String(error.code).startsWith('Z_')) return new UsageError(`${path}: ${error.message}`);
  return new UsageError(`${path}: broken gzip after ${events} events: ${error.message}`);
}
