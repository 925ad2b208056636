/**
 * Transactions from a history of events: Jepsen's `txn` operations (a list of micro-operations `["r", k, v]`,
 * `["w", k, v]`, `["append", k, v]`), and single reads and writes, each a transaction of its own.
 */
import { canonicalJson, type Json } from '../base/json.ts';
import type { History, HistoryEvent } from './history.ts';
import { HistoryError } from './operations.ts';
import { never, status, TransactionBuilder, type Transactions } from './transactions.ts';
import { VersionNumbers } from './version-numbers.ts';

export interface TransactionOptions {
  /** The value of a register before anyone writes it; null by default. */
  readonly initial?: Json;
  /** Reads that returned null saw an unknown value (`--nil-read any`). */
  readonly nullReadsAny?: boolean;
  /** False when the order of events says nothing of real time. */
  readonly timed?: boolean;
  /** Completions without an invocation are operations that took no time, as hand-written histories have them. */
  readonly loose?: boolean;
}

type MicroOperation = readonly [f: string, key: Json, value: Json];

const reads = new Set(['read', 'get', 'r']);
const writes = new Set(['write', 'put', 'w']);

export function transactionsFromEvents(history: History, options: TransactionOptions = {}): Transactions {
  const builder = new TransactionBuilder(options.initial ?? null, {
    single: !isTransactional(history),
    timed: options.timed ?? true,
  });
  const lists = usesLists(history);
  const numbers = new VersionNumbers(options.initial ?? null);
  for (const { invocation, completion, invoked, completed } of pair(history, options.loose ?? false)) {
    const outcome = completion?.type ?? 'info';
    const known = outcome === 'ok';
    builder.begin({
      process: (completion ?? invocation)!.process,
      status: known ? status.ok : outcome === 'fail' ? status.fail : status.info,
      invoked,
      completed: known ? completed : outcome === 'fail' ? completed : never,
    });
    const version = completion?.version;
    if (version !== undefined && lists) {
      throw new HistoryError(
        completed,
        `version ${version} of a list; expected versions of registers only, for lists show their order`,
      );
    }
    const operations = microOperations(invocation, completion, completed);
    const single = microList((completion ?? invocation)!) === undefined;
    operations.forEach(([f, key, value], i) => {
      // Of a transaction the version is that of its writes, each key's last.
      const isLast =
        f === 'w' && !operations.some((other, j) => j > i && other[0] === 'w' && equal(other[1], key));
      const number = single || isLast ? version : undefined;
      const read = f === 'r' && (!known || (options.nullReadsAny && value === null)) ? undefined : value;
      if (number !== undefined && read !== undefined)
        numbers.state(key, { value: read, version: number, event: completed });
      if (f === 'append') builder.append(key, value);
      else if (f === 'w') builder.write(key, value, number);
      else if (lists) builder.readList(key, known ? asList(value, completed) : undefined);
      else builder.read(key, read, number);
    });
  }
  return builder.build();
}

const equal = (a: Json, b: Json): boolean => a === b || canonicalJson(a) === canonicalJson(b);

function isTransactional(history: History): boolean {
  return history.some((event) => event.f === 'txn' || Array.isArray(microList(event)));
}

interface Pair {
  invocation: HistoryEvent | undefined;
  completion: HistoryEvent | undefined;
  invoked: number;
  completed: number;
}

function pair(history: History, loose: boolean): Pair[] {
  const pairs: Pair[] = [];
  const open = new Map<number, Pair>();
  history.forEach((event, position) => {
    const earlier = open.get(event.process);
    if (event.type === 'invoke') {
      if (earlier) {
        throw new HistoryError(
          position,
          `process ${event.process} invokes '${event.f}' while its '${earlier.invocation?.f}' of event ${earlier.invoked + 1} is still open`,
        );
      }
      const fresh = { invocation: event, completion: undefined, invoked: position, completed: position };
      open.set(event.process, fresh);
      pairs.push(fresh);
    } else if (earlier) {
      earlier.completion = event;
      earlier.completed = position;
      open.delete(event.process);
    } else if (!loose) {
      const { process, f, type } = event;
      throw new HistoryError(
        position,
        `process ${process} completes '${f}' (${type}), which it has not invoked`,
      );
    } else {
      pairs.push({ invocation: undefined, completion: event, invoked: position, completed: position });
    }
  });
  return pairs;
}

function microOperations(
  invocation: HistoryEvent | undefined,
  completion: HistoryEvent | undefined,
  position: number,
): readonly MicroOperation[] {
  const event = (completion?.type === 'ok' ? completion : (invocation ?? completion))!;
  const list = microList(event);
  if (list) return list.map((item) => microOperation(item, position));
  if (event.f === 'txn') {
    throw new HistoryError(
      position,
      `a transaction of ${JSON.stringify(event.value)}; expected a list of micro-operations such as [["r", key, value], ["w", key, value]]`,
    );
  }
  const key = event.key ?? null;
  if (reads.has(event.f)) return [['r', key, withoutDeliveries(event.value)]];
  // The argument counts: what a write's completion says is not needed and not trusted.
  if (writes.has(event.f)) return [['w', key, (invocation ?? event).value]];
  if (event.f === 'append') return [['append', key, (invocation ?? event).value]];
  if (event.f === 'read-all') return [['r', key, event.value]];
  throw new HistoryError(
    position,
    `this level judges reads, writes and transactions of them, not '${event.f}'; expected one of: read, write, get, put, append, read-all, txn`,
  );
}

function microList(event: HistoryEvent): readonly Json[] | undefined {
  if (event.f !== 'txn' && event.f !== null) return undefined;
  return Array.isArray(event.value) ? event.value : event.value === null ? [] : undefined;
}

const microNames: Readonly<Record<string, string>> = {
  r: 'r',
  read: 'r',
  w: 'w',
  write: 'w',
  append: 'append',
};

function microOperation(item: Json, position: number): MicroOperation {
  const [f, key, value] = Array.isArray(item) ? item : [];
  if (!Array.isArray(item) || key === undefined || typeof f !== 'string' || !(f in microNames)) {
    throw new HistoryError(
      position,
      `micro-operation ${JSON.stringify(item)}; expected ["r", key, value], ["w", key, value] or ["append", key, value]`,
    );
  }
  return [microNames[f]!, key, value ?? null];
}

function asList(value: Json, position: number): readonly Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw new HistoryError(position, `a list read returned ${JSON.stringify(value)}; expected a list or null`);
}

function usesLists(history: History): boolean {
  return history.some(
    (event) =>
      event.f === 'append' ||
      event.f === 'read-all' ||
      (microList(event)?.some(
        (item) =>
          Array.isArray(item) && (item[0] === 'append' || (item[0] === 'r' && Array.isArray(item[2]))),
      ) ??
        false),
  );
}

/** A read may say what had been delivered where it was served: `{ "value": …, "delivered": […] }`. */
function deliveriesOf(value: Json): { value: Json; delivered: readonly Json[] } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { value: inner, delivered } = value as { value?: Json; delivered?: Json };
  return inner !== undefined && Array.isArray(delivered) ? { value: inner, delivered } : undefined;
}

function withoutDeliveries(value: Json): Json {
  const carried = deliveriesOf(value);
  return carried ? carried.value : value;
}

/** The reads of a history that carry deliveries. */
export function deliveredReads(history: History): { key: Json; value: Json; delivered: readonly Json[] }[] {
  return history.flatMap((event) => {
    const carried = event.type === 'ok' && reads.has(event.f) ? deliveriesOf(event.value) : undefined;
    return carried ? [{ key: event.key ?? null, ...carried }] : [];
  });
}
