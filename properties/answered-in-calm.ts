/**
 * Progress, in a form that can be judged within one run: once faults have stopped, whoever asks is answered. A refusal
 * is an answer; giving up (`info`) is the lack of one. Calls made before the calm period may stay unanswered.
 */
import { type AnyProtocol, always, type Property } from '../src/index.ts';

export function answeredInCalm(protocol: AnyProtocol): Property {
  return always(
    protocol,
    'calls made in calm are answered',
    ({ calm, history }, seen) => {
      if (!calm) return;
      if (seen.calmFrom < 0) seen.calmFrom = seen.next = history.length;
      for (; seen.next < history.length; seen.next++) {
        const event = history[seen.next]!;
        if (event.type !== 'info') continue;
        const invoked = history.findLastIndex(
          ({ process, type }) => process === event.process && type === 'invoke',
        );
        if (invoked < seen.calmFrom) continue;
        return `nobody answered the ${event.f} by process ${event.process}, although faults had stopped`;
      }
      return;
    },
    () => ({ calmFrom: -1, next: 0 }),
  );
}
