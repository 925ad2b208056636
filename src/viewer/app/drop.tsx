/** Opens what is dropped on the page or chosen, and asks what a history is to be judged by. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Level, levels } from '../../checkers/ladder/lattice.ts';
import type { PageData } from '../../report/page.ts';
import { specs } from '../../spec/specs.ts';
import { type Dropped, judged, type Question, read } from './dropped.ts';

interface Props {
  readonly onData: (data: PageData) => void;
  readonly empty: boolean;
  readonly children: ComponentChildren;
}

export function DropTarget({ onData, empty, children }: Props) {
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState('');
  const [dropped, setDropped] = useState<Dropped | undefined>();
  const attempt = (act: () => void) => {
    try {
      act();
      setProblem('');
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const open = async (file: File | undefined) => {
    if (!file) return;
    const text = await file.text().catch(() => undefined);
    attempt(() => {
      if (text === undefined) throw new Error(`${file.name} cannot be read; expected a file, not a folder`);
      const found = read(file.name, text);
      const page = 'runs' in found ? found : judged(found);
      setDropped('runs' in found ? undefined : found);
      onData(page);
    });
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
        <Judge
          key={dropped.name}
          name={dropped.name}
          ask={(question) => attempt(() => onData(judged(dropped, question)))}
        />
      )}
      {empty ? <Welcome open={open} /> : children}
    </div>
  );
}

function Judge({ name, ask }: { readonly name: string; readonly ask: (question?: Question) => void }) {
  const [spec, setSpec] = useState('');
  const [level, setLevel] = useState<Question['level']>('linearizable');
  const choose = (nextSpec: string, nextLevel: Question['level']) => {
    setSpec(nextSpec);
    setLevel(nextLevel);
    ask(nextSpec === '' ? undefined : { spec: nextSpec, level: nextLevel });
  };
  return (
    <p class="judge">
      Is {name}{' '}
      <select
        aria-label="consistency"
        value={level}
        onChange={(event) => choose(spec, event.currentTarget.value as Level | 'ladder')}
      >
        {['linearizable', 'ladder', ...levels.filter((each) => each !== 'linearizable')].map((each) => (
          <option key={each} value={each}>
            {each === 'ladder' ? 'how strong (ladder)' : each}
          </option>
        ))}
      </select>{' '}
      as a{' '}
      <select aria-label="spec" value={spec} onChange={(event) => choose(event.currentTarget.value, level)}>
        <option value="">…</option>
        {[...specs.keys()].map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </select>
      ?
    </p>
  );
}

function Welcome({ open }: { readonly open: (file: File | undefined) => void }) {
  return (
    <div class="welcome">
      <h1>clew</h1>
      <p>
        Drop a history or a page of <code>clew view</code> here, or{' '}
        <label class="link">
          choose a file
          <input
            type="file"
            class="hidden-input"
            onChange={(event) => open(event.currentTarget.files?.[0])}
          />
        </label>
        .
      </p>
    </div>
  );
}
