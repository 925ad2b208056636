/** One run as the page works with it: where things lie, the state of every node at every step, what matches a filter. */
import type { Json } from '../../base/json.ts';
import { causalPast, type Diagram, numberOf } from '../../report/diagram.ts';
import { type Layout, layoutOf } from '../../report/layout.ts';
import type { PageRun } from '../../report/page.ts';
import { type Edit, patched, valueAt } from '../../report/patch.ts';

export interface Filter {
  readonly query: string;
  /** Lanes and labels to look at; none means all. */
  readonly lanes: ReadonlySet<number>;
  readonly types: ReadonlySet<string>;
  readonly key: string;
}

export const noFilter: Filter = { query: '', lanes: new Set(), types: new Set(), key: '' };

export const isFiltering = ({ query, lanes, types, key }: Filter): boolean =>
  query !== '' || lanes.size > 0 || types.size > 0 || key !== '';

interface Moment {
  readonly step: number;
  readonly state: Json;
}

export interface Difference {
  readonly change: Edit;
  readonly before: Json | undefined;
}

export class RunModel {
  readonly run: PageRun;
  readonly diagram: Diagram;
  readonly layout: Layout;
  /** What one can filter by. */
  readonly types: readonly string[];
  readonly keys: readonly string[];
  private readonly moments: Moment[][];
  private readonly texts: string[] = [];

  constructor(run: PageRun) {
    this.run = run;
    this.diagram = run.diagram;
    this.layout = layoutOf(run.diagram);
    const { steps, lanes, bars, messages } = run.diagram;
    this.types = [...new Set([...messages.map(({ type }) => type), ...steps.map(({ label }) => label)])];
    const keys = bars.flatMap(({ key }) => (key === undefined ? [] : [JSON.stringify(key)]));
    this.keys = [...new Set(keys)].sort();
    this.moments = lanes.map(() => []);
    steps.forEach((step, index) => {
      if (step.changes.length === 0) return;
      const own = this.moments[step.lanes[0] as number] as Moment[];
      own.push({ step: index, state: patched(own.at(-1)?.state, step.changes) as Json });
    });
  }

  /** A step as it is shown. */
  number(step: number): number {
    return numberOf(this.diagram, step);
  }

  /** The state of a node after a step, wherever that step happened; undefined before its first. */
  stateAt(lane: number, step: number): Json | undefined {
    return this.momentAt(lane, step)?.state;
  }

  private momentAt(lane: number, step: number): Moment | undefined {
    const own = this.moments[lane] as Moment[];
    let low = 0;
    let high = own.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((own[middle] as Moment).step <= step) low = middle + 1;
      else high = middle;
    }
    return own[low - 1];
  }

  /** What a step changed, with what stood there before. */
  differences(step: number): Difference[] {
    const { lanes = [], changes = [] } = this.diagram.steps[step] ?? {};
    const before = lanes[0] === undefined ? undefined : this.stateAt(lanes[0], step - 1);
    return changes.map((change) => ({ change, before: valueAt(before, change.path) }));
  }

  /** Down, paused or slow at a step. */
  conditions(lane: number, step: number): string[] {
    const { blocks, steps } = this.diagram;
    const { time } = steps[step] as { time: number };
    return blocks
      .filter((block) => block.lane === lane && block.from <= step && this.lasts(block, lane, step, time))
      .map(
        ({ kind, until }) => `${{ crash: 'down', pause: 'paused', slow: 'slow' }[kind]} until ${until} ms`,
      );
  }

  /** A restart may come at the very time of the crash; what counts is whether the node has taken a step since. */
  private lasts({ kind, from, until }: Diagram['blocks'][number], lane: number, step: number, time: number) {
    if (kind !== 'crash') return time < until;
    const { steps } = this.diagram;
    for (let index = from + 1; index <= step; index++) {
      if (steps[index]?.label === 'restart' && steps[index]?.lanes.includes(lane)) return false;
    }
    return true;
  }

  past(step: number): Set<number> {
    return causalPast(this.diagram.steps, step);
  }

  /** Everything about a step that a search looks at, in lower case. */
  private text(index: number): string {
    let text = this.texts[index];
    if (text !== undefined) return text;
    const { steps, messages, lanes } = this.diagram;
    const step = steps[index] as Diagram['steps'][number];
    const message = step.received === undefined ? undefined : messages[step.received];
    const parts = [
      step.words,
      step.lanes.map((lane) => lanes[lane]?.id).join(' '),
      JSON.stringify(step.payload),
    ];
    const more = [
      message ? JSON.stringify(message.payload) : '',
      JSON.stringify(step.notes),
      step.effects.join(' '),
    ];
    this.texts[index] = text = [...parts, ...more].join(' ').toLowerCase();
    return text;
  }

  matches(index: number, { query, lanes, types, key }: Filter): boolean {
    const step = this.diagram.steps[index] as Diagram['steps'][number];
    const message = step.received === undefined ? undefined : this.diagram.messages[step.received];
    const on = message ? [message.from, ...step.lanes] : step.lanes;
    if (lanes.size > 0 && on.length > 0 && !on.some((lane) => lanes.has(lane))) return false;
    const named = [step.label, ...(message ? [message.type] : [])];
    if (types.size > 0 && !named.some((name) => types.has(name))) return false;
    if (key !== '' && !this.text(index).includes(`"key":${key.toLowerCase()}`)) return false;
    return query === '' || this.text(index).includes(query.toLowerCase());
  }
}
