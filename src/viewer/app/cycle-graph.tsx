/** A cycle as a small graph: its members on an ellipse, the edges bent outward between them, each with its relation. */
import type { Argument, Edge } from '../../report/consistency.ts';
import { relationWords } from './relations.ts';

interface Props {
  readonly members: Argument['members'];
  readonly edges: readonly Edge[];
  readonly edge?: number | undefined;
  readonly goTo: (member: number) => void;
  readonly goAlong: (index: number, edge: Edge) => void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const width = 340;
const box = { width: 104, height: 36 };

export function CycleGraph({ members, edges, edge, goTo, goAlong }: Props) {
  const ring = edges.map(({ from }) => from);
  const height = ring.length <= 2 ? 118 : ring.length <= 4 ? 210 : 250;
  const at = new Map(ring.map((member, index) => [member, placeOf(index, ring.length, height)]));
  const centre = { x: width / 2, y: height / 2 };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture with parts that can be pressed
    <svg class="cycle" viewBox={`0 0 ${width} ${height}`} role="group" aria-label="cycle">
      {edges.map((each, index) => {
        const curve = curveOf(at.get(each.from) as Point, at.get(each.to) as Point, centre);
        const name = `${each.relation}${each.key === undefined ? '' : ` ${each.key}`}`;
        return (
          // biome-ignore lint/a11y/useSemanticElements: a part of a picture that can be pressed
          <g
            key={`${each.from} ${each.to}`}
            class={`edge ${each.relation} ${index === edge ? 'chosen' : ''}`}
            role="button"
            tabindex={0}
            aria-label={`${members[each.from]?.name} before ${members[each.to]?.name}: ${each.because}`}
            {...pressed(() => goAlong(index, each))}
          >
            <title>{`${relationWords[each.relation]}\n${each.because}`}</title>
            <path class="touch" d={curve.path} />
            <path class="line" d={curve.path} marker-end="url(#clew-arrow)" />
            <text x={curve.label.x} y={curve.label.y + 4}>
              {name}
            </text>
          </g>
        );
      })}
      {[...at].map(([member, { x, y }]) => {
        const { name, words, bar } = members[member] as Argument['members'][number];
        return (
          // biome-ignore lint/a11y/useSemanticElements: a part of a picture that can be pressed
          <g
            key={name}
            class="member"
            role="button"
            tabindex={bar === undefined ? -1 : 0}
            aria-label={`${name}: ${words}`}
            {...pressed(() => goTo(member))}
          >
            <title>{words}</title>
            <rect
              class="box"
              x={x - box.width / 2}
              y={y - box.height / 2}
              width={box.width}
              height={box.height}
              rx="6"
            />
            <text class="name" x={x} y={y - 3}>
              {bar === undefined ? 'initial state' : name}
            </text>
            <text class="words" x={x} y={y + 11}>
              {bar === undefined ? '' : inside(words)}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

const pressed = (act: () => void) => ({
  onClick: act,
  onKeyDown: (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    act();
  },
});

/** `[r x 1, w y 2] (process 0)` without its brackets and its process, as much as has room. */
function inside(words: string): string {
  const text = words.replace(/^\[(.*)\] \(.*\)$/, '$1');
  return text.length > 17 ? `${text.slice(0, 16)}…` : text;
}

/** Two stand side by side, more on an ellipse from its top on, clockwise. */
function placeOf(index: number, count: number, height: number): Point {
  const angle = count === 2 ? Math.PI * (1 - index) : -Math.PI / 2 + (2 * Math.PI * index) / count;
  return {
    x: width / 2 + (width / 2 - box.width / 2 - 2) * Math.cos(angle),
    y: height / 2 + (height / 2 - box.height / 2 - 12) * Math.sin(angle),
  };
}

/** From border to border of the two boxes, bent away from the centre, so that there and back are two curves. */
function curveOf(from: Point, to: Point, centre: Point): { path: string; label: Point } {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  // To the left of the direction of travel, which for a clockwise ring is outward.
  const bend = Math.abs(middle.y - centre.y) < 1 && Math.abs(dy) < 1 ? 62 : 22;
  const control = { x: middle.x + (dy / length) * bend, y: middle.y - (dx / length) * bend };
  const start = borderOf(from, control);
  const end = borderOf(to, control);
  const label = {
    x: (start.x + 2 * control.x + end.x) / 4,
    y: (start.y + 2 * control.y + end.y) / 4,
  };
  return { path: `M${start.x} ${start.y}Q${control.x} ${control.y} ${end.x} ${end.y}`, label };
}

/** Where the line from the middle of a box to a point leaves the box. */
function borderOf({ x, y }: Point, toward: Point): Point {
  const [dx, dy] = [toward.x - x, toward.y - y];
  const scale = Math.min(
    box.width / 2 / Math.max(Math.abs(dx), 1e-6),
    box.height / 2 / Math.max(Math.abs(dy), 1e-6),
    1,
  );
  return { x: Math.round(x + dx * scale), y: Math.round(y + dy * scale) };
}
