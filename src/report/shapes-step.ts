/** A step as a dot with its label, which stands where the step's own arrows leave room for it. */
import { type Diagram, type DiagramStep, numberOf } from './diagram.ts';
import { changesInWords, stepLabels } from './shapes-words.ts';
import { badgeAt, cutOff, type Shape } from './svg-shape.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface StepOptions extends Point {
  readonly index: number;
  readonly lane: number;
  readonly laneWidth: number;
  readonly selected: boolean;
  /** It contradicts another step. */
  readonly clash: boolean;
  readonly dim: boolean;
  readonly badge: string | undefined;
  /** Where the arrows that begin or end here come from or lead to. */
  readonly arrows: readonly Point[];
}

/** Pixels: the mean width of a character, and of lanes without room for labels. */
const charWidth = 5.9;
const tooNarrow = 84;

export function stepShape(step: DiagramStep, diagram: Diagram, options: StepOptions): Shape {
  const { lanes } = diagram;
  const { x, y, index, lane, laneWidth, selected, clash, dim, badge } = options;
  const client = lanes[lane]?.kind === 'client';
  const quiet = client && ['invoke', 'ok', 'fail', 'info'].includes(step.label);
  const states = { changed: step.changes.length > 0, selected, clash, dim };
  const on = Object.entries(states).flatMap(([name, holds]) => (holds ? [name] : []));
  const [label] = laneWidth >= tooNarrow && !quiet ? stepLabels(step, client) : [];
  // What there is on the right up to the edge of the picture; a lane alone has on its right what changed.
  const alone = lanes.length === 1;
  const right = alone ? 0 : (lanes.length - lane - 0.5) * laneWidth;
  return {
    tag: 'g',
    key: `step ${index} ${lane}`,
    attributes: { class: ['step', step.kind, ...on].join(' '), 'data-step': index },
    title: `${numberOf(diagram, index)}. ${step.words}`,
    children: [
      // The ends of an operation are reached by its bar.
      ...(quiet ? [] : [{ tag: 'circle', attributes: { class: 'touch', cx: x, cy: y, r: 11 } }]),
      ...(clash ? [{ tag: 'circle', attributes: { class: 'ring', cx: x, cy: y, r: 8.5 } }] : []),
      step.cut
        ? { tag: 'path', attributes: { class: 'cross', d: `M${x - 5} ${y - 5}l10 10m0 -10l-10 10` } }
        : {
            tag: 'circle',
            attributes: { class: 'dot', cx: x, cy: y, r: quiet ? 3 : step.kind === 'fault' ? 5 : 4 },
          },
      ...(label ? [labelShape(label.text, label.style, { ...options, right })] : []),
      ...(label && alone ? [changesShape(step, options)] : []),
      ...(badge ? [badgeAt(badge, x - 14, y)] : []),
    ],
  };
}

function labelShape(
  text: string,
  style: string,
  { x, y, laneWidth, right, arrows, badge, clash }: StepOptions & { readonly right: number },
): Shape {
  const shown = cutOff(text, laneWidth - 24, charWidth);
  const width = shown.length * charWidth;
  const offset = clash ? 12 : 9;
  // On the left only what leaves the neighbour its half or has no room on the right, and where no badge stands.
  const fitsRight = offset + width <= right + 8;
  const fitsLeft = !badge && (!fitsRight || width <= laneWidth / 2 - offset - 4);
  const places = [
    { side: 1, rise: 0, cost: fitsRight ? 0 : 3 },
    ...(fitsLeft ? [{ side: -1, rise: 0, cost: 0.2 }] : []),
    { side: 1, rise: -9, cost: fitsRight ? 0.4 : 3 },
    { side: 1, rise: 9, cost: fitsRight ? 0.5 : 3 },
    ...(fitsLeft ? [{ side: -1, rise: -9, cost: 0.6 }] : []),
  ];
  const costOf = ({ side, rise, cost }: (typeof places)[number]) => {
    const near = x + side * offset;
    const box = { left: Math.min(near, near + side * width), top: y + rise - 6, width, height: 11 };
    return cost + arrows.filter((far) => crosses({ x, y }, far, box)).length;
  };
  const best = places.reduce((a, b) => (costOf(b) < costOf(a) ? b : a));
  const left = best.side < 0;
  return {
    tag: 'text',
    attributes: {
      class: `label ${style}${left ? ' left' : ''}`,
      x: x + best.side * offset,
      y: y + 4 + best.rise,
    },
    text: shown,
  };
}

function changesShape({ changes }: DiagramStep, { x, y, laneWidth }: StepOptions): Shape {
  const text = cutOff(changesInWords(changes), laneWidth / 2 - 18, charWidth);
  return { tag: 'text', attributes: { class: 'label changes', x: x + 14, y: y + 4 }, text };
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Whether the line between two points goes through a box. */
function crosses(a: Point, b: Point, { left, top, width, height }: Box): boolean {
  const from = Math.max(Math.min(a.x, b.x), left);
  const to = Math.min(Math.max(a.x, b.x), left + width);
  if (from > to || a.x === b.x) return false;
  const yAt = (x: number) => a.y + ((b.y - a.y) * (x - a.x)) / (b.x - a.x);
  const [y1, y2] = [yAt(from), yAt(to)];
  return Math.max(y1, y2) >= top && Math.min(y1, y2) <= top + height;
}
