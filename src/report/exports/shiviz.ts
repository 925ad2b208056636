/**
 * A log for ShiViz (Beschastnikh et al., "Visualizing Distributed System Executions", TOSEM 2020), as the file that its
 * page takes: a line with the expression by which it is parsed, one for a delimiter of executions, which is empty, and
 * the log, in which each event is a line of host and vector clock and a line of words.
 */
import type { Diagram } from '../diagram.ts';

const expression = String.raw`(?<host>\S*) (?<clock>{.*})\n(?<event>.*)`;

type VectorClock = ReadonlyMap<number, number>;

export function asShiviz({ lanes, steps, messages }: Diagram): string {
  const now: VectorClock[] = lanes.map(() => new Map());
  /** By step, for those that sent something. */
  const clocks: VectorClock[] = [];
  const lines = [expression, ''];
  steps.forEach(({ lanes: on, received, words, time, kind, label }, index) => {
    // What happens to the network happens on no host.
    if (kind === 'fault' && ['partition', 'hold', 'calm'].includes(label)) return;
    for (const lane of on) {
      const message = received === undefined ? undefined : messages[received];
      const clock = merged(now[lane] as VectorClock, message && clocks[message.sentBy]);
      clock.set(lane, (clock.get(lane) ?? 0) + 1);
      now[lane] = clock;
      clocks[index] = clock;
      const named = Object.fromEntries([...clock].map(([other, count]) => [lanes[other]?.id ?? '', count]));
      lines.push(`${lanes[lane]?.id} ${JSON.stringify(named)}`, `${time} ms  ${words.replaceAll('\n', ' ')}`);
    }
  });
  return lines.map((line) => `${line}\n`).join('');
}

function merged(own: VectorClock, other: VectorClock | undefined): Map<number, number> {
  const clock = new Map(own);
  for (const [lane, count] of other ?? []) clock.set(lane, Math.max(clock.get(lane) ?? 0, count));
  return clock;
}
