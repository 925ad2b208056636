/** Opens what is dropped on the page or chosen: another page of clew, or a history, which is judged right here. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { edn } from '../../history/codecs/edn.ts';
import { jsonl } from '../../history/codecs/jsonl.ts';
import type { HistoryEvent } from '../../history/history.ts';
import { historyPage } from '../../report/history-page.ts';
import { type PageData, pageFormat } from '../../report/page.ts';
import { specs } from '../../spec/specs.ts';

interface Props {
  readonly onData: (data: PageData) => void;
  readonly empty: boolean;
  readonly children: ComponentChildren;
}

interface Dropped {
  readonly name: string;
  readonly history: readonly HistoryEvent[];
}

/** A verdict in the page has this long; `clew check` has as long as it takes. */
const patienceMs = 5000;

export function DropTarget({ onData, empty, children }: Props) {
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState('');
  const [dropped, setDropped] = useState<Dropped | undefined>();
  const judge = ({ name, history }: Dropped, specName: string) => {
    const end = performance.now() + patienceMs;
    const reason = `no verdict in ${patienceMs / 1000} s; clew check has more time`;
    const budget = { exhausted: () => (performance.now() > end ? reason : undefined) };
    try {
      onData(historyPage({ file: name, history, spec: specs.get(specName), options: { budget } }));
      setProblem('');
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const open = async (file: File | undefined) => {
    if (!file) return;
    setProblem('');
    setDropped(undefined);
    try {
      const found = read(file.name, await file.text());
      if ('format' in found) return onData(found);
      setDropped(found);
      judge(found, '');
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files are dropped anywhere; there is a button too
    <div
      class={`drop ${over ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        open(event.dataTransfer?.files[0]);
      }}
    >
      {problem && (
        <p class="problem" role="alert">
          {problem}{' '}
          <button type="button" class="link" onClick={() => setProblem('')}>
            close
          </button>
        </p>
      )}
      {dropped && (
        <p class="judge">
          Judge {dropped.name} as a{' '}
          <select aria-label="spec" onChange={(event) => judge(dropped, event.currentTarget.value)}>
            <option value="">…</option>
            {[...specs.keys()].map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </p>
      )}
      {empty ? (
        <div class="welcome">
          <h1>clew</h1>
          <p>
            Drop a history (JSON lines or EDN) or a page of <code>clew view</code> here, or{' '}
            <label class="link">
              choose a file
              <input type="file" hidden onChange={(event) => open(event.currentTarget.files?.[0])} />
            </label>
            .
          </p>
        </div>
      ) : (
        children
      )}
    </div>
  );
}

function read(name: string, text: string): PageData | Dropped {
  const embedded = /<script type="application\/json" id="clew-data">([\s\S]*?)<\/script>/.exec(text)?.[1];
  if (embedded !== undefined) return pageOf(name, JSON.parse(embedded));
  if (/^\s*\{\s*"format":\s*"clew\/page@/.test(text)) return pageOf(name, JSON.parse(text));
  if (/^\s*\{\s*"format":\s*"clew\/schedule@/.test(text)) {
    throw new Error(
      `${name} is a counterexample, which runs its protocol; make its page with: npx clew view ${name}`,
    );
  }
  const history: HistoryEvent[] = [];
  const codec = [jsonl, edn].find(({ recognises }) => recognises(text.slice(0, 4096)));
  if (!codec) throw new Error(`${name} is neither a page of clew nor a history in JSON lines or EDN`);
  const decoder = codec.decoder((event) => history.push(event));
  decoder.push(text);
  decoder.end();
  return { name, history };
}

function pageOf(name: string, data: PageData | null): PageData {
  if (data?.format !== pageFormat)
    throw new Error(`${name} has no run in it that this page can show (${pageFormat})`);
  return data;
}
