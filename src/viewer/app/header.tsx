/** What failed, in the words of its property, and which run is shown. */
import { useState } from 'preact/hooks';
import type { PageData, PageRun } from '../../report/page.ts';
import type { RunModel } from './run-model.ts';
import { Sentence } from './sentence.tsx';
import type { View } from './view.ts';

export function Header({ data, view }: { readonly data: PageData; readonly view: View }) {
  const { models, model, chooseRun } = view;
  const { verdict } = model.run;
  return (
    <header class={`head ${verdict.kind}`}>
      <div class="what">
        <h1>
          <span class={`verdict ${verdict.kind}`}>
            {data.spec || data.replay ? verdict.kind : 'not judged'}
          </span>{' '}
          {data.title} {data.subject && <small>{data.subject}</small>}
        </h1>
        <p class="explanation" aria-live="polite">
          {verdict.kind === 'holds' ? (
            holdsInWords(data, verdict.property)
          ) : (
            <Sentence text={verdict.explanation} model={model} />
          )}
        </p>
      </div>
      {models.length > 1 && <Runs models={models} shown={model.run.id} chooseRun={chooseRun} />}
      {data.replay && <Copy text={data.replay} />}
    </header>
  );
}

const holdsInWords = ({ title, story }: PageData, property: string | undefined): string =>
  property === undefined ? `in this run nothing violates ‘${title}’` : story;

/** The failing run, what it was shrunk from, and it again with one deviation less: those by their numbers. */
function Runs({ models, shown, chooseRun }: Pick<View, 'models' | 'chooseRun'> & { readonly shown: string }) {
  const saved = (models[0] as RunModel).run;
  const whole = models.filter(({ run }) => !isWithout(run.id));
  const without = models.filter(({ run }) => isWithout(run.id));
  const button = ({ run }: RunModel, label: string) => (
    <button
      type="button"
      key={run.id}
      data-run={run.id}
      aria-pressed={run.id === shown}
      aria-label={`${run.label}: ${run.verdict.kind}`}
      class={`run ${run.verdict.kind}`}
      title={runTitle(saved, run)}
      onClick={() => chooseRun(run.id)}
    >
      <i class="light" />
      {label}
    </button>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div class="runs" role="group" aria-label="runs">
      {whole.map((model) => button(model, model.run.label))}
      {without.length > 0 && <span class="without">without deviation</span>}
      {without.map((model) => button(model, model.run.label.replace('without ', '')))}
    </div>
  );
}

const isWithout = (id: string): boolean => id.startsWith('without-');

function runTitle(saved: PageRun, { id, verdict, deviations }: PageRun): string {
  const left = /^without-(\d+)$/.exec(id)?.[1];
  const missing = left === undefined ? undefined : saved.deviations[Number(left) - 1]?.words;
  return missing === undefined
    ? `${deviations.length} ${deviations.length === 1 ? 'deviation' : 'deviations'}: ${verdict.kind}`
    : `without ‘${missing}’: ${verdict.kind}`;
}

function Copy({ text }: { readonly text: string }) {
  const [state, setState] = useState('');
  const copy = async () => {
    setState((await copied(text)) ? 'copied ✓' : 'copying is not allowed here');
    setTimeout(() => setState(''), 2000);
  };
  return (
    <button type="button" class="copy" title={text} onClick={copy}>
      <span aria-live="polite">{state || 'copy replay command'}</span>
    </button>
  );
}

/** A page opened from disk may not be trusted with the clipboard; then an older way is tried. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
