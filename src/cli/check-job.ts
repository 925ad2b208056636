/** The work of `clew check` on one file: from events to a report. Runs in the command itself or in its worker. */
import { canonicalJson, type Json } from '../base/json.ts';
import type { Budget } from '../checkers/budget.ts';
import { InputError } from '../checkers/linearizable/transitions.ts';
import { located, type RecordedHistory } from '../history/codecs/read.ts';
import type { Operation } from '../history/history.ts';
import { HistoryError, operationsOf } from '../history/operations.ts';
import { countText } from '../report/operation-text.ts';
import { withNilReadsAny } from '../spec/nil-reads.ts';
import type { AnySpec } from '../spec/spec.ts';
import { levels } from './check-levels.ts';
import { type ExitCode, exitCode } from './command.ts';

export interface CheckOptions {
  readonly spec: string;
  readonly consistency: string;
  readonly initial: Json | undefined;
  readonly nilReadsAny: boolean;
  readonly independent: boolean;
  readonly witness: boolean;
  readonly dot: string | undefined;
  /** Characters of a line of the terminal, when there is one. */
  readonly columns?: number | undefined;
}

export interface FileReport {
  readonly exit: ExitCode;
  /** The object that `--json` prints. */
  readonly json: Readonly<Record<string, Json>>;
  readonly text: string;
}

/** Judges a history that has been read. Throws a `UsageError` with file and line for one that is not a history of the spec. */
export function judgeFile(
  file: string,
  recorded: RecordedHistory,
  spec: AnySpec,
  options: CheckOptions,
  budget: Budget,
): FileReport {
  const history = options.independent ? withKeys(recorded) : recorded;
  const operations = operationsFrom(file, history, spec, options);
  const judge = levels[options.consistency]!;
  const verdict = atFault(file, history, operations, () =>
    judge({
      file,
      history,
      operations,
      spec,
      initial: initialOf(options.initial, recorded),
      budget,
      showWitness: options.witness,
      nilReadsAny: options.nilReadsAny,
      dot: options.dot,
      columns: options.columns,
    }),
  );
  const exit =
    verdict.valid === 'unknown' ? exitCode.unknown : verdict.valid ? exitCode.holds : exitCode.violated;
  const hint = !options.independent && looksIndependent(spec, recorded) ? independentHint : undefined;
  const remarks = [
    spec.name,
    countText(operations.length, 'operation'),
    `${verdict.elapsedMs.toFixed(verdict.elapsedMs < 10 ? 2 : 0)} ms`,
    ...verdict.remarks,
    ...(hint === undefined ? [] : [hint]),
  ];
  const title = `${file === '-' ? 'standard input' : file}: ${verdict.headline}  (${remarks.join('; ')})`;
  return {
    exit,
    json: {
      file,
      valid: verdict.valid,
      consistency: options.consistency,
      spec: spec.name,
      operations: operations.length,
      elapsedMs: Math.round(verdict.elapsedMs * 1000) / 1000,
      ...verdict.fields,
      ...(hint === undefined ? {} : { hint }),
    },
    text: verdict.text === '' ? title : `${title}\n\n${verdict.text}\n`,
  };
}

/** The value before anyone wrote, where it is not the spec's. */
export function initialOf(given: Json | undefined, { format }: RecordedHistory): Json | undefined {
  if (given !== undefined) return given;
  return format === 'porcupine-kv' ? '' : undefined;
}

/** The operations of a history as its spec takes them. Throws a `UsageError` with file and line. */
export function operationsFrom(
  file: string,
  history: RecordedHistory,
  spec: AnySpec,
  options: Pick<CheckOptions, 'nilReadsAny'>,
): ReturnType<typeof operationsOf> {
  try {
    const functions = Object.keys(spec.ops);
    const known = new Set(functions);
    history.events.forEach(({ f }, event) => {
      if (!known.has(f)) {
        throw new HistoryError(
          event,
          `the spec '${spec.name}' has no function '${f}'; it has: ${functions.join(', ')}`,
        );
      }
    });
    const operations = operationsOf(history.events);
    operations.forEach((operation, i) => {
      operations[i] = withoutEcho(spec, operation);
    });
    return options.nilReadsAny ? withNilReadsAny(spec, operations) : operations;
  } catch (error) {
    throw located(error, file, history);
  }
}

/** Names the first operation that has the input which the spec cannot take. */
function atFault<T>(
  file: string,
  history: RecordedHistory,
  operations: readonly Operation[],
  judge: () => T,
): T {
  try {
    return judge();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const input = canonicalJson(error.input);
    const found = operations.find(({ f, input: own }) => f === error.f && canonicalJson(own) === input);
    throw found ? located(new HistoryError(found.invoked, error.message), file, history) : error;
  }
}

/** Some recorders put the answer of a read into its invocation too; a function that takes no input has none. */
function withoutEcho(spec: AnySpec, operation: Operation): Operation {
  const takesNone = spec.ops[operation.f]!.length < 2;
  return takesNone && operation.input !== null && operation.output !== null
    ? { ...operation, input: null }
    : operation;
}

const independentHint =
  'all values look like [key, value] of jepsen.independent: if they are, add --independent';

/**
 * Whether every value is a pair and a function that takes no input was given one, `[key, null]`. Only a hint: an object
 * may well hold pairs, so nobody but the user can tell.
 */
function looksIndependent(spec: AnySpec, { events }: RecordedHistory): boolean {
  const isPair = (value: Json): value is [Json, Json] => Array.isArray(value) && value.length === 2;
  return (
    events.every(({ type, value }) => (type !== 'invoke' && type !== 'ok') || isPair(value)) &&
    events.some(
      ({ type, f, value }) =>
        type === 'invoke' && spec.ops[f]!.length < 2 && isPair(value) && value[1] === null,
    )
  );
}

/** Jepsen's independent keys: a value `[key, value]` is taken apart. */
export function withKeys(history: RecordedHistory): RecordedHistory {
  const events = history.events.map((event) => {
    if (event.key !== undefined || !Array.isArray(event.value) || event.value.length !== 2) return event;
    const [key, value] = event.value as [Json, Json];
    return { ...event, key, value };
  });
  return { ...history, events };
}
