/** Operations, values and counts as people write them. */
import { canonicalJson, equalJson, type Json } from '../base/json.ts';
import type { Operation } from '../history/history.ts';

const longest = 30;

/** `write 3`, `read → 3`, `cas [1,2] → false`, and `write 3 → ?` when nobody knows the outcome. */
export function describeOperation({ f, input, output, type }: Operation): string {
  const call = input === null ? f : `${f} ${shortJson(input)}`;
  if (type === 'info') return `${call} → ?`;
  if (output === undefined || equalJson(input, output))
    return output === null && !sayNothing(f) ? `${call} → null` : call;
  return `${call} → ${shortJson(output)}`;
}

/** Functions without input whose null is an echo, not an answer. */
export function sayNothing(f: string): boolean {
  return f === 'acquire' || f === 'release' || f === 'delete';
}

/** Canonical JSON, cut when it is long. */
export function shortJson(value: Json): string {
  const text = canonicalJson(value);
  return text.length <= longest ? text : `${text.slice(0, longest / 2)}…${text.slice(1 - longest / 2)}`;
}

/** `1,234 operations`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
