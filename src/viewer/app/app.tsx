/** The page: what failed, the diagram, and beside it what is known about the step that is looked at. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { PageData } from '../../report/page.ts';
import { DiagramPane } from './diagram-pane.tsx';
import { DropTarget } from './drop.tsx';
import { type Place, readHash, writeHash } from './hash.ts';
import { Header } from './header.tsx';
import { useKeyboard } from './keys.ts';
import { overlayOf } from './overlay.ts';
import { isFiltering, noFilter, RunModel } from './run-model.ts';
import { Side } from './side.tsx';
import { Toolbar } from './toolbar.tsx';
import type { Chosen } from './verdict.tsx';

export function App({ initial }: { readonly initial: PageData | null }) {
  // What is opened later is another page, even if it is of the same name.
  const [{ data, serial }, setOpened] = useState({ data: initial, serial: 0 });
  const open = (next: PageData) => setOpened((now) => ({ data: next, serial: now.serial + 1 }));
  return (
    <DropTarget onData={open} empty={data === null}>
      {data && <Page key={serial} data={data} isFirst={serial === 0} />}
    </DropTarget>
  );
}

/** Where reading begins: the violation is at the end, so its last step; a history that holds begins at its start. */
function firstStep({ run: { linearization, consistency, verdict, diagram } }: RunModel): number {
  const accused = consistency?.arguments[0]?.members.map(({ bar }) => diagram.bars[bar ?? -1]?.to ?? -1);
  if (accused) return Math.max(0, ...accused);
  if (linearization?.valid === false) {
    const stuck = diagram.bars.find(({ operation }) => operation === linearization.operation);
    if (stuck?.to !== undefined) return stuck.to;
  }
  return verdict.kind === 'violated' ? diagram.steps.length - 1 : 0;
}

const unchosen: Chosen = { prefix: 0, argument: 0, draws: 'cycle', edge: undefined };

function Page({ data, isFirst }: { readonly data: PageData; readonly isFirst: boolean }) {
  const models = useMemo(() => data.runs.map((run) => new RunModel(run)), [data]);
  // The address speaks of what the page was opened with.
  const fromHash = useMemo(() => (isFirst ? readHash() : {}), [data]);
  const modelNamed = (id: string | undefined) =>
    models.find(({ run }) => run.id === id) ?? (models[0] as RunModel);
  const [runId, setRunId] = useState(() => modelNamed(fromHash.run).run.id);
  const model = modelNamed(runId);
  const last = model.diagram.steps.length - 1;
  const [step, setStepRaw] = useState(() => Math.min(fromHash.step ?? firstStep(model), last));
  const [why, setWhy] = useState(() => within(fromHash.why, last));
  const [filter, setFilter] = useState({ ...noFilter, query: fromHash.query ?? '' });
  const [message, setMessage] = useState<number | undefined>();
  const [chosen, setChosen] = useState(unchosen);
  const [showOrder, setShowOrder] = useState(true);

  const jumped = useRef(false);
  const setStep = useCallback((next: number) => setStepRaw(Math.max(0, Math.min(last, next))), [last]);
  const jump = useCallback(
    (next: number, of?: number) => {
      jumped.current = true;
      setMessage(of);
      setStep(next);
    },
    [setStep],
  );
  const show = (next: RunModel, place: Place) => {
    const end = next.diagram.steps.length - 1;
    setRunId(next.run.id);
    setWhy(within(place.why, end));
    setChosen(unchosen);
    setMessage(undefined);
    // In the run with one deviation less, what is worth seeing first is where it parts ways with the failing one.
    setStepRaw(Math.min(place.step ?? next.run.partsWays ?? firstStep(next), end));
  };
  const chooseRun = (id: string) => {
    jumped.current = true;
    show(modelNamed(id), {});
  };

  // Before anything else can happen: written later, it would take the place of where the reader has gone meanwhile.
  useLayoutEffect(() => {
    const run = runId === data.runs[0]?.id ? undefined : runId;
    writeHash({ step, run, why, query: filter.query }, jumped.current);
    jumped.current = false;
  }, [step, runId, why, filter.query]);
  useLayoutEffect(() => {
    const onHash = () => {
      const place = readHash();
      show(modelNamed(place.run), { ...place, step: place.step ?? step });
      setFilter((now) => ({ ...now, query: place.query ?? '' }));
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  });
  useEffect(() => {
    document.title = `${data.title} · clew`;
  }, [data]);

  const past = useMemo(() => (why === undefined ? undefined : model.past(why)), [model, why]);
  const filtering = isFiltering(filter);
  const stands = useCallback(
    (index: number) => (!past || past.has(index)) && (!filtering || model.matches(index, filter)),
    [model, past, filter, filtering],
  );
  // From the step as it is then, since keys may come faster than the page is drawn.
  const go = useCallback(
    (direction: 1 | -1, sameLane = false) => {
      setMessage(undefined);
      setStepRaw((now) => {
        const { steps } = model.diagram;
        const lanes = steps[now]?.lanes ?? [];
        for (let next = now + direction; next >= 0 && next <= last; next += direction) {
          const there = steps[next]?.lanes ?? [];
          if (stands(next) && (!sameLane || there.some((lane) => lanes.includes(lane)))) return next;
        }
        return now;
      });
    },
    [model, last, stands],
  );
  const toggleWhy = useCallback(() => setWhy((now) => (now === undefined ? step : undefined)), [step]);
  const clear = () => {
    setWhy(undefined);
    setFilter(noFilter);
  };
  useKeyboard({ go, setStep, last, toggleWhy, clear });

  const choose = (part: Partial<Chosen>) => setChosen((now) => ({ ...now, ...part }));
  const overlay = useMemo(() => overlayOf(model.run, chosen), [model, chosen]);

  return (
    <div class="page">
      <Header {...{ data, models, model }} onRun={chooseRun} />
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
          overlay,
          showOrder,
          setShowOrder,
          stands,
        }}
      />
      <DiagramPane
        {...{ model, step, filter, setFilter, stands, overlay, showOrder }}
        setStep={jump}
        active={past !== undefined || filtering}
      />
      <Side {...{ data, model, step, message, chosen, choose, chooseRun, why, toggleWhy }} setStep={jump} />
    </div>
  );
}

const within = (step: number | undefined, last: number): number | undefined =>
  step !== undefined && step <= last ? step : undefined;
