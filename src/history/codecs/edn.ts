/**
 * Jepsen's `history.edn`: maps of events, one after another or in one vector or list. The text is cut into maps as
 * it comes, so that only one event is held at a time.
 */
import { type Codec, type Decoder, type EventSink, eventOf, FormatError, shown } from './codec.ts';
import { EdnError, readEdn } from './edn-reader.ts';

export const edn: Codec = {
  name: 'edn',
  recognises: (head) => /^\s*[[({#]/.test(withoutComments(head)),
  decoder: (sink) => new EdnDecoder(sink),
};

/** Porcupine's text of a key-value store: one EDN map a line, with a `:key`. */
export const porcupineKv: Codec = {
  name: 'porcupine-kv',
  recognises: (head) => /^\s*\{[^}]*:f\s+:(get|put|append)\b[^}]*:key\s/.test(withoutComments(head)),
  decoder: (sink) => new EdnDecoder(sink),
};

function withoutComments(text: string): string {
  return text.replace(/^(\s*;[^\n]*\n)+/, '');
}

class EdnDecoder implements Decoder {
  private readonly sink: EventSink;
  private text = '';
  /** Where the scan goes on, where the event being scanned began (or -1), and its line. */
  private at = 0;
  private start = -1;
  private startLine = 1;
  private line = 1;
  /** Open brackets of the event, and of what holds the events. */
  private depth = 0;
  private outer: { closer: string; line: number } | undefined;
  private closed = false;
  /** Between events, in a tag such as `#jepsen.history.Op`. */
  private inTag = false;
  /** How many of the next events `#_` leaves out. */
  private discarded = 0;

  constructor(sink: EventSink) {
    this.sink = sink;
  }

  push(text: string): void {
    this.text = this.text.slice(this.start < 0 ? this.at : this.start) + text;
    this.at = this.start < 0 ? 0 : this.at - this.start;
    if (this.start >= 0) this.start = 0;
    this.scan(false);
  }

  end(): void {
    this.scan(true);
    if (this.depth > 0) throw new FormatError(this.startLine, 'an event that is never closed');
    if (this.outer)
      throw new FormatError(this.outer.line, `the history ends before its '${this.outer.closer}'`);
  }

  private scan(last: boolean): void {
    const { text } = this;
    while (this.at < text.length) {
      const char = text[this.at]!;
      if (char === ';' || char === '"') {
        const end = char === ';' ? text.indexOf('\n', this.at) : closingQuote(text, this.at);
        if (end < 0) {
          if (!last) return;
          if (char === '"') throw new FormatError(this.line, 'a string is never closed');
          this.at = text.length;
          return;
        }
        if (char === '"') for (let i = this.at; i < end; i++) if (text[i] === '\n') this.line++;
        this.at = end + (char === '"' ? 1 : 0);
        continue;
      }
      if (char === '\\') {
        if (this.at + 1 >= text.length && !last) return;
        this.at += 2;
        continue;
      }
      if (this.depth === 0 && char === '#') {
        if (this.at + 1 >= text.length && !last) return;
        const discards = text[this.at + 1] === '_';
        if (discards) this.discarded++;
        else this.inTag = true;
        this.at += discards ? 2 : 1;
        continue;
      }
      if (char === '\n') this.line++;
      else if (char === '{' || char === '[' || char === '(') this.open(char);
      else if (char === '}' || char === ']' || char === ')') this.close(char);
      else if (char <= ' ' || char === ',') this.inTag = false;
      else if (this.depth === 0 && !this.inTag) {
        throw new FormatError(
          this.line,
          `expected an event as an EDN map, received ${shown(text.slice(this.at, this.at + 40).split('\n')[0])}`,
        );
      }
      this.at++;
    }
  }

  private open(char: string): void {
    this.inTag = false;
    if (this.depth === 0 && char !== '{' && this.discarded === 0) {
      if (this.outer || this.closed)
        throw new FormatError(this.line, `expected an event as an EDN map, received '${char}'`);
      this.outer = { closer: char === '[' ? ']' : ')', line: this.line };
      return;
    }
    if (this.depth++ === 0) {
      this.start = this.at;
      this.startLine = this.line;
    }
  }

  private close(char: string): void {
    if (this.depth > 0) {
      if (--this.depth === 0) this.finish();
    } else if (this.outer?.closer === char) {
      this.outer = undefined;
      this.closed = true;
    } else throw new FormatError(this.line, `unexpected '${char}'`);
  }

  private finish(): void {
    const source = this.text.slice(this.start, this.at + 1);
    this.start = -1;
    if (this.discarded > 0) {
      this.discarded--;
      return;
    }
    try {
      const event = eventOf(readEdn(source) as Record<string, unknown>, this.startLine);
      if (event) this.sink(event, this.startLine);
    } catch (error) {
      if (!(error instanceof EdnError)) throw error;
      const line = this.startLine + source.slice(0, error.offset).split('\n').length - 1;
      throw new FormatError(line, `not EDN: ${error.message}`);
    }
  }
}

/** The quote that ends the string that begins at `from`, or -1. */
function closingQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
}
