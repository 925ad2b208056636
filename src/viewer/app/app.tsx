/** The page: a header, the diagram, and beside it what is known about the step that is looked at. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { PageData } from '../../report/page.ts';
import { DiagramPane } from './diagram-pane.tsx';
import { DropTarget } from './drop.tsx';
import { readHash, writeHash } from './hash.ts';
import { Header } from './header.tsx';
import { isFiltering, noFilter, RunModel } from './run-model.ts';
import { Side } from './side.tsx';
import { Toolbar } from './toolbar.tsx';

export function App({ initial }: { readonly initial: PageData | null }) {
  const [data, setData] = useState(initial);
  return (
    <DropTarget onData={setData} empty={data === null}>
      {data && <Page key={`${data.file} ${data.title} ${data.spec ?? ''}`} data={data} />}
    </DropTarget>
  );
}

/** Where reading begins: the violation is at the end, so its last step; a history that holds begins at its start. */
function firstStep(model: RunModel): number {
  const { linearization, verdict, diagram } = model.run;
  if (linearization?.valid === false) {
    const stuck = diagram.bars.find(({ operation }) => operation === linearization.operation);
    if (stuck?.to !== undefined) return stuck.to;
  }
  return verdict.kind === 'violated' ? diagram.steps.length - 1 : 0;
}

function Page({ data }: { readonly data: PageData }) {
  const models = useMemo(() => data.runs.map((run) => new RunModel(run)), [data]);
  const fromHash = useMemo(() => readHash(), [data]);
  const [runId, setRunId] = useState(fromHash.run ?? data.runs[0]?.id ?? '');
  const model = models.find(({ run }) => run.id === runId) ?? (models[0] as RunModel);
  const last = model.diagram.steps.length - 1;
  const [step, setStepRaw] = useState(() => Math.min(fromHash.step ?? firstStep(model), last));
  const [why, setWhy] = useState<number | undefined>(fromHash.why);
  const [filter, setFilter] = useState({ ...noFilter, query: fromHash.query ?? '' });
  const [prefix, setPrefix] = useState(0);
  const [showOrder, setShowOrder] = useState(true);

  const setStep = useCallback((next: number) => setStepRaw(Math.max(0, Math.min(last, next))), [last]);
  const chooseRun = (id: string) => {
    const next = models.find(({ run }) => run.id === id) as RunModel;
    setRunId(id);
    setWhy(undefined);
    setPrefix(0);
    // In the run with one deviation less, what is worth seeing first is where it parts ways with the failing one.
    setStepRaw(next.run.partsWays ?? firstStep(next));
  };

  useEffect(() => {
    writeHash({ step, run: runId === data.runs[0]?.id ? undefined : runId, why, query: filter.query });
  }, [step, runId, why, filter.query]);
  useEffect(() => {
    const onHash = () => {
      const hash = readHash();
      if (hash.run !== undefined) setRunId(hash.run);
      if (hash.step !== undefined) setStep(hash.step);
      setWhy(hash.why);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, [setStep]);

  const past = useMemo(() => (why === undefined ? undefined : model.past(why)), [model, why]);
  const filtering = isFiltering(filter);
  const stands = useCallback(
    (index: number) => (!past || past.has(index)) && (!filtering || model.matches(index, filter)),
    [model, past, filter, filtering],
  );
  // From the step as it is then, since keys may come faster than the page is drawn.
  const go = useCallback(
    (direction: 1 | -1, sameLane = false) =>
      setStepRaw((now) => {
        const { steps } = model.diagram;
        const lanes = steps[now]?.lanes ?? [];
        for (let next = now + direction; next >= 0 && next <= last; next += direction) {
          const there = steps[next]?.lanes ?? [];
          if (stands(next) && (!sameLane || there.some((lane) => lanes.includes(lane)))) return next;
        }
        return now;
      }),
    [model, last, stands],
  );
  const toggleWhy = useCallback(() => setWhy((now) => (now === undefined ? step : undefined)), [step]);
  const clear = () => {
    setWhy(undefined);
    setFilter(noFilter);
  };
  useKeyboard({ go, setStep, last, toggleWhy, clear });

  const { linearization } = model.run;
  const chosen = linearization?.valid === false ? linearization.prefixes[prefix] : undefined;
  const order = !showOrder ? undefined : linearization?.valid === true ? linearization.order : chosen?.order;
  const stuck =
    linearization?.valid === false
      ? [linearization.operation, ...(chosen?.stuck.map((each) => each.operation) ?? [])]
      : [];

  return (
    <div class="page">
      <Header data={data} models={models} run={model.run} onRun={chooseRun} />
      <Toolbar
        {...{
          model,
          filter,
          setFilter,
          step,
          last,
          go,
          setStep,
          why,
          toggleWhy,
          showOrder,
          setShowOrder,
          stands,
        }}
      />
      <DiagramPane
        {...{ model, step, setStep, filter, setFilter, stands, order, stuck }}
        active={past !== undefined || filtering}
      />
      <Side {...{ data, model, step, setStep, prefix, setPrefix, chooseRun, why, toggleWhy }} />
    </div>
  );
}

interface Keys {
  readonly go: (direction: 1 | -1, sameLane?: boolean) => void;
  readonly setStep: (step: number) => void;
  readonly last: number;
  readonly toggleWhy: () => void;
  readonly clear: () => void;
}

function useKeyboard({ go, setStep, last, toggleWhy, clear }: Keys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (typing && event.key !== 'Escape' && event.key !== 'Enter') return;
      const actions: Record<string, () => void> = {
        ArrowDown: () => go(1, event.shiftKey),
        ArrowRight: () => go(1, event.shiftKey),
        ArrowUp: () => go(-1, event.shiftKey),
        ArrowLeft: () => go(-1, event.shiftKey),
        j: () => go(1),
        k: () => go(-1),
        Home: () => setStep(0),
        End: () => setStep(last),
        w: toggleWhy,
        '/': () => document.querySelector<HTMLInputElement>('#search')?.focus(),
        Escape: () => {
          clear();
          (document.activeElement as HTMLElement | null)?.blur();
        },
      };
      if (typing && event.key === 'Enter') actions['Enter'] = () => go(event.shiftKey ? -1 : 1);
      const action = actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
