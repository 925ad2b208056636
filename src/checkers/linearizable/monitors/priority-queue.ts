/**
 * Priority queues whose values are unique (Bouajjani, Enea, Wang 2017; decrease and conquer as in Lee and Mathur 2025).
 * A value can be taken in any gap in which no smaller value is inside for sure, and nothing is lost by taking it
 * in the first such gap. So from the smallest value up: find that gap, and note that the value is inside for sure from
 * the completion of its insert until then. Log-linear. Crashed takes: see `judgeContainer`.
 *
 *     insert 5 |--|    insert 1 |--|   delete-min 5 |--|   delete-min 1 |--|      5 has no gap: 1 is inside
 */
import type { Json } from '../../../base/json.ts';
import type { Operation } from '../../../history/history.ts';
import { compareItems } from '../../../spec/queue.ts';
import {
  CoveredGaps,
  coveringChain,
  judgeContainer,
  type Monitor,
  type MonitorVerdict,
  never,
  operationsOfValues,
  type Values,
} from './monitor.ts';

export const priorityQueueMonitor: Monitor = {
  name: 'priority queue monitor (unique values)',
  judge(operations, initial) {
    if ((initial as { items: unknown[] }).items.length > 0) return undefined;
    return judgeContainer(operations, {
      put: 'insert',
      take: 'delete-min',
      judge: judgeValues,
      // It is smaller and was there before.
      mustBeGone: ({ put, putBy, takeFrom }, stayed, taken, all) =>
        putBy[stayed]! < takeFrom[taken]! &&
        compareItems(all[put[stayed]!]!.input, all[put[taken]!]!.input) < 0,
    });
  },
};

/** Within a gap: takes of values that were inside, smallest first; then what comes and goes at once; then inserts. */
interface Placed {
  readonly gap: number;
  readonly part: 0 | 1 | 2;
  readonly operations: readonly number[];
}

function judgeValues(operations: readonly Operation[], values: Values): MonitorVerdict {
  const { count, put, take, putBy, takeFrom, takeBy, empties } = values;
  const inputs: Json[] = Array.from(put, (operation) => operations[operation]!.input);
  const ascending = Array.from({ length: count }, (_, value) => value).sort((a, b) =>
    compareItems(inputs[a]!, inputs[b]!),
  );
  const gaps = new CoveredGaps(values.gaps);
  const inside = new Int32Array(count);
  const placed: Placed[] = [];
  for (const value of ascending) {
    const gap = takeFrom[value]! >= never ? never : gaps.firstFree(takeFrom[value]!);
    inside[value] = gap;
    if (gap >= takeBy[value]!) {
      const chain = smallerChain(values, inputs, value, inside);
      return {
        valid: false,
        culprits: operationsOfValues(values, [value, ...chain]),
        operation: take[value]!,
      };
    }
    if (gap < putBy[value]!) placed.push({ gap, part: 1, operations: [put[value]!, take[value]!] });
    else {
      gaps.cover(putBy[value]!, gap);
      placed.push({ gap: putBy[value]! - 1, part: 2, operations: [put[value]!] });
      if (take[value]! >= 0) placed.push({ gap, part: 0, operations: [take[value]!] });
    }
  }
  for (const empty of empties) {
    const { invoked, completed } = operations[empty]!;
    const gap = gaps.firstFree(invoked);
    if (gap >= completed) {
      const chain = coveringChain(values, invoked, completed, inside);
      const more = chain.flatMap((value) => smallerChain(values, inputs, value, inside));
      return {
        valid: false,
        culprits: operationsOfValues(values, [...chain, ...more], [empty]),
        operation: empty,
      };
    }
    placed.push({ gap, part: 1, operations: [empty] });
  }
  // The sort is stable, so within a part the smaller value stays first.
  placed.sort((a, b) => a.gap - b.gap || a.part - b.part);
  return { valid: true, order: placed.flatMap((entry) => entry.operations) };
}

/** The smaller values that keep `value` inside after its take could have begun, and those that keep them. */
function smallerChain(values: Values, inputs: readonly Json[], value: number, inside: Int32Array): number[] {
  const chain: number[] = [];
  for (let other = 0; other < values.count; other++) {
    if (compareItems(inputs[other]!, inputs[value]!) >= 0) continue;
    if (values.putBy[other]! < values.takeBy[value]! && inside[other]! > values.takeFrom[value]!)
      chain.push(other);
  }
  return chain;
}
