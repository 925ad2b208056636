/**
 * The text form of Plume's and dbcop's collections: one operation a line, `r(key,value,session,transaction)` or
 * `w(…)`; value 0 is the initial value, transaction -1 was aborted, operations of a session stand in its order.
 * Transactions come out in the order of their first line; the form says nothing about real time.
 */
import type { Json } from '../../base/json.ts';
import { status, TransactionBuilder, type Transactions } from '../transactions.ts';
import { type Codec, FormatError, LineDecoder, shown } from './codec.ts';

const form = 'r(key,value,session,transaction) or w(key,value,session,transaction) with integers';

/** As events: each transaction is invoked and completes at once. */
export const txnText: Codec = {
  name: 'txn-text',
  recognises: (head) => /^\s*[rw]\(\s*-?\d/.test(head),
  decoder: (sink) => {
    const grouper = new Grouper();
    const lines = new LineDecoder((text, line) => grouper.take(text, line));
    return {
      push: (text) => lines.push(text),
      end() {
        lines.end();
        for (const { session, aborted, line, operations } of grouper.groups) {
          const value = operations.map(({ write, key, value }): Json => [write ? 'w' : 'r', key, value]);
          const asked = operations.map(
            ({ write, key, value }): Json => [write ? 'w' : 'r', key, write ? value : null],
          );
          sink({ process: session, type: 'invoke', f: 'txn', value: asked }, line);
          sink({ process: session, type: aborted ? 'fail' : 'ok', f: 'txn', value }, line);
        }
      },
    };
  },
};

/** The whole text at once, without events in between: for large collections. Throws a `FormatError` with the line. */
export function parseTransactionText(text: string): Transactions {
  const grouper = new Grouper();
  const lines = new LineDecoder((line, number) => grouper.take(line, number));
  lines.push(text);
  lines.end();
  const builder = new TransactionBuilder(0, { timed: false });
  for (const { session, aborted, operations } of grouper.groups) {
    builder.begin({ process: session, status: aborted ? status.fail : status.ok });
    for (const { write, key, value } of operations) {
      if (write) builder.write(key, value);
      else builder.read(key, value);
    }
  }
  return builder.build();
}

interface Group {
  readonly session: number;
  readonly transaction: number;
  readonly aborted: boolean;
  readonly line: number;
  readonly operations: { readonly write: boolean; readonly key: number; readonly value: number }[];
}

/** Puts lines of the same session and transaction together. */
class Grouper {
  readonly groups: Group[] = [];
  private readonly byName = new Map<string, Group>();
  private readonly numbers = [0, 0, 0, 0];

  take(text: string, line: number): void {
    if (text.trim() === '') return;
    const write = parseLine(text, this.numbers);
    if (write === undefined) throw new FormatError(line, `${shown(text)}; expected ${form}`);
    const [key, value, session, transaction] = this.numbers as [number, number, number, number];
    // Every aborted operation stands alone: nothing says which of them belonged together.
    const aborted = transaction === -1;
    let group = this.groups.at(-1);
    if (aborted || group?.session !== session || group.transaction !== transaction) {
      const name = `${session} ${transaction}`;
      group = aborted ? undefined : this.byName.get(name);
      if (!group) {
        group = { session, transaction, aborted, line, operations: [] };
        this.groups.push(group);
        if (!aborted) this.byName.set(name, group);
      }
    }
    group.operations.push({ write, key, value });
  }
}

/** Fills `numbers`; true for a write, false for a read, undefined for a line of another form. */
function parseLine(text: string, numbers: number[]): boolean | undefined {
  let at = 0;
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
  return text.slice(at).trim() === '' ? letter === 'w' : undefined;
}
