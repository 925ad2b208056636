/** What the edges of a cycle mean, for those who do not know their names. */
import type { Edge } from '../../report/consistency.ts';

export const relationWords: Readonly<Record<Edge['relation'], string>> = {
  so: 'session order: one process issued them in this order',
  rt: 'real time: the first had completed before the second was invoked',
  wr: 'reads-from: the second read what the first wrote',
  ww: 'version order: the second overwrote what the first wrote',
  rw: 'anti-dependency: the first did not see what the second wrote',
  visible: 'the reader could see the first, and yet read what the second wrote',
  hb: 'happened-before: the second knew of the first',
};
