/** An operation as a bar from its invocation to its completion, which says what was called and what came of it. */
import type { Bar } from './diagram.ts';
import { callInLines, callInWords, resultInWords } from './shapes-words.ts';
import { cutOff, type Shape } from './svg-shape.ts';

export interface BarOptions {
  readonly index: number;
  /** Its classes. */
  readonly name: string;
  readonly laneWidth: number;
  readonly rowHeight: number;
  /** Of its lane, its beginning and its end. */
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
  readonly inSight: { readonly from: number; readonly to: number };
}

/** Pixels: the mean width of a character, and how often a long bar says what it is. */
const charWidth = 6.1;
const repeat = 280;

export function barShape(bar: Bar, options: BarOptions): Shape {
  const { index, name, laneWidth, rowHeight, x, top: y, bottom } = options;
  const width = Math.min(laneWidth * 0.86, 150);
  const height = Math.max(bottom - y, rowHeight * 0.7);
  return {
    tag: 'g',
    key: `bar ${index}`,
    attributes: { class: name, 'data-bar': index, 'data-step': bar.from },
    title: `process ${bar.process}: ${callInWords(bar)} ${resultInWords(bar)}`,
    children: [
      { tag: 'rect', attributes: { x: x - width / 2, width, y, height, rx: 5 } },
      ...labels(bar, options, { width: width - 6, height }),
    ],
  };
}

/** A long bar tells its call where it begins and its result where it ends, and in between now and then both. */
function labels(
  bar: Bar,
  { x, top: y, rowHeight, inSight }: BarOptions,
  { width, height }: { readonly width: number; readonly height: number },
): Shape[] {
  const call = callInWords(bar);
  const result = resultInWords(bar);
  const whole = `${call} ${result}`;
  const label = (text: string, at: number): Shape => ({
    tag: 'text',
    attributes: { x, y: at },
    text: cutOff(text, width, charWidth),
  });
  const isLong = height > 2 * rowHeight && (whole.length * charWidth > width || height >= 2 * repeat);
  if (!isLong) return [label(whole, y + height / 2 + 4)];
  const lines = call.length * charWidth <= width ? [call] : callInLines(bar);
  const between = Array.from(
    { length: Math.max(0, Math.floor(height / repeat) - 1) },
    (_, i) => y + (i + 1) * repeat,
  );
  return [
    ...lines
      .slice(0, Math.max(1, Math.floor(height / 13) - 2))
      .map((line, i) => label(line, y + 17 + i * 13)),
    ...between.filter((at) => at >= inSight.from && at <= inSight.to).map((at) => label(whole, at)),
    label(result, y + height - 9),
  ];
}
