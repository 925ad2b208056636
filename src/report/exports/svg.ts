/** The space-time diagram as a picture of its own, for a paper or a README: the shapes of the page, light and dark. */
import { diagramDefinitions, diagramStyle } from '../diagram-style.ts';
import { layoutOf, pointsOf } from '../layout.ts';
import { overlayOf, unchosen } from '../overlay.ts';
import type { PageRun } from '../page.ts';
import { drawing, xOf, yOf } from '../shapes.ts';
import type { Shape } from '../svg-shape.ts';

const header = 54;

export function asSvg(run: PageRun, title: string): string {
  const { diagram } = run;
  const layout = layoutOf(diagram);
  const count = diagram.lanes.length;
  const geometry = { gutter: 58, laneWidth: count === 1 ? 760 : count > 8 ? 110 : 170, rowHeight: 23 };
  const { order, tags, stuck, clash } = overlayOf(run, unchosen);
  const shapes = drawing(diagram, layout, {
    ...geometry,
    from: 0,
    to: layout.height,
    points: order && pointsOf(order, diagram.bars, layout),
    tags,
    stuck,
    clash,
    badges: badgesOf(run),
  });
  const width = geometry.gutter + geometry.laneWidth * diagram.lanes.length + 8;
  const height = header + yOf(layout.height, geometry) + 12;
  const names = diagram.lanes.map(
    ({ id }, lane) =>
      `<text x="${xOf(lane, geometry)}" y="44" text-anchor="middle" font-weight="700" font-size="13">${escaped(id)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="clew" width="${width}" height="${Math.ceil(height)}" viewBox="0 0 ${width} ${Math.ceil(height)}" role="img" aria-label="${escaped(title)}">`,
    // Definitions of colours on the root, since a picture is its own document.
    `<style>${diagramStyle}</style>`,
    `<defs>${diagramDefinitions}</defs>`,
    '<rect width="100%" height="100%" style="fill:var(--ground)"/>',
    `<text x="8" y="18" font-weight="700" font-size="13">${escaped(title)}</text>`,
    ...names,
    `<g transform="translate(0 ${header})">`,
    ...shapes.map(element),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** Numbers of deviations by the step or the message at which they show. */
export function badgesOf({ deviations }: Pick<PageRun, 'deviations'>) {
  const step = new Map<number, string>();
  const message = new Map<number, string>();
  deviations.forEach((deviation, index) => {
    const name = `${index + 1}`;
    const at = deviation.step;
    if (at !== undefined) step.set(at, step.has(at) ? `${step.get(at)},${name}` : name);
    if (deviation.message !== undefined) message.set(deviation.message, name);
  });
  return { step, message };
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function element({ tag, attributes, text, title, children = [] }: Shape): string {
  if (attributes['class'] === 'touch') return '';
  const given = Object.entries(attributes)
    .filter(([name, value]) => value !== undefined && !name.startsWith('data-'))
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  const inner = [
    ...(title === undefined ? [] : [`<title>${escaped(title)}</title>`]),
    ...(text === undefined ? [] : [escaped(text)]),
    ...children.map(element),
  ].join('');
  return inner === '' ? `<${tag}${given.join('')}/>` : `<${tag}${given.join('')}>${inner}</${tag}>`;
}
