/** Histories as text: JSON lines, and EDN as Jepsen writes it. Both are read back by `clew check`. */
import type { Json } from '../../base/json.ts';
import { historyFormat } from '../../history/codecs/codec.ts';
import type { History, HistoryEvent } from '../../history/history.ts';

/** One event a line, after a line that names the format. */
export function historyAsJsonLines(history: History): string {
  const lines = history.map(({ process, type, f, key, value, time }) =>
    JSON.stringify({
      process,
      type,
      f,
      value,
      ...(key === undefined ? {} : { key }),
      ...(time === undefined ? {} : { time: Math.round(time) }),
    }),
  );
  return `${[JSON.stringify({ format: historyFormat }), ...lines].join('\n')}\n`;
}

/**
 * One map a line, as in a Jepsen store's history.edn. Jepsen's checkers take what was written from the completion
 * (knossos.history/complete), so one that says nothing repeats its argument, and Elle knows micro-operations by keywords.
 */
export function historyAsEdn(history: History): string {
  const open = new Map<number, Json>();
  return history
    .map((event, index) => {
      const { process, type, f, value } = event;
      const argument = open.get(process) ?? null;
      if (type === 'invoke') open.set(process, value);
      const repeats = type === 'ok' && value === null && writes.has(f);
      return `${eventAsEdn(repeats ? { ...event, value: argument } : event, index)}\n`;
    })
    .join('');
}

/** Functions of the specs that come with clew which answer nothing. */
const writes = new Set(['write', 'put', 'append', 'delete', 'add', 'enqueue', 'push', 'insert']);

function eventAsEdn({ process, type, f, key, value, time }: HistoryEvent, index: number): string {
  const fields = [
    `:process ${process}`,
    `:type :${type}`,
    // A function's name is a keyword where it can be one.
    `:f ${/^[A-Za-z][\w*!?-]*$/.test(f) ? `:${f}` : JSON.stringify(f)}`,
    `:value ${f === 'txn' ? transaction(value) : edn(value)}`,
    ...(key === undefined ? [] : [`:key ${edn(key)}`]),
    ...(time === undefined ? [] : [`:time ${Math.round(time)}`]),
    `:index ${index}`,
  ];
  return `{${fields.join(', ')}}`;
}

/** `[[:r "x" nil] [:append "y" 3]]`. */
function transaction(value: Json): string {
  if (!Array.isArray(value)) return edn(value);
  const parts = value.map((part) => {
    if (!Array.isArray(part) || !/^(r|w|append)$/.test(String(part[0]))) return edn(part);
    return `[:${part[0]} ${part.slice(1).map(edn).join(' ')}]`;
  });
  return `[${parts.join(' ')}]`;
}

function edn(value: Json): string {
  if (value === null) return 'nil';
  if (Array.isArray(value)) return `[${value.map(edn).join(' ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, field]) => `${JSON.stringify(name)} ${edn(field as Json)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}
