/** The explanation of `linearizability.ts` as text for a terminal. */
import type { Json } from '../base/json.ts';
import type { Operation } from '../history/history.ts';
import type { Explanation } from './linearizability.ts';
import { countText, describeOperation, shortJson } from './operation-text.ts';
import { timeline } from './timeline.ts';

const maxDrawn = 30;
const maxPrefixOperations = 12;

export interface Surroundings {
  /** Number of operations that were judged, of the object at fault. */
  readonly total: number;
  readonly key: Json | undefined;
  /** Where an operation stands in its file: `line 12`. */
  readonly where: (operation: Operation) => string;
  /** Characters of a line of the terminal, when there is one. */
  readonly width?: number | undefined;
}

/** By how much the drawing is indented. */
const indent = 4;

export function explanationText(
  explanation: Explanation,
  { total, key, where, width }: Surroundings,
): string {
  const { operation, minimal, isMinimal, projected } = explanation;
  const ofKey = key === undefined ? '' : ` of key ${shortJson(key)}`;
  const paragraphs = [
    [
      `${describeOperation(operation)} by process ${operation.process} (${where(operation)}) has no place${ofKey === '' ? '' : ` in the history${ofKey}`}.`,
      ...legalText(explanation),
    ],
  ];
  const left = total - minimal.length;
  if (minimal.length <= maxDrawn) {
    const others =
      left === 0 ? '' : `, whatever became of the other ${left === 1 ? 'one' : left.toLocaleString('en-US')}`;
    paragraphs.push([
      minimal.length === 1
        ? `It cannot be explained${others}:`
        : `These ${countText(minimal.length, 'operation')} contradict each other${others}:`,
      '',
      ...timeline(minimal, new Set([operation.id]), width === undefined ? undefined : width - indent).map(
        (line) => (line === '' ? '' : `  ${line}`),
      ),
    ]);
  } else {
    paragraphs.push([
      `${countText(minimal.length, 'operation')} of ${total.toLocaleString('en-US')} contradict each other; too many to draw.`,
    ]);
  }
  if (projected && left > 0) paragraphs.push(['Reads are shown without the elements of the others.']);
  if (!isMinimal) paragraphs.push(['Time ran out while looking for fewer.']);
  paragraphs.push(prefixesText(explanation));
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n'))
    .join('\n\n');
}

function legalText({ legal, operation }: Explanation): string[] {
  if (legal.length === 0) return [];
  const values = legal.slice(0, 8).map(shortJson);
  const list = values.length === 1 ? values[0] : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  return [`${operation.f} could have answered ${list}${legal.length > 8 ? ', and more' : ''}.`];
}

/** The longest orders that are allowed, and the state in which the operation is not. */
function prefixesText({ prefixes, morePrefixes, minimal, operation }: Explanation): string[] {
  if (prefixes.length === 0) return [];
  const byId = new Map(minimal.map((one) => [one.id, one]));
  const lines = prefixes.map(({ order, state }) => {
    const texts = order.slice(-maxPrefixOperations).map((id) => describeOperation(byId.get(id)!));
    const path = order.length > maxPrefixOperations ? ['…', ...texts] : texts;
    return `  ${path.length === 0 ? '(nothing)' : path.join(', ')}  ⇒  ${shortJson(state)}`;
  });
  return [
    `The longest orders before ${describeOperation(operation)}, and the state each leaves:`,
    '',
    ...lines,
    ...(morePrefixes ? ['  … and more'] : []),
  ];
}
