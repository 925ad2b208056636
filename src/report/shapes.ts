/**
 * The space-time diagram as shapes of SVG, plain data: the page renders them, and the export writes them to a file, so
 * both are one picture. Only what lies between two rows is drawn, since a long history has more than a browser bears.
 */
import type { Bar, Diagram, DiagramStep } from './diagram.ts';
import type { Layout, Point } from './layout.ts';
import { arrow } from './shapes-arrow.ts';
import { bandInWords, callInWords, resultInWords, stepLabels, timeInWords } from './shapes-words.ts';
import { badgeAt, pill, type Shape } from './svg-shape.ts';

export interface Geometry {
  readonly gutter: number;
  readonly laneWidth: number;
  readonly rowHeight: number;
}

export interface DrawOptions extends Geometry {
  /** The rows to draw. */
  readonly from: number;
  readonly to: number;
  readonly selected?: number | undefined;
  /** Whether a step or a message stands back. */
  readonly dim?: (kind: 'step' | 'message' | 'bar', index: number) => boolean;
  /** Where the operations of a linearization take effect, and the ids of those that cannot follow; see `pointsOf`. */
  readonly points?: readonly Point[] | undefined;
  readonly stuck?: readonly number[] | undefined;
  /** Numbers of deviations by the step or message at which they show. */
  readonly badges?: {
    readonly step: ReadonlyMap<number, string>;
    readonly message: ReadonlyMap<number, string>;
  };
}

export const xOf = (lane: number, { gutter, laneWidth }: Geometry): number =>
  gutter + (lane + 0.5) * laneWidth;
export const yOf = (row: number, { rowHeight }: Geometry): number => (row + 0.75) * rowHeight;

export function drawing(diagram: Diagram, layout: Layout, options: DrawOptions): Shape[] {
  const artist = new Artist(diagram, layout, options);
  return [
    ...artist.lanes(),
    ...artist.ticks(),
    ...artist.bands(),
    ...artist.blocks(),
    ...artist.selection(),
    ...artist.bars(),
    ...artist.messages(),
    ...artist.steps(),
    ...artist.linearization(),
  ];
}

/** Pixels: the mean width of a character, and how often a long bar says what it is. */
const charWidth = 6.1;
const repeat = 280;

class Artist {
  private readonly diagram: Diagram;
  private readonly layout: Layout;
  private readonly options: DrawOptions;

  constructor(diagram: Diagram, layout: Layout, options: DrawOptions) {
    this.diagram = diagram;
    this.layout = layout;
    this.options = options;
  }

  private x(lane: number): number {
    return Math.round(xOf(lane, this.options) * 10) / 10;
  }

  private y(row: number): number {
    return Math.round(yOf(row, this.options) * 10) / 10;
  }

  private point(lane: number, row: number): { x: number; y: number } {
    return { x: this.x(lane), y: this.y(row) };
  }

  private row(step: number): number {
    return this.layout.rows[step] as number;
  }

  private shows(from: number, to = from): boolean {
    return to >= this.options.from - 1 && from <= this.options.to + 1;
  }

  private dimmed(kind: 'step' | 'message' | 'bar', index: number, name: string): string {
    return this.options.dim?.(kind, index) ? `${name} dim` : name;
  }

  /** As many characters as fit into so many pixels. */
  private fit(text: string, pixels: number): string {
    const most = Math.max(1, Math.floor(pixels / charWidth));
    return text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
  }

  /** In two lines where one is not enough, parted at the first space: the function, and what it is given. */
  private folded(text: string, pixels: number): string[] {
    const space = text.indexOf(' ');
    if (text.length * charWidth <= pixels || space < 0) return [text];
    return [text.slice(0, space), text.slice(space + 1)];
  }

  lanes(): Shape[] {
    const { from, to } = this.options;
    const top = this.y(Math.max(from, -0.5));
    const bottom = this.y(Math.min(to, this.layout.height));
    return this.diagram.lanes.map(({ kind }, lane) => ({
      tag: 'line',
      attributes: { class: `lane ${kind}`, x1: this.x(lane), x2: this.x(lane), y1: top, y2: bottom },
    }));
  }

  ticks(): Shape[] {
    const { gutter, laneWidth, rowHeight } = this.options;
    const right = gutter + this.diagram.lanes.length * laneWidth;
    const shapes: Shape[] = [];
    let last = Number.NEGATIVE_INFINITY;
    const calm = this.diagram.calmAt;
    for (const { time, row, idle } of this.layout.ticks) {
      if (!this.shows(row) || (row - last) * rowHeight < 13) continue;
      last = row;
      const y = this.y(row);
      shapes.push({ tag: 'line', attributes: { class: 'tick', x1: gutter - 6, x2: right, y1: y, y2: y } });
      shapes.push({
        tag: 'text',
        attributes: { class: 'time', x: gutter - 10, y: y + 4 },
        text: timeInWords(time),
      });
      if (idle > 60 && this.diagram.messages.length > 0)
        shapes.push({
          tag: 'text',
          attributes: { class: 'idle', x: gutter - 10, y: y - rowHeight + 3 },
          text: `+${timeInWords(idle)}`,
        });
    }
    if (calm !== null) {
      const row = this.layout.rowAt(calm);
      if (this.shows(row)) {
        const y = this.y(row - 0.5);
        shapes.push({ tag: 'line', attributes: { class: 'calm', x1: gutter, x2: right, y1: y, y2: y } });
        shapes.push({
          tag: 'text',
          attributes: { class: 'calm-label', x: gutter + 2, y: y - 4 },
          text: 'calm',
          title: 'faults stop, delivery is fair',
        });
      }
    }
    return shapes;
  }

  bands(): Shape[] {
    return this.diagram.bands.flatMap((band) => {
      const top = this.row(band.from);
      const bottom = Math.max(this.layout.rowAt(band.until), top + 0.8);
      if (!this.shows(top, bottom)) return [];
      const lanes = band.links.flat();
      const [left, right] = [Math.min(...lanes), Math.max(...lanes)];
      const { laneWidth } = this.options;
      const x = this.x(left) - laneWidth * 0.46;
      const width = this.x(right) - this.x(left) + laneWidth * 0.92;
      const words = bandInWords(band, this.diagram);
      return [
        {
          tag: 'g',
          attributes: { class: `band ${band.kind}`, 'data-step': band.from },
          title: words,
          children: [
            {
              tag: 'rect',
              attributes: { x, width, y: this.y(top), height: this.y(bottom) - this.y(top), rx: 6 },
            },
            {
              tag: 'text',
              attributes: { x: x + 8, y: this.y(top) + 13 },
              text: this.fit(words, width - 12),
            },
          ],
        },
      ];
    });
  }

  blocks(): Shape[] {
    return this.diagram.blocks.flatMap(({ lane, kind, from, until, to }) => {
      const top = this.row(from);
      const end = to === undefined ? this.layout.rowAt(until) : this.row(to);
      const bottom = Math.max(end, top + 0.8);
      if (!this.shows(top, bottom)) return [];
      const width = Math.min(46, this.options.laneWidth * 0.5);
      const words = { crash: 'down', pause: 'paused', slow: 'slow' }[kind];
      const height = this.y(bottom) - this.y(top);
      return [
        {
          tag: 'g',
          attributes: { class: this.dimmed('step', from, `block ${kind}`), 'data-step': from },
          title: `${this.diagram.lanes[lane]?.id} is ${words} from ${this.diagram.steps[from]?.time} to ${until} ms`,
          children: [
            {
              tag: 'rect',
              attributes: { x: this.x(lane) - width / 2, width, y: this.y(top), height, rx: 4 },
            },
            // A crash and its restart take the room of their labels.
            ...(height > 3 * this.options.rowHeight
              ? [
                  {
                    tag: 'text',
                    attributes: { x: this.x(lane), y: this.y(top) + height / 2 + 4 },
                    text: words,
                  },
                ]
              : []),
          ],
        },
      ];
    });
  }

  selection(): Shape[] {
    const { selected, gutter, laneWidth, rowHeight } = this.options;
    if (selected === undefined) return [];
    const row = this.row(selected);
    if (row === undefined || !this.shows(row)) return [];
    const width = gutter + this.diagram.lanes.length * laneWidth;
    const at = { x: 0, width, y: this.y(row) - rowHeight / 2, height: rowHeight };
    return [{ tag: 'rect', attributes: { class: 'selected-row', ...at } }];
  }

  bars(): Shape[] {
    const { laneWidth, rowHeight, stuck = [] } = this.options;
    const width = Math.min(laneWidth * 0.86, 150);
    const shapes: Shape[] = [];
    this.diagram.bars.forEach((bar, index) => {
      const top = this.row(bar.from);
      const bottom = bar.to === undefined ? this.layout.height - 0.3 : this.row(bar.to);
      if (!this.shows(top, bottom)) return;
      const x = this.x(bar.lane) - width / 2;
      const y = this.y(top);
      const height = Math.max(this.y(bottom) - y, rowHeight * 0.7);
      const call = callInWords(bar);
      const result = resultInWords(bar);
      const whole = `${call} ${result}`;
      const isStuck = bar.operation !== undefined && stuck.includes(bar.operation);
      const label = (text: string, at: number): Shape => ({
        tag: 'text',
        attributes: { x: this.x(bar.lane), y: at },
        text: this.fit(text, width - 6),
      });
      // A long bar tells its call where it begins and its result where it ends, and in between now and then both.
      const middle = y + height / 2 + 4;
      const between = Array.from({ length: Math.max(0, Math.floor(height / repeat) - 1) }, (_, i) =>
        label(whole, y + (i + 1) * repeat),
      );
      const labels =
        height > 2 * rowHeight && (whole.length * charWidth > width - 6 || between.length > 0)
          ? [
              ...this.folded(call, width - 6).map((line, i) => label(line, y + 17 + i * 13)),
              ...between,
              label(result, y + height - 9),
            ]
          : [label(whole, middle)];
      shapes.push({
        tag: 'g',
        attributes: {
          class: this.dimmed('bar', index, `bar ${bar.type}${isStuck ? ' stuck' : ''}`),
          'data-bar': index,
          'data-step': bar.from,
        },
        title: `process ${bar.process}: ${whole}`,
        children: [{ tag: 'rect', attributes: { x, width, y, height, rx: 5 } }, ...labels],
      });
    });
    return shapes;
  }

  messages(): Shape[] {
    return this.diagram.messages.flatMap((message, index) => {
      if (message.from === message.to) return [];
      const top = this.row(message.sentBy);
      const received = message.receivedBy;
      const bottom =
        received !== undefined
          ? this.row(received)
          : message.arrives === null
            ? top + 1
            : Math.max(this.layout.rowAt(message.arrives), top + 0.6);
      return this.shows(top, bottom)
        ? [
            arrow(this.diagram, message, {
              index,
              from: this.point(message.from, top),
              to: this.point(message.to, bottom),
              barReach: this.options.laneWidth * 0.43,
              dim: this.options.dim?.('message', index) ?? false,
              badge: this.options.badges?.message.get(index),
            }),
          ]
        : [];
    });
  }

  steps(): Shape[] {
    const shapes: Shape[] = [];
    this.diagram.steps.forEach((step, index) => {
      const row = this.row(index);
      if (!this.shows(row)) return;
      for (const lane of step.lanes) shapes.push(this.step(step, index, lane));
    });
    return shapes;
  }

  private step(step: DiagramStep, index: number, lane: number): Shape {
    const { laneWidth, selected } = this.options;
    const client = this.diagram.lanes[lane]?.kind === 'client';
    const x = this.x(lane);
    const y = this.y(this.row(index));
    const name = [
      'step',
      step.kind,
      step.changes.length > 0 ? 'changed' : '',
      index === selected ? 'selected' : '',
    ]
      .filter(Boolean)
      .join(' ');
    const room = laneWidth - 18;
    const labels = stepLabels(step, client);
    const quiet = client && ['invoke', 'ok', 'fail', 'info'].includes(step.label);
    const badge = lane === step.lanes[0] ? this.options.badges?.step.get(index) : undefined;
    return {
      tag: 'g',
      attributes: { class: this.dimmed('step', index, name), 'data-step': index },
      title: `${index + 1}. ${step.words}`,
      children: [
        { tag: 'circle', attributes: { class: 'touch', cx: x, cy: y, r: 11 } },
        step.cut
          ? { tag: 'path', attributes: { class: 'cross', d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` } }
          : {
              tag: 'circle',
              attributes: { class: 'dot', cx: x, cy: y, r: quiet ? 3 : step.kind === 'fault' ? 5 : 4 },
            },
        ...(laneWidth >= 84 && !quiet
          ? labels.map(({ text, style }, line) => ({
              tag: 'text',
              attributes: { class: `label ${style}`, x: x + 9, y: y + 4 + line * 10 },
              text: this.fit(text, room / 2 + (line === 0 ? room / 2 - 9 : room / 2)),
            }))
          : []),
        ...(badge ? [badgeAt(badge, x - 14, y)] : []),
      ],
    };
  }

  linearization(): Shape[] {
    const { points, laneWidth } = this.options;
    if (!points) return [];
    const { bars } = this.diagram;
    const offset = Math.min(laneWidth * 0.36, 62);
    const at = points.map(({ bar, row }) => ({
      x: this.x((bars[bar] as Bar).lane) - offset,
      y: this.y(row),
      row,
    }));
    const shapes: Shape[] = [];
    at.forEach((point, index) => {
      const before = at[index - 1];
      if (!this.shows(before?.row ?? point.row, point.row)) return;
      if (before)
        shapes.push({
          tag: 'line',
          attributes: { class: 'order', x1: before.x, y1: before.y, x2: point.x, y2: point.y },
        });
    });
    at.forEach((point, index) => {
      if (!this.shows(point.row)) return;
      shapes.push({
        tag: 'g',
        attributes: {
          class: 'point',
          'data-operation': bars[(points[index] as { bar: number }).bar]?.operation,
        },
        title: `the ${index + 1}. to take effect`,
        children: [
          pill(point.x, point.y, `${index + 1}`),
          { tag: 'text', attributes: { x: point.x, y: point.y + 3.5 }, text: `${index + 1}` },
        ],
      });
    });
    return shapes;
  }
}
