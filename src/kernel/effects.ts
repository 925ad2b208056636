/** What a handler does to the world, as data. */
import { UsageError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { CallId, NodeId, Tagged } from './protocol.ts';

export type Effect =
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: Tagged }
  | { readonly kind: 'setTimer'; readonly timer: string; readonly after: number }
  | { readonly kind: 'clearTimer'; readonly timer: string }
  /** `disk` is what became durable: the disk as it was at that moment of the step. */
  | { readonly kind: 'persist'; readonly disk: unknown }
  /** `output` is absent for a function without a result. */
  | { readonly kind: 'reply'; readonly call: CallId; readonly output?: Json }
  | { readonly kind: 'refuse'; readonly call: CallId }
  | { readonly kind: 'note'; readonly name: string; readonly value: Json };

/** A timer's span must be a number of milliseconds from now. */
export function checkSpan(after: number, timer: string, by: () => string): void {
  if (!(after >= 0 && after < Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      `${by()} set the timer '${timer}' to ${String(after)}; expected milliseconds, 0 or more`,
    );
  }
}

export function notANode(to: string, nodes: readonly string[], by: () => string): UsageError {
  return new UsageError(`${by()} sent to '${String(to)}', which is not a node (${nodes.join(', ')})`);
}

export function repliedTwice(call: CallId, by: () => string): UsageError {
  return new UsageError(`${by()} answered call ${call} twice in one step; expected one reply or refusal`);
}
