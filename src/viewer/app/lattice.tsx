/** The levels of consistency, stronger ones above what they imply, with what the history makes of each. */
import type { Consistency } from '../../report/consistency.ts';

interface Props {
  readonly consistency: Consistency;
  readonly argument: number;
  readonly setArgument: (argument: number) => void;
}

type Rung = Consistency['levels'][number];

const width = 340;
const rowHeight = 44;
const marks = { holds: '✓', violated: '✗', unknown: '?' } as const;

export function Lattice({ consistency, argument, setArgument }: Props) {
  const { levels, arguments: told } = consistency;
  const rows = rowsOf(levels);
  const at = new Map<string, { x: number; y: number; width: number }>();
  rows.forEach((row, y) => {
    const room = width / row.length;
    row.forEach(({ level }, x) => {
      at.set(level, {
        x: (x + 0.5) * room,
        y: (y + 0.5) * rowHeight,
        width: Math.min(room - 6, 150),
      });
    });
  });
  const height = rows.length * rowHeight;
  const below = (level: string): Set<string> => {
    const found = new Set([level]);
    for (const each of found)
      for (const weaker of levels.find((rung) => rung.level === each)?.implies ?? []) found.add(weaker);
    return found;
  };
  const argumentFor = (level: string): number => {
    const own = told.findIndex((each) => each.level === level);
    const implied = below(level);
    return own >= 0 ? own : told.findIndex((each) => implied.has(each.level));
  };
  return (
    <div class="lattice">
      <h2>
        Levels of consistency <small>what is above implies what is below</small>
      </h2>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture with parts that can be pressed */}
      <svg viewBox={`0 0 ${width} ${height}`} role="group" aria-label="levels of consistency">
        {levels.flatMap(({ level, implies }) =>
          implies.map((weaker) => {
            const [from, to] = [at.get(level), at.get(weaker)];
            return from && to ? (
              <line class="implies" key={`${level} ${weaker}`} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
            ) : null;
          }),
        )}
        {levels.map(({ level, verdict, reason }) => {
          const place = at.get(level) as { x: number; y: number; width: number };
          const index = verdict === 'violated' ? argumentFor(level) : -1;
          const lines = folded(`${marks[verdict]} ${level}`, place.width);
          return (
            // biome-ignore lint/a11y/useSemanticElements: a part of a picture that can be pressed
            <g
              key={level}
              class={`rung ${verdict} ${told[argument]?.level === level ? 'chosen' : ''}`}
              role="button"
              data-level={level}
              tabindex={index < 0 ? -1 : 0}
              aria-label={`${level}: ${verdict}${reason === undefined ? '' : `, ${reason}`}`}
              onClick={() => index >= 0 && setArgument(index)}
              onKeyDown={(event) => {
                if ((event.key !== 'Enter' && event.key !== ' ') || index < 0) return;
                event.preventDefault();
                event.stopPropagation();
                setArgument(index);
              }}
            >
              <title>{`${level}: ${reason ?? verdict}`}</title>
              <rect
                class="plate"
                x={place.x - place.width / 2}
                y={place.y - 17}
                width={place.width}
                height="34"
                rx="6"
              />
              {lines.map((line, row) => (
                <text key={line} x={place.x} y={place.y + 3.5 + (row - (lines.length - 1) / 2) * 10.5}>
                  {line}
                </text>
              ))}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** A level stands one row below the lowest of those that imply it. */
function rowsOf(levels: readonly Rung[]): Rung[][] {
  const depth = new Map<string, number>();
  // Stronger ones come first, so whatever implies a level has its row already.
  levels.forEach(({ level, implies }, index) => {
    const own = depth.get(level) ?? (index === 0 ? 0 : 1);
    depth.set(level, own);
    for (const weaker of implies) depth.set(weaker, Math.max(depth.get(weaker) ?? 0, own + 1));
  });
  const rows: Rung[][] = [];
  for (const rung of levels) (rows[depth.get(rung.level) as number] ??= []).push(rung);
  return rows.filter((row) => row !== undefined);
}

/** In lines that fit, broken at hyphens. */
function folded(text: string, room: number): string[] {
  const most = Math.floor(room / 5.2);
  const lines: string[] = [];
  for (const part of text.split(/(?<=-)/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= most) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines;
}
