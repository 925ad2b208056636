/** What is looked at, and how: the run, the step, what stands back, what is drawn. It and the address say the same. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Chosen, type Overlay, overlayOf, unchosen } from '../../report/overlay.ts';
import type { PageData } from '../../report/page.ts';
import { type Place, readHash, type Tab, writeHash } from './hash.ts';
import { type Filter, isFiltering, noFilter, RunModel } from './run-model.ts';

export interface View {
  readonly models: readonly RunModel[];
  readonly model: RunModel;
  readonly chooseRun: (id: string) => void;
  readonly step: number;
  readonly last: number;
  /** A message of the step, where one was asked for. */
  readonly message: number | undefined;
  readonly setStep: (step: number) => void;
  /** To a step that the reader may want to come back from. */
  readonly jump: (step: number, message?: number) => void;
  /** To the next step that does not stand back, on the same lane if so wished. */
  readonly go: (direction: 1 | -1, sameLane?: boolean) => void;
  /** The step whose causal past alone is shown. */
  readonly why: number | undefined;
  readonly toggleWhy: () => void;
  readonly filter: Filter;
  readonly setFilter: (filter: Filter) => void;
  /** Whether anything stands back, and whether a step does not. */
  readonly narrowed: boolean;
  readonly stands: (step: number) => boolean;
  readonly clear: () => void;
  readonly chosen: Chosen;
  readonly choose: (part: Partial<Chosen>) => void;
  readonly overlay: Overlay;
  readonly showOverlay: boolean;
  readonly setShowOverlay: (show: boolean) => void;
  readonly tab: Tab;
  readonly setTab: (tab: Tab) => void;
}

/** `isFirst`: the address speaks of what the page was opened with, not of what was dropped on it later. */
export function useView(data: PageData, isFirst: boolean): View {
  const models = useMemo(() => data.runs.map((run) => new RunModel(run)), [data]);
  const modelNamed = (id: string | undefined) =>
    models.find(({ run }) => run.id === id) ?? (models[0] as RunModel);
  const linked = useMemo(() => (isFirst ? readHash() : {}), [data]);
  const opened = modelNamed(linked.run);

  const [runId, setRunId] = useState(opened.run.id);
  const model = modelNamed(runId);
  const last = model.diagram.steps.length - 1;
  const [step, setStepRaw] = useState(() => stepIn(opened, linked.step) ?? firstStep(opened));
  const [message, setMessage] = useState<number | undefined>();
  const [why, setWhy] = useState(() => existing(opened, linked.why));
  const [filter, setFilter] = useState(() => filterOf(opened, linked));
  const [chosen, setChosen] = useState(() => chosenOf(opened, linked));
  const [showOverlay, setShowOverlay] = useState(!linked.bare);
  const [tab, setTab] = useState<Tab>(linked.tab ?? 'verdict');

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
  const chooseRun = (id: string) => {
    const next = modelNamed(id);
    jumped.current = true;
    setRunId(id);
    setWhy(undefined);
    setChosen(unchosen);
    setMessage(undefined);
    // In the run with one deviation less, what is worth seeing first is where it parts ways with the failing one.
    setStepRaw(Math.min(next.run.partsWays ?? firstStep(next), next.diagram.steps.length - 1));
  };

  // Before anything else can happen: written later, it would take the place of where the reader has gone meanwhile.
  useLayoutEffect(() => {
    const { lanes } = model.diagram;
    writeHash(
      {
        step: model.number(step),
        run: runId === data.runs[0]?.id ? undefined : runId,
        why: why === undefined ? undefined : model.number(why),
        query: filter.query,
        lanes: [...filter.lanes].map((lane) => lanes[lane]?.id ?? ''),
        kinds: [...filter.types],
        key: filter.key,
        ...chosen,
        draws: chosen.draws === 'order' && model.run.consistency ? 'order' : undefined,
        bare: !showOverlay,
        tab: tab === 'verdict' || !matchMedia(narrow).matches ? undefined : tab,
      },
      jumped.current,
    );
    jumped.current = false;
  }, [step, runId, why, filter, chosen, showOverlay, tab]);
  useLayoutEffect(() => {
    const onHash = () => {
      const place = readHash();
      const next = modelNamed(place.run);
      setRunId(next.run.id);
      setStepRaw(stepIn(next, place.step) ?? Math.min(step, next.diagram.steps.length - 1));
      setMessage(undefined);
      setWhy(existing(next, place.why));
      setFilter(filterOf(next, place));
      setChosen(chosenOf(next, place));
      setShowOverlay(!place.bare);
      if (place.tab) setTab(place.tab);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  });
  // Where one part of the side is shown at a time, who goes to a step wants to see it.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) setTab((now) => (now === 'verdict' ? 'step' : now));
    first.current = false;
  }, [step, message]);

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
  const choose = (part: Partial<Chosen>) => setChosen((now) => ({ ...now, ...part }));
  const overlay = useMemo(() => overlayOf(model.run, chosen), [model, chosen]);
  return {
    ...{ models, model, chooseRun, step, last, message, setStep, jump, go, why, toggleWhy },
    ...{ filter, setFilter, narrowed: past !== undefined || filtering, stands, clear },
    ...{ chosen, choose, overlay, showOverlay, setShowOverlay, tab, setTab },
  };
}

/** Where the side has room for one of its parts only; as the style sheet has it. */
const narrow = '(max-width: 820px)';

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

/** The step that is shown under a number; of a number that is too high, the last one. */
function stepIn(model: RunModel, number: number | undefined): number | undefined {
  if (number === undefined || number < model.number(0)) return undefined;
  return Math.min(model.diagram.steps.length - 1, number - model.number(0));
}

const existing = (model: RunModel, number: number | undefined): number | undefined => {
  const step = stepIn(model, number);
  return step !== undefined && model.number(step) === number ? step : undefined;
};

/** As far as the run has such lanes, kinds and keys. */
function filterOf({ diagram, types, keys }: RunModel, { query, lanes, kinds, key }: Place): Filter {
  const named = diagram.lanes.flatMap(({ id }, lane) => (lanes?.includes(id) ? [lane] : []));
  return {
    query: query ?? '',
    lanes: new Set(named),
    types: new Set(types.filter((type) => kinds?.includes(type))),
    key: keys.find((each) => each === key) ?? '',
  };
}

function chosenOf({ run: { linearization, consistency } }: RunModel, place: Place): Chosen {
  const prefixes = linearization?.valid === false ? linearization.prefixes.length : 0;
  const below = (index: number | undefined, count: number) =>
    index !== undefined && index < count ? index : undefined;
  const argument = below(place.argument, consistency?.arguments.length ?? 0) ?? 0;
  return {
    prefix: below(place.prefix, prefixes) ?? 0,
    argument,
    draws: place.draws ?? 'cycle',
    edge: below(place.edge, consistency?.arguments[argument]?.edges.length ?? 0),
  };
}
