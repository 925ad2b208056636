/** Text within the columns of a terminal; colour takes no room. */
import { stripVTControlCharacters } from 'node:util';

/** Columns of a story. */
export const columns = 100;

export const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Cut at the end, without colour then. */
export function cut(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${stripVTControlCharacters(text).slice(0, width - 1)}…`;
}

/** The first of the texts that fits; else the last, cut. */
export function fitting(width: number, ...texts: readonly (() => string)[]): string {
  let text = '';
  for (const make of texts) {
    text = make();
    if (widthOf(text) <= width) return text;
  }
  return cut(text, width);
}

/** Broken between words into lines of this width; all but the first are indented. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  let empty = true;
  for (const word of text.trim().split(' ')) {
    if (!empty && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].map((each) => cut(each, width));
}

/** Wrapped into at most so many lines; what does not fit is cut. */
export function wrappedTo(most: number, text: string, width: number, indent = ''): string[] {
  const lines = wrapped(text, width, indent);
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, most);
  const last = cut(kept.at(-1) as string, width - 2);
  return [...kept.slice(0, -1), last.endsWith('…') ? last : `${last} …`];
}
