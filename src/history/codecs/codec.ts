/**
 * A codec turns text, given in chunks, into events one by one, so that a long file is never held as text.
 * Every event comes with the line it began on. What is not a history is refused with that line.
 */
import { UsageError } from '../../base/errors.ts';
import type { Json } from '../../base/json.ts';
import type { EventType, HistoryEvent } from '../history.ts';

/** What a file of JSON lines may name in its first line. */
export const historyFormat = 'clew/history@1';

export type EventSink = (event: HistoryEvent, line: number) => void;

export interface Decoder {
  push(text: string): void;
  end(): void;
}

export interface Codec {
  readonly name: string;
  /** Whether a file that begins so is of this format. */
  readonly recognises: (head: string) => boolean;
  readonly decoder: (sink: EventSink) => Decoder;
}

/** Text that is not of its format. `line` counts from 1. */
export class FormatError extends UsageError {
  override name = 'FormatError';
  readonly line: number;
  readonly problem: string;
  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.line = line;
    this.problem = problem;
  }
}

const types: ReadonlySet<unknown> = new Set<EventType>(['invoke', 'ok', 'fail', 'info']);

/** Checks the fields of an event; undefined for events that are not a client's (the nemesis of Jepsen). */
export function eventOf(fields: Readonly<Record<string, unknown>>, line: number): HistoryEvent | undefined {
  const { process, type, f, value, key, time, version } = fields;
  if (typeof process === 'string' && !/^:?\d/.test(process)) return undefined;
  if (!Number.isSafeInteger(process)) {
    throw new FormatError(line, `expected a whole number as 'process', received ${shown(process)}`);
  }
  if (!types.has(type)) {
    throw new FormatError(line, `expected invoke, ok, fail or info as 'type', received ${shown(type)}`);
  }
  if (typeof f !== 'string')
    throw new FormatError(line, `expected a function's name as 'f', received ${shown(f)}`);
  requireExact(key, line);
  // What a failed or crashed operation says of itself is not compared.
  if (type === 'invoke' || type === 'ok') requireExact(value, line);
  checkVersion(version, type, line);
  const event = { process: process as number, type: type as EventType, f, value: (value ?? null) as Json };
  if (key === undefined && typeof time !== 'number' && typeof version !== 'number') return event;
  return {
    ...event,
    ...(key === undefined ? {} : { key: key as Json }),
    ...(typeof time === 'number' ? { time } : {}),
    ...(typeof version === 'number' ? { version } : {}),
  };
}

const mostNesting = 500;

/** Refuses a value whose digits may have been lost, so that two values would look like one, and one nested too deep to compare. */
function requireExact(value: unknown, line: number, nesting = 0): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) && Number.isInteger(value)) {
      throw new FormatError(
        line,
        `a number beyond ±2^53, ${value}, may have lost digits; expected it as a text`,
      );
    }
  } else if (typeof value === 'object' && value !== null) {
    if (nesting > mostNesting) throw new FormatError(line, `a value nested more than ${mostNesting} deep`);
    const items = Array.isArray(value) ? value : Object.values(value);
    for (const item of items) requireExact(item, line, nesting + 1);
  }
}

/** A version is what the database answered, so only an `ok` has one. */
function checkVersion(version: unknown, type: unknown, line: number): void {
  if (version === undefined || version === null) return;
  if (!Number.isSafeInteger(version)) {
    throw new FormatError(line, `expected an integer as 'version', received ${shown(version)}`);
  }
  if (type !== 'ok') {
    throw new FormatError(
      line,
      `expected a 'version' only where 'type' is ok, received it with ${shown(type)}`,
    );
  }
}

/** Hands complete lines to `take`, whatever the chunks. */
export class LineDecoder implements Decoder {
  private rest = '';
  private line = 0;
  private readonly take: (text: string, line: number) => void;

  constructor(take: (text: string, line: number) => void) {
    this.take = take;
  }

  push(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      const piece = text.slice(from, to);
      this.take(from === 0 ? this.rest + piece : piece, ++this.line);
      if (from === 0) this.rest = '';
      from = to + 1;
    }
    this.rest += text.slice(from);
  }

  end(): void {
    if (this.rest !== '') this.take(this.rest, ++this.line);
    this.rest = '';
  }
}

/** A value as an error quotes it: short. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
