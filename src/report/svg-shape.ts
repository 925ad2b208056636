/** A shape of SVG as plain data, and the small ones that others are made of. */

export interface Shape {
  readonly tag: string;
  /** Tells what is drawn apart, the same whatever else is in sight; what it is made of needs none. */
  readonly key?: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly text?: string;
  /** Shown on hovering. */
  readonly title?: string;
  readonly children?: readonly Shape[];
}

/** A round ground for a number of any length. */
export function pill(x: number, y: number, text: string): Shape {
  const half = 5 + text.length * 3;
  return { tag: 'rect', attributes: { x: x - half, y: y - 8, width: 2 * half, height: 16, rx: 8 } };
}

/** The number of a deviation, where it shows. */
export function badgeAt(text: string, x: number, y: number): Shape {
  return {
    tag: 'g',
    attributes: { class: 'badge' },
    children: [pill(x, y, text), { tag: 'text', attributes: { x, y: y + 3.5 }, text }],
  };
}

/** As much of a text as fits into so many pixels, when its characters are so wide. */
export function cutOff(text: string, pixels: number, charWidth: number): string {
  const most = Math.max(1, Math.floor(pixels / charWidth));
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1)).replace(/[ …]+$/, '')}…` : text;
}
