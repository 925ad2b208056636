/** A message as an arrow: cut where it was lost, bent when it came late, dashed when it is a second copy. */
import type { Diagram, Message } from './diagram.ts';
import { messageInWords, timeInWords } from './shapes-words.ts';
import { badgeAt, type Shape } from './svg-shape.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ArrowOptions {
  readonly index: number;
  /** On the lanes of its sender and its receiver. */
  readonly from: Point;
  readonly to: Point;
  /** Half the width of a client's bars, at whose sides arrows begin and end. */
  readonly barReach: number;
  readonly dim: boolean;
  readonly badge: string | undefined;
}

const dotReach = 6;

export function arrow(diagram: Diagram, message: Message, options: ArrowOptions): Shape {
  const { fate, late, copy } = message;
  const { index, badge } = options;
  const { start, end } = ends(diagram, message, options);
  const part = fate === 'lost' ? 0.5 : fate === 'partition' ? 0.62 : 1;
  const tip = { x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part };
  const isLate = late > 0 && part === 1;
  const path = isLate ? bent(start, tip) : `M${start.x} ${start.y}L${tip.x} ${tip.y}`;
  // Half way along the line; less along the curve, since what was held back arrives together.
  const half = isLate ? { x: 0.23, y: 0.55 } : { x: 0.5, y: 0.5 };
  const middle = { x: start.x + (tip.x - start.x) * half.x, y: start.y + (tip.y - start.y) * half.y };
  const head = fate === 'delivered' ? 'url(#clew-arrow)' : undefined;
  const note = copy ? '2nd copy' : isLate ? `+${timeInWords(late)}` : '';
  return {
    tag: 'g',
    key: `message ${index}`,
    attributes: { class: classOf(message, diagram, isLate, options.dim), 'data-message': index },
    title: messageInWords(message, diagram),
    children: [
      { tag: 'path', attributes: { class: 'touch', d: path } },
      { tag: 'path', attributes: { class: 'line', d: path, 'marker-end': head } },
      ...(fate === 'lost' || fate === 'partition' || fate === 'down'
        ? [cross(tip), mark(message.type, tip.x, tip.y - 8)]
        : []),
      ...(note === '' ? [] : [mark(note, middle.x, middle.y - 3)]),
      ...(badge ? [badgeAt(badge, middle.x, middle.y + 4)] : []),
    ],
  };
}

function ends({ lanes }: Diagram, message: Message, { from, to, barReach }: ArrowOptions) {
  const side = Math.sign(message.to - message.from);
  const reach = (lane: number) => (lanes[lane]?.kind === 'client' ? Math.min(barReach, 75) : dotReach);
  return {
    start: { x: from.x + side * reach(message.from), y: from.y },
    end: { x: to.x - side * reach(message.to), y: to.y },
  };
}

/** What is late stays back with its sender first, and then hurries. */
function bent(start: Point, tip: Point): string {
  const [width, height] = [tip.x - start.x, tip.y - start.y];
  const first = `${start.x + width * 0.2} ${start.y + height * 0.75}`;
  return `M${start.x} ${start.y}C${first} ${start.x + width * 0.6} ${tip.y - 3} ${tip.x} ${tip.y}`;
}

function classOf({ from, to, fate, copy }: Message, { lanes }: Diagram, late: boolean, dim: boolean): string {
  const client = lanes[from]?.kind === 'client' || lanes[to]?.kind === 'client';
  const names = ['arrow', fate.replace(' ', '-')];
  if (late) names.push('late');
  if (copy) names.push('copy');
  if (client) names.push('of-client');
  if (dim) names.push('dim');
  return names.join(' ');
}

const cross = ({ x, y }: Point): Shape => ({
  tag: 'path',
  attributes: { class: 'cross', d: `M${x - 4} ${y - 4}l8 8m0 -8l-8 8` },
});

const mark = (text: string, x: number, y: number): Shape => ({
  tag: 'text',
  attributes: { class: 'mark', x, y },
  text,
});
