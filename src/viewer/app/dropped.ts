/** A file that was dropped on the page: another page of clew, or a history, which is judged right here. */
import { initialValue } from '../../checkers/ladder/initial-value.ts';
import { type Level, requireSingle } from '../../checkers/ladder/lattice.ts';
import { type Codec, FormatError } from '../../history/codecs/codec.ts';
import { edn, porcupineKv } from '../../history/codecs/edn.ts';
import { jepsenLog } from '../../history/codecs/jepsen-log.ts';
import { jsonl } from '../../history/codecs/jsonl.ts';
import { txnText } from '../../history/codecs/txn-text.ts';
import type { HistoryEvent } from '../../history/history.ts';
import { HistoryError } from '../../history/operations.ts';
import { deliveredReads, transactionsFromEvents } from '../../history/transactions-from-events.ts';
import { historyPage, type LadderInput } from '../../report/history-page.ts';
import { type PageData, pageFormat } from '../../report/page.ts';
import { specs } from '../../spec/specs.ts';

export interface Dropped {
  readonly name: string;
  readonly history: readonly HistoryEvent[];
  readonly format: string;
  /** By event: its line in the file. */
  readonly lines: readonly number[];
}

export interface Question {
  readonly spec: string;
  readonly level: Level | 'ladder';
}

/** In the order in which they are tried, as the commands do. */
const codecs: readonly Codec[] = [jsonl, porcupineKv, edn, jepsenLog, txnText];

/** A verdict in the page has this long; `clew check` has as long as it takes. */
const patienceMs = 5000;

/** Throws an error that names the file and says what was expected. */
export function read(name: string, text: string): PageData | Dropped {
  const embedded = /<script type="application\/json" id="clew-data">([\s\S]*?)<\/script>/.exec(text)?.[1];
  if (embedded !== undefined) return pageOf(name, embedded);
  if (/^\s*\{\s*"format":\s*"clew\/page@/.test(text)) return pageOf(name, text);
  if (/^\s*\{[^}]*"format":\s*"clew\/(schedule|machine-trace)@/.test(text)) {
    throw new Error(
      `${name} is a counterexample, which runs its protocol, and the page has none; make its page with: npx clew view ${name}`,
    );
  }
  const head = text.slice(0, 4096).replace(/^\uFEFF/, '');
  const codec = codecs.find(({ recognises }) => recognises(head));
  if (!codec) {
    const known = codecs.map((each) => each.name).join(', ');
    throw new Error(`${name} is neither a page of clew nor a history in a format that is known (${known})`);
  }
  const history: HistoryEvent[] = [];
  const lines: number[] = [];
  const decoder = codec.decoder((event, line) => {
    history.push(event);
    lines.push(line);
  });
  try {
    decoder.push(text.replace(/^\uFEFF/, ''));
    decoder.end();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Error(`${name}:${error.line}: event ${history.length + 1}: ${error.problem}`);
  }
  if (history.length === 0) throw new Error(`${name} has no events of clients in it`);
  return { name, history, format: codec.name, lines };
}

function pageOf(name: string, text: string): PageData {
  let data: Partial<PageData> | null;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error(`${name} is a page of clew whose data is broken: not JSON`);
  }
  if (data?.format !== pageFormat || !Array.isArray(data.runs) || data.runs.length === 0)
    throw new Error(`${name} has no run in it that this page can show (${pageFormat})`);
  return data as PageData;
}

/** Without a question the history is shown and not judged. */
export function judged(dropped: Dropped, question?: Question): PageData {
  const { name, history, lines } = dropped;
  const end = performance.now() + patienceMs;
  const reason = `no verdict in ${patienceMs / 1000} s; clew check has more time`;
  const budget = { exhausted: () => (performance.now() > end ? reason : undefined) };
  const spec = question && specs.get(question.spec);
  try {
    const ladder = question && ladderOf(dropped, question, budget);
    return historyPage({ file: name, history, spec, options: { budget }, ladder });
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    throw new Error(`${name}:${lines[error.event]}: event ${error.event + 1}: ${error.problem}`);
  }
}

function ladderOf(
  { history, format }: Dropped,
  { spec, level }: Question,
  budget: NonNullable<LadderInput['options']['budget']>,
): LadderInput | undefined {
  const text = format === 'txn-text';
  if (level === 'linearizable') {
    if (!text) return undefined;
    throw new Error(
      'the text form says nothing about real time; expected another level, such as serializable',
    );
  }
  const object = specs.get(spec);
  const initial = text || !object ? 0 : initialValue(object);
  const transactions = transactionsFromEvents(history, { initial, timed: !text });
  if (level !== 'ladder') requireSingle(level, !transactions.single);
  return { level, transactions, options: { budget, delivered: deliveredReads(history) } };
}
