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

/** One map a line, as in a Jepsen store's history.edn. */
export function historyAsEdn(history: History): string {
  return history.map((event, index) => `${eventAsEdn(event, index)}\n`).join('');
}

function eventAsEdn({ process, type, f, key, value, time }: HistoryEvent, index: number): string {
  const fields = [
    `:process ${process}`,
    `:type :${type}`,
    // A function's name is a keyword where it can be one.
    `:f ${/^[A-Za-z][\w*!?-]*$/.test(f) ? `:${f}` : JSON.stringify(f)}`,
    `:value ${edn(value)}`,
    ...(key === undefined ? [] : [`:key ${edn(key)}`]),
    ...(time === undefined ? [] : [`:time ${Math.round(time)}`]),
    `:index ${index}`,
  ];
  return `{${fields.join(', ')}}`;
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
