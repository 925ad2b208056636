/**
 * A reader of EDN, the notation of Clojure in which Jepsen writes histories. Keywords and symbols become texts without
 * the colon, vectors and lists arrays, sets sorted arrays, maps objects; tags are ignored. Linear in the text.
 */
import { canonicalJson, type Json } from '../../base/json.ts';

/** Broken EDN: where (an offset into the text) and what. */
export class EdnError extends Error {
  readonly offset: number;
  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

/** By character code: whether it ends a token. */
const delimiters = new Uint8Array(128);
for (const char of ' \t\r\n\f,()[]{}";') delimiters[char.charCodeAt(0)] = 1;
const colon = 58;
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };
const closers: Readonly<Record<string, string>> = { '[': ']', '(': ')', '{': '}' };

/** The one value that `text` holds. */
export function readEdn(text: string): Json {
  const reader = new EdnReader(text);
  const value = reader.value();
  reader.skipBlank();
  if (reader.at < text.length)
    throw new EdnError(reader.at, `unexpected '${text.slice(reader.at, reader.at + 10)}'`);
  return value;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

const mostNesting = 1000;

class EdnReader {
  at = 0;
  private nesting = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips spaces, commas, comments and discarded values. */
  skipBlank(): void {
    for (;;) {
      const char = this.text[this.at];
      if (char === ';') {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else if (char === '#' && this.text[this.at + 1] === '_') {
        this.at += 2;
        this.value();
      } else if (char !== undefined && (char <= ' ' || char === ',')) this.at++;
      else return;
    }
  }

  value(): Json {
    if (this.nesting > mostNesting) throw new EdnError(this.at, `nested more than ${mostNesting} deep`);
    this.skipBlank();
    const char = this.text[this.at];
    switch (char) {
      case undefined:
        throw new EdnError(this.at, 'the text ends inside a value');
      case '"':
        return this.string();
      case '[':
      case '(':
        return this.sequence(closers[char]!);
      case '{':
        return this.map();
      case '#':
        return this.dispatch();
      case '\\':
        return this.character();
      case ']':
      case ')':
      case '}':
        throw new EdnError(this.at, `unexpected '${char}'`);
      default:
        return this.atom();
    }
  }

  private sequence(closer: string): Json[] {
    const start = this.at++;
    const items: Json[] = [];
    this.nesting++;
    for (;;) {
      this.skipBlank();
      const char = this.text[this.at];
      if (char === undefined) throw new EdnError(start, `'${this.text[start]}' is never closed`);
      if (char === closer) {
        this.at++;
        this.nesting--;
        return items;
      }
      items.push(this.value());
    }
  }

  private map(): Json {
    const start = this.at;
    const items = this.sequence('}');
    if (items.length % 2 !== 0) throw new EdnError(start, 'a map with a key that has no value');
    const map: Record<string, Json> = {};
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      map[typeof key === 'string' ? key : canonicalJson(key)] = items[i + 1]!;
    }
    return map;
  }

  /** `#{…}` is a set; `#tag value` is the value. */
  private dispatch(): Json {
    this.at++;
    if (this.text[this.at] === '{') {
      const items = this.sequence('}');
      return items.sort((a, b) =>
        typeof a === 'number' && typeof b === 'number' ? a - b : canonicalJson(a) < canonicalJson(b) ? -1 : 1,
      );
    }
    this.token();
    return this.value();
  }

  private string(): string {
    const start = this.at++;
    let result = '';
    for (;;) {
      const char = this.text[this.at++];
      if (char === undefined) throw new EdnError(start, 'a string is never closed');
      if (char === '"') return result;
      if (char !== '\\') result += char;
      else {
        const escaped = this.text[this.at++] ?? '';
        if (escaped === 'u') {
          result += String.fromCharCode(Number.parseInt(this.text.slice(this.at, this.at + 4), 16));
          this.at += 4;
        } else result += escapes[escaped] ?? escaped;
      }
    }
  }

  private character(): string {
    this.at++;
    const first = this.text[this.at++] ?? '';
    const name = first + (/\w/.test(first) ? this.token() : '');
    return ({ newline: '\n', space: ' ', tab: '\t', return: '\r' } as Record<string, string>)[name] ?? name;
  }

  private atom(): Json {
    const start = this.at;
    const token = this.token();
    const first = token.charCodeAt(0);
    if (first === colon) return token.slice(1);
    if (isDigit(first) || ((token[0] === '-' || token[0] === '+') && isDigit(token.charCodeAt(1)))) {
      const plain = Number(token);
      if (!Number.isNaN(plain)) return plain;
      const number = Number(token.replace(/[NM]$/, ''));
      const ratio = /^([+-]?\d+)\/(\d+)$/.exec(token);
      if (ratio) return Number(ratio[1]) / Number(ratio[2]);
      if (Number.isNaN(number)) throw new EdnError(start, `'${token}' is not a number`);
      return number;
    }
    if (token === 'nil') return null;
    return token === 'true' || (token !== 'false' && token);
  }

  private token(): string {
    const start = this.at;
    const { text } = this;
    let at = start;
    while (at < text.length && delimiters[text.charCodeAt(at)] !== 1) at++;
    this.at = at;
    return text.slice(start, at);
  }
}
