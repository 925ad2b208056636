/**
 * The text form of Plume's and dbcop's collections: one operation a line, `r(key,value,session,transaction)` or
 * `w(…)`; value 0 is the initial value, transaction -1 was aborted, operations of a session stand in its order.
 * Transactions come out in the order of their first line; the form says nothing about real time.
 */
import { UsageError } from '../../base/errors.ts';
import { status, TransactionBuilder, type Transactions } from '../transactions.ts';

interface Line {
  readonly write: boolean;
  readonly key: number;
  readonly value: number;
}

/** `name` is the file's, for messages. */
export function parseTransactionText(text: string, name: string): Transactions {
  const operations = new Map<string, Line[]>();
  const order: { session: number; transaction: number; lines: Line[] }[] = [];
  const numbers = [0, 0, 0, 0];
  let line = 0;
  let position = 0;
  while (position < text.length) {
    let end = text.indexOf('\n', position);
    if (end === -1) end = text.length;
    line++;
    const start = position;
    position = end + 1;
    if (text.slice(start, end).trim() === '') continue;
    const write = parseLine(text, start, end, numbers);
    if (write === undefined) {
      throw new UsageError(
        `${name}:${line}: ${JSON.stringify(text.slice(start, end))}; expected r(key,value,session,transaction) or w(key,value,session,transaction) with integers`,
      );
    }
    const [key, value, session, transaction] = numbers as [number, number, number, number];
    // Every aborted operation stands alone: nothing says which of them belonged together.
    const last = order[order.length - 1];
    if (transaction !== -1 && last?.session === session && last.transaction === transaction) {
      last.lines.push({ write, key, value });
      continue;
    }
    const id = `${session} ${transaction}`;
    let lines = transaction === -1 ? undefined : operations.get(id);
    if (!lines) {
      lines = [];
      order.push({ session, transaction, lines });
      if (transaction !== -1) operations.set(id, lines);
    }
    lines.push({ write, key, value });
  }
  const builder = new TransactionBuilder(0, { timed: false });
  for (const { session, transaction, lines } of order) {
    builder.begin({ process: session, status: transaction === -1 ? status.fail : status.ok });
    for (const { write, key, value } of lines) {
      if (write) builder.write(key, value);
      else builder.read(key, value);
    }
  }
  return builder.build();
}

/** Fills `numbers`; true for a write, false for a read, undefined for a line of another form. */
function parseLine(text: string, start: number, end: number, numbers: number[]): boolean | undefined {
  let at = start;
  while (text.charCodeAt(at) === 32) at++;
  const letter = text[at];
  if ((letter !== 'r' && letter !== 'w') || text[at + 1] !== '(') return undefined;
  at += 2;
  for (let i = 0; i < 4; i++) {
    while (text.charCodeAt(at) === 32) at++;
    let sign = 1;
    if (text[at] === '-') {
      sign = -1;
      at++;
    }
    let digits = 0;
    let number = 0;
    for (let code = text.charCodeAt(at); code >= 48 && code <= 57; code = text.charCodeAt(++at)) {
      number = number * 10 + (code - 48);
      digits++;
    }
    if (digits === 0 || digits > 15) return undefined;
    numbers[i] = sign * number;
    while (text.charCodeAt(at) === 32) at++;
    if (text[at++] !== (i < 3 ? ',' : ')')) return undefined;
  }
  return text.slice(at, end).trim() === '' ? letter === 'w' : undefined;
}
