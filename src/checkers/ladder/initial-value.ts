import type { Json } from '../../base/json.ts';
import type { AnySpec } from '../../spec/spec.ts';

/** What a read of an object that nobody wrote answers under a spec; null where it has no single read. */
export function initialValue(spec: AnySpec): Json {
  const read = spec.ops['read'] ?? spec.ops['get'];
  if (!read || spec.name === 'multi-register') return null;
  return ((read as (state: unknown) => Json | undefined)(spec.init()) ?? null) as Json;
}
