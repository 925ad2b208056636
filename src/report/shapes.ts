/**
 * The space-time diagram as shapes of SVG, plain data: the page renders them, and the export writes them to a file, so
 * both are one picture. Only what lies between two rows is drawn, since a long history has more than a browser bears.
 */
import type { Bar, Diagram, DiagramStep, Message } from './diagram.ts';
import { firstAt, type InSight, inSight, spanOf } from './in-sight.ts';
import type { Layout, Point } from './layout.ts';
import { arrow } from './shapes-arrow.ts';
import { barShape } from './shapes-bar.ts';
import { cycleShapes, orderShapes, type Spot, type Tags } from './shapes-order.ts';
import { stepShape } from './shapes-step.ts';
import { bandInWords, timeInWords } from './shapes-words.ts';
import { cutOff, type Shape } from './svg-shape.ts';

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
  /** A cycle of operations; see `Tags`. */
  readonly tags?: Tags | undefined;
  /** Steps that contradict each other. */
  readonly clash?: readonly number[] | undefined;
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
    ...artist.cycle(),
  ];
}

/** Pixels: the mean width of a character. */
const charWidth = 6.1;

class Artist {
  private readonly diagram: Diagram;
  private readonly layout: Layout;
  private readonly options: DrawOptions;
  /** The rows in sight, and what touches them. */
  private readonly first: number;
  private readonly last: number;
  private readonly seen: InSight;

  constructor(diagram: Diagram, layout: Layout, options: DrawOptions) {
    this.diagram = diagram;
    this.layout = layout;
    this.options = options;
    this.first = options.from - 1;
    this.last = options.to + 1;
    this.seen = inSight(diagram, layout);
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
    return to >= this.first && from <= this.last;
  }

  private dimmed(kind: 'step' | 'message' | 'bar', index: number, name: string): string {
    return this.options.dim?.(kind, index) ? `${name} dim` : name;
  }

  lanes(): Shape[] {
    const { from, to } = this.options;
    const top = this.y(Math.max(from, -0.5));
    const bottom = this.y(Math.min(to, this.layout.height));
    return this.diagram.lanes.map(({ kind }, lane) => ({
      tag: 'line',
      key: `lane ${lane}`,
      attributes: { class: `lane ${kind}`, x1: this.x(lane), x2: this.x(lane), y1: top, y2: bottom },
    }));
  }

  ticks(): Shape[] {
    const { gutter, laneWidth, rowHeight } = this.options;
    const right = gutter + this.diagram.lanes.length * laneWidth;
    const shapes: Shape[] = [];
    let last = Number.NEGATIVE_INFINITY;
    const calm = this.diagram.calmAt;
    const { ticks } = this.layout;
    for (const { time, row, idle } of ticks.slice(firstAt(ticks, this.first), firstAt(ticks, this.last))) {
      if ((row - last) * rowHeight < 13) continue;
      last = row;
      const y = this.y(row);
      shapes.push({
        tag: 'line',
        key: `tick ${row}`,
        attributes: { class: 'tick', x1: gutter - 6, x2: right, y1: y, y2: y },
      });
      shapes.push({
        tag: 'text',
        key: `time ${row}`,
        attributes: { class: 'time', x: gutter - 10, y: y + 4 },
        text: timeInWords(time),
      });
      if (idle > 60 && this.diagram.messages.length > 0)
        shapes.push({
          tag: 'text',
          key: `idle ${row}`,
          attributes: { class: 'idle', x: gutter - 10, y: y - rowHeight + 3 },
          text: `+${timeInWords(idle)}`,
        });
    }
    if (calm !== null) {
      const row = this.layout.rowAt(calm);
      if (this.shows(row)) {
        const y = this.y(row - 0.5);
        shapes.push({
          tag: 'line',
          key: 'calm',
          attributes: { class: 'calm', x1: gutter, x2: right, y1: y, y2: y },
        });
        shapes.push({
          tag: 'text',
          key: 'calm label',
          attributes: { class: 'calm-label', x: gutter + 2, y: y > 14 ? y - 4 : y + 11 },
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
          key: `band ${band.from}`,
          attributes: { class: `band ${band.kind}`, 'data-step': band.from },
          title: words,
          children: [
            {
              tag: 'rect',
              attributes: { x, width, y: this.y(top), height: this.y(bottom) - this.y(top), rx: 6 },
            },
            {
              tag: 'text',
              // Beside the first of its dots, like a step's label.
              attributes: { x: this.x(left) + 10, y: this.y(top) + 4 },
              text: cutOff(words, width - laneWidth * 0.5, charWidth),
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
          key: `block ${from} ${lane}`,
          attributes: { class: this.dimmed('step', from, `block ${kind}`), 'data-step': from },
          title: `${this.diagram.lanes[lane]?.id} is ${words} from ${this.diagram.steps[from]?.time} to ${until} ms`,
          children: [
            {
              tag: 'rect',
              attributes: { x: this.x(lane) - width / 2, width, y: this.y(top), height, rx: 4 },
            },
            // A crash and its restart take the room of their labels, and what is slow goes on taking steps.
            ...(height > 3 * this.options.rowHeight && kind !== 'slow'
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
    return [{ tag: 'rect', key: 'selected', attributes: { class: 'selected-row', ...at } }];
  }

  bars(): Shape[] {
    const { laneWidth, rowHeight, stuck = [], tags } = this.options;
    const { bars } = this.diagram;
    return this.seen.bars(this.first, this.last).flatMap((index) => {
      const bar = bars[index] as Bar;
      const top = this.row(bar.from);
      const bottom = bar.to === undefined ? this.layout.height - 0.3 : this.row(bar.to);
      if (!this.shows(top, bottom)) return [];
      const isStuck = bar.operation !== undefined && stuck.includes(bar.operation);
      const isMember = tags?.members.some((member) => member.bar === index) ?? false;
      const name = `bar ${bar.type}${isStuck ? ' stuck' : ''}${isMember ? ' member' : ''}`;
      return [
        barShape(bar, {
          ...{ index, name: this.dimmed('bar', index, name), laneWidth, rowHeight },
          ...{ x: this.x(bar.lane), top: this.y(top), bottom: this.y(bottom) },
          inSight: { from: this.y(this.first), to: this.y(this.last) },
        }),
      ];
    });
  }

  messages(): Shape[] {
    return this.seen.messages(this.first, this.last).flatMap((index) => {
      const message = this.diagram.messages[index] as Message;
      if (message.from === message.to) return [];
      const { top, bottom } = spanOf(message, this.layout);
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
    const { laneWidth, selected, clash = [], badges, dim } = this.options;
    const shapes: Shape[] = [];
    for (const index of this.seen.steps(this.first, this.last)) {
      const step = this.diagram.steps[index] as DiagramStep;
      const row = this.row(index);
      if (!this.shows(row)) continue;
      for (const lane of step.lanes) {
        const options = {
          ...this.point(lane, row),
          index,
          lane,
          laneWidth,
          selected: index === selected,
          clash: clash.includes(index),
          dim: dim?.('step', index) ?? false,
          badge: lane === step.lanes[0] ? badges?.step.get(index) : undefined,
          arrows: this.arrowsAt(step),
        };
        shapes.push(stepShape(step, this.diagram, options));
      }
    }
    return shapes;
  }

  /** The other ends of the arrows of a step; of a late one, where it bends. */
  private arrowsAt({ received, sent }: DiagramStep): { x: number; y: number }[] {
    const { messages } = this.diagram;
    const travelling = [...sent, ...(received === undefined ? [] : [received])].filter((index) => {
      const { from, to } = messages[index] as Message;
      return from !== to;
    });
    return travelling.map((index) => {
      const message = messages[index] as Message;
      const { top, bottom } = spanOf(message, this.layout);
      const start = this.point(message.from, top);
      const end = this.point(message.to, bottom);
      if (message.late <= 0) return index === received ? start : end;
      const [width, height] = [end.x - start.x, end.y - start.y];
      return index === received
        ? { x: start.x + width * 0.6, y: end.y - 3 }
        : { x: start.x + width * 0.2, y: start.y + height * 0.75 };
    });
  }

  linearization(): Shape[] {
    const { points } = this.options;
    if (!points) return [];
    // One more at either end, since the line to it is in sight.
    const first = Math.max(0, firstAt(points, this.first) - 1);
    const spots = points
      .slice(first, firstAt(points, this.last) + 1)
      .map(({ bar, row }) => ({ ...this.spot(bar, row), operation: this.diagram.bars[bar]?.operation }));
    return orderShapes(spots, first, (from, to) => this.shows(from, to));
  }

  cycle(): Shape[] {
    const { tags } = this.options;
    if (!tags) return [];
    const spotOf = (bar: number) => this.spot(bar, this.row((this.diagram.bars[bar] as Bar).from) + 0.15);
    return cycleShapes(tags, spotOf, (from, to) => this.shows(from, to));
  }

  /** At the left side of a bar. */
  private spot(bar: number, row: number): Spot {
    const offset = Math.min(this.options.laneWidth * 0.47, 75);
    return { x: this.x((this.diagram.bars[bar] as Bar).lane) - offset, y: this.y(row), row };
  }
}
