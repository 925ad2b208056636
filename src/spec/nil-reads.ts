import type { Operation } from '../history/history.ts';
import type { AnySpec } from './spec.ts';

/**
 * Some recorders write null for a read whose answer they lost. Such a read tells nothing, so it is left out, as
 * Knossos does; the other operations keep their ids.
 */
export function withNilReadsAny(spec: AnySpec, operations: readonly Operation[]): Operation[] {
  return operations.filter(({ f, output }) => !(output === null && spec.reads.includes(f)));
}
