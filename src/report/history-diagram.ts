/**
 * The diagram of a recorded history: lanes of clients only. A client that goes on under a new number after an unknown
 * outcome, as Jepsen's do, stays on its lane: a new process takes the first lane whose own has ended.
 */
import type { Json } from '../base/json.ts';
import type { History, HistoryEvent } from '../history/history.ts';
import type { Bar, Diagram, DiagramStep, Lane } from './diagram.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export function historyDiagram(history: History): Diagram {
  const lanes: Lane[] = [];
  const steps: Writable<DiagramStep>[] = [];
  const bars: Writable<Bar>[] = [];
  const laneOf = new Map<number, number>();
  const free: number[] = [];
  const last: (number | undefined)[] = [];
  const open: (number | undefined)[] = [];
  const returns = new Set<number>();
  const seen = new Set<number>();
  for (const { process, type } of history) {
    // A process that is heard of again after its `info` keeps its lane.
    if (type === 'invoke' && seen.has(process)) returns.add(process);
    if (type === 'info') seen.add(process);
  }
  const laneFor = (process: number): number => {
    let lane = laneOf.get(process);
    if (lane !== undefined) return lane;
    lane = free.length > 0 ? Math.min(...free.splice(free.indexOf(Math.min(...free)), 1)) : lanes.length;
    if (lane === lanes.length) lanes.push({ id: `p${process}`, kind: 'client' });
    laneOf.set(process, lane);
    return lane;
  };
  history.forEach((event, index) => {
    const { process, type, f, key, value } = event;
    const lane = laneFor(process);
    const before = last[lane];
    steps.push(stepOf(event, index, lane, before));
    last[lane] = index;
    if (type === 'invoke') {
      open[lane] = bars.length;
      const keyed = key === undefined ? {} : { key };
      bars.push({ lane, process, f, ...keyed, input: value, type: 'open', from: index });
      return;
    }
    const bar = bars[open[lane] as number] as Writable<Bar>;
    bar.type = type;
    bar.to = index;
    if (type === 'ok') bar.output = value;
    if (type !== 'info' || returns.has(process)) return;
    laneOf.delete(process);
    free.push(lane);
  });
  sortLanes(lanes, steps, bars);
  let operations = 0;
  for (const bar of bars) if (bar.type !== 'fail') bar.operation = operations++;
  const end = steps.at(-1)?.time ?? 0;
  const untimed = history.every(({ time }) => time === undefined) ? { untimed: true as const } : {};
  return { lanes, steps, messages: [], blocks: [], bands: [], bars, calmAt: null, end, ...untimed };
}

/** Lanes appear in the order in which their processes were first heard of, and are shown by their number. */
function sortLanes(lanes: Lane[], steps: Writable<DiagramStep>[], bars: Writable<Bar>[]): void {
  const order = lanes
    .map(({ id }, lane) => ({ process: Number(id.slice(1)), lane }))
    .sort((a, b) => a.process - b.process);
  const place: number[] = [];
  for (const [index, { lane }] of order.entries()) place[lane] = index;
  for (const step of steps) step.lanes = step.lanes.map((lane) => place[lane] as number);
  for (const bar of bars) bar.lane = place[bar.lane] as number;
  lanes.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

function stepOf(event: HistoryEvent, index: number, lane: number, before: number | undefined): DiagramStep {
  const { process, type, f, key, value, time } = event;
  const keyed = key === undefined ? '' : ` ${short(key)}`;
  return {
    time: time === undefined ? index + 1 : time / 1e6,
    lanes: [lane],
    kind: 'client',
    label: type,
    words: `process ${process}  ${type} ${f}${keyed} ${short(value)}`,
    payload: { f, ...(key === undefined ? {} : { key }), value },
    sent: [],
    effects: [],
    notes: [],
    changes: [],
    causes: before === undefined ? [] : [before],
  };
}

const short = (value: Json): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};
