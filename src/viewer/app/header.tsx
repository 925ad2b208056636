/** What was judged, the verdict, and which run is shown. */
import { useState } from 'preact/hooks';
import type { PageData, PageRun } from '../../report/page.ts';
import type { RunModel } from './run-model.ts';

const verdictWords = { violated: 'violated', holds: 'holds', unknown: 'unknown' } as const;

interface Props {
  readonly data: PageData;
  readonly models: readonly RunModel[];
  readonly run: PageRun;
  readonly onRun: (id: string) => void;
}

export function Header({ data, models, run, onRun }: Props) {
  return (
    <header class="head">
      <div class="what">
        <span class={`verdict ${run.verdict.kind}`}>{verdictWords[run.verdict.kind]}</span>
        <h1>{data.title}</h1>
      </div>
      {models.length > 1 && (
        <div class="runs">
          {models.map(({ run: { id, label, verdict, deviations } }) => (
            <button
              type="button"
              key={id}
              aria-pressed={run.id === id}
              class={`run ${verdict.kind}`}
              title={runTitle(models[0] as RunModel, id, verdict.kind, deviations.length)}
              onClick={() => onRun(id)}
            >
              <i class="light" />
              {label}
            </button>
          ))}
        </div>
      )}
      {data.replay && <Copy text={data.replay} />}
    </header>
  );
}

function runTitle(saved: RunModel, id: string, verdict: string, count: number): string {
  const left = /^without-(\d+)$/.exec(id)?.[1];
  const missing = left === undefined ? undefined : saved.run.deviations[Number(left) - 1]?.words;
  return missing === undefined ? `${count} deviations: ${verdict}` : `without "${missing}": ${verdict}`;
}

function Copy({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    // A page opened from disk may not be trusted with the clipboard; then the text is selected by hand.
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" class="copy" title={text} onClick={copy}>
      {copied ? 'copied ✓' : 'copy replay command'}
    </button>
  );
}
