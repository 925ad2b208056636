/**
 * The diagram in its scroller. Only the rows in sight and some beyond are in the document, so a history of ten thousand
 * operations scrolls as lightly as one of ten.
 */
import { h, type VNode } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { diagramDefinitions } from '../../report/diagram-style.ts';
import { badgesOf } from '../../report/exports/svg.ts';
import { pointsOf } from '../../report/layout.ts';
import { type DrawOptions, drawing, yOf } from '../../report/shapes.ts';
import type { Shape } from '../../report/svg-shape.ts';
import type { RunModel } from './run-model.ts';
import { Tip, type TipTarget } from './tip.tsx';
import type { View } from './view.ts';

const gutterWidth = 58;
const quantum = 24;
/** What fits on a sheet of paper, A4 or letter, upright. */
const paperWidth = 680;

export function DiagramPane({ view }: { readonly view: View }) {
  const { model, step, jump, filter, setFilter, stands, narrowed, overlay, showOverlay } = view;
  const { diagram, layout } = model;
  const { steps, lanes } = diagram;
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 900, height: 700 });
  const [from, setFrom] = useState(0);
  const [printing, setPrinting] = useState(false);
  const [tip, setTip] = useState<TipTarget | undefined>();
  const rowHeight = rowHeightOf(model, size.height);
  const paneWidth = printing ? paperWidth : size.width;
  const laneWidth = Math.max(
    58,
    Math.min(lanes.length === 1 ? 1000 : 340, (paneWidth - gutterWidth - 8) / lanes.length),
  );
  const geometry = { gutter: gutterWidth, laneWidth, rowHeight };
  const rowsInSight = Math.ceil(size.height / rowHeight);
  const width = gutterWidth + laneWidth * diagram.lanes.length + 8;
  const height = yOf(layout.height, geometry) + 12;

  const onScroll = useCallback(() => {
    const top = (scroller.current?.scrollTop ?? 0) / rowHeight;
    setFrom(Math.max(0, Math.floor(top / quantum) * quantum));
  }, [rowHeight]);
  useLayoutEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current as HTMLDivElement;
    const y = yOf(layout.rows[step] ?? 0, geometry) + 30;
    const margin = Math.min(90, element.clientHeight / 4);
    if (y < element.scrollTop + margin + 20) element.scrollTop = y - margin * 2;
    else if (y > element.scrollTop + element.clientHeight - margin)
      element.scrollTop = y - element.clientHeight + margin * 2;
    onScroll();
  }, [step, model, rowHeight, size.height]);

  const window = printing
    ? { from: 0, to: layout.height }
    : { from: from - quantum, to: from + rowsInSight + 2 * quantum };
  const badges = useMemo(() => badgesOf(model.run), [model]);
  const dim = useMemo(() => (narrowed ? dimming(model, stands) : undefined), [model, stands, narrowed]);
  const { order, tags, stuck, clash } = overlay;
  const points = useMemo(() => order && pointsOf(order, diagram.bars, layout), [order, diagram, layout]);
  const options: DrawOptions = {
    ...geometry,
    ...window,
    selected: step,
    points: showOverlay ? points : undefined,
    tags: showOverlay || overlay.name === undefined ? tags : undefined,
    stuck,
    clash,
    badges,
    ...(dim ? { dim } : {}),
  };
  const shapes = useMemo(
    () => drawing(diagram, layout, options),
    [
      diagram,
      layout,
      laneWidth,
      rowHeight,
      window.from,
      window.to,
      step,
      points,
      overlay,
      showOverlay,
      badges,
      dim,
    ],
  );

  // The same as long as the shapes are: hovering draws none of them anew.
  const drawn = useMemo(() => shapes.map(drawnShape), [shapes]);

  const find = (target: EventTarget | null): TipTarget | undefined => {
    const group = (target as Element | null)?.closest?.('[data-step],[data-message]') as SVGElement | null;
    if (!group) return undefined;
    const { step: at, message } = group.dataset;
    return message !== undefined ? { message: Number(message) } : { step: Number(at) };
  };
  const onClick = (event: MouseEvent) => {
    const found = find(event.target);
    if (!found) return;
    const message = found.message === undefined ? undefined : diagram.messages[found.message];
    jump(message ? (message.receivedBy ?? message.sentBy) : (found.step as number), found.message);
  };
  const toggleLane = (lane: number) => {
    const lanes = new Set(filter.lanes);
    if (!lanes.delete(lane)) lanes.add(lane);
    setFilter({ ...filter, lanes });
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <main class="diagram" ref={scroller} onScroll={onScroll} tabIndex={0} aria-label="space-time diagram">
      <div class="lanes" style={{ width: `${width}px` }}>
        <span class="unit" style={{ width: `${gutterWidth}px` }}>
          {diagram.untimed ? (diagram.first === 0 ? 'step' : 'event') : 'ms'}
        </span>
        {diagram.lanes.map(({ id, kind }, lane) => (
          <button
            type="button"
            key={id}
            class={`lane-name ${kind}`}
            style={{ width: `${laneWidth}px` }}
            aria-pressed={filter.lanes.has(lane)}
            title={`show only ${id} (click others to add them)`}
            onClick={() => toggleLane(lane)}
          >
            {id}
          </button>
        ))}
      </div>
      <div class="canvas" style={{ width: `${width}px`, height: `${height}px` }}>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the whole page steps by keyboard */}
        <svg
          class="clew"
          role="img"
          aria-label={`${steps.length} steps of ${lanes.map(({ id }) => id).join(', ')} and their messages over time; the arrow keys go from step to step`}
          width={width}
          height={height}
          onClick={onClick}
          onPointerMove={(event) => {
            const found = event.pointerType === 'mouse' ? find(event.target) : undefined;
            setTip(found && { ...found, x: event.clientX, y: event.clientY });
          }}
          onPointerLeave={() => setTip(undefined)}
        >
          <defs dangerouslySetInnerHTML={{ __html: diagramDefinitions }} />
          {drawn}
        </svg>
      </div>
      {tip && <Tip model={model} target={tip} />}
    </main>
  );
}

/** Of a history the rows are as high as there is room for. */
function rowHeightOf({ diagram, layout }: RunModel, height: number): number {
  if (diagram.messages.length > 0) return 23;
  return Math.max(17, Math.min(30, Math.floor((height - 60) / layout.height)));
}

/** No component of its own: there are a thousand, and they have nothing to remember. */
function drawnShape({ tag, key, attributes, text, children }: Shape): VNode {
  return h(tag, { key, ...attributes }, text, children?.map(drawnShape));
}

/** A message stands with the step that received it, or else with the one that sent it; an operation with both its ends. */
function dimming({ diagram }: RunModel, stands: (step: number) => boolean): NonNullable<DrawOptions['dim']> {
  const memory = new Map<number, boolean>();
  const standsAt = (step: number) => {
    let answer = memory.get(step);
    if (answer === undefined) memory.set(step, (answer = stands(step)));
    return answer;
  };
  return (kind, index) => {
    if (kind === 'step') return !standsAt(index);
    if (kind === 'message') {
      const { receivedBy, sentBy } = diagram.messages[index] as (typeof diagram.messages)[number];
      return !standsAt(receivedBy ?? sentBy);
    }
    const { from, to } = diagram.bars[index] as (typeof diagram.bars)[number];
    return !standsAt(from) && !(to !== undefined && standsAt(to));
  };
}
