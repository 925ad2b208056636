/**
 * Histories whose values are not unique: several transactions wrote what a read saw, and nobody knows which one it
 * read. The level holds when it holds for some choice, is violated when all choices violate it, and is unknown when
 * there are too many to try. The nearest writer before a read is tried first.
 */

import type { Verdict } from '../transactions/levels.ts';
import type { History } from '../transactions/prepare.ts';
import { withSources } from '../transactions/prepare.ts';
import type { Work } from '../work.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** Why nobody knows. */
  readonly reason?: string;
}

export const choicesLimit = 20_000;

export function overChoices(history: History, judge: (history: History) => Verdict, work: Work): Judgement {
  const { ambiguities, writers } = history.reads;
  if (history.transactions.hasLists && writers.size > 0) {
    return {
      verdict: 'unknown',
      reason: 'some elements were appended more than once, so lists do not show their order',
    };
  }
  if (ambiguities.length === 0) return reasoned(judge(history), work);
  const candidates = ambiguities.map(({ operation, candidates }) => {
    const reader = history.reads.owner[operation]!;
    const distance = (t: number): number => (t < reader ? reader - t : history.transactions.count + t);
    return [...candidates].sort((a, b) => distance(a) - distance(b));
  });
  const chosen = ambiguities.map(() => 0);
  let unknown = false;
  for (let tried = 0; tried < choicesLimit; tried++) {
    const sources = new Map(ambiguities.map(({ operation }, i) => [operation, candidates[i]![chosen[i]!]!]));
    const verdict = judge(withSources(history, sources));
    if (verdict === 'holds') return { verdict };
    unknown ||= verdict === 'unknown';
    let at = 0;
    while (at < chosen.length && ++chosen[at]! === candidates[at]!.length) chosen[at++] = 0;
    if (at === chosen.length) return unknown ? reasoned('unknown', work) : { verdict: 'violated' };
    if (!work.spend(history.transactions.count)) break;
  }
  return {
    verdict: 'unknown',
    reason:
      work.exhausted() ??
      `values are not unique, and ${choicesLimit} ways to say who wrote what was read did not decide it`,
  };
}

function reasoned(verdict: Verdict, work: Work): Judgement {
  if (verdict !== 'unknown') return { verdict };
  return {
    verdict,
    reason: work.exhausted() ?? 'the history is too large for the search over version orders',
  };
}
