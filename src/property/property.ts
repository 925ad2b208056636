/**
 * Properties of runs. `always` is judged after every step, `sometimes` must be seen once in a campaign, `eventually` must
 * hold at the end of the calm period, `leadsTo` owes what it promises no longer than that, and a history property judges
 * what clients saw.
 */

import type { Level } from '../checkers/ladder/lattice.ts';
import type { History } from '../history/history.ts';
import type { AnyProtocol, Protocol } from '../kernel/protocol.ts';
import type { WorldView } from '../kernel/view.ts';
import type { AnySpec } from '../spec/spec.ts';

/** True or undefined: it holds. False, or a sentence with the facts that contradict each other: it does not. */
export type Judgement = boolean | string | undefined;

export interface StateProperty {
  readonly kind: 'always' | 'sometimes' | 'eventually';
  readonly name: string;
  /** A fresh memory for one run, passed to `judge` at each step. */
  readonly ghost: () => unknown;
  readonly judge: (world: WorldView, ghost: unknown) => Judgement;
}

/** A verdict on a history: valid, invalid with an explanation, or unknown because a budget ran out. */
export type HistoryVerdict =
  | { readonly valid: true }
  | { readonly valid: false; readonly explanation: string }
  | { readonly valid: 'unknown'; readonly reason: string };

export interface HistoryProperty {
  readonly kind: 'history';
  readonly name: string;
  /** The spec that the history is to be linearizable with respect to, when that is what it judges. */
  readonly spec?: AnySpec;
  /** The level of the ladder that it judges, and by whose reads and writes. */
  readonly consistency?: { readonly level: Level; readonly spec: AnySpec };
  readonly judge: (history: History) => HistoryVerdict;
}

/** Whenever `from` is true, `to` is true then or later. */
export interface LeadsToProperty {
  readonly kind: 'leads-to';
  readonly name: string;
  readonly from: (world: WorldView) => boolean;
  readonly to: (world: WorldView) => boolean;
}

export type Property = StateProperty | HistoryProperty | LeadsToProperty;

type DiskOf<P> =
  P extends Protocol<infer _S, infer _M, infer _T, infer Disk, infer _Memory, infer _B> ? Disk : unknown;
type MemoryOf<P> =
  P extends Protocol<infer _S, infer _M, infer _T, infer _Disk, infer Memory, infer _B> ? Memory : unknown;

/** The world as properties of protocol P see it: `ViewOf<typeof raft>`. */
export type ViewOf<P extends AnyProtocol> = WorldView<DiskOf<P>, MemoryOf<P>>;

function stateProperty<P extends AnyProtocol, Ghost>(
  kind: StateProperty['kind'],
  name: string,
  judge: (world: ViewOf<P>, ghost: Ghost) => Judgement,
  ghost: (() => Ghost) | undefined,
): StateProperty {
  return { kind, name, ghost: ghost ?? (() => undefined), judge: judge as StateProperty['judge'] };
}

/**
 * Holds after every step. `ghost` makes a memory of the property's own for each run, for facts that span
 * steps (which no node keeps): `always(raft, 'leaders only append', (world, seen) => …, () => new Map())`.
 */
export function always<P extends AnyProtocol, Ghost = undefined>(
  _protocol: P,
  name: string,
  judge: (world: ViewOf<P>, ghost: Ghost) => Judgement,
  ghost?: () => Ghost,
): StateProperty {
  return stateProperty('always', name, judge, ghost);
}

/** Is true after at least one step of at least one run; a campaign that never sees it says so. */
export function sometimes<P extends AnyProtocol, Ghost = undefined>(
  _protocol: P,
  name: string,
  judge: (world: ViewOf<P>, ghost: Ghost) => Judgement,
  ghost?: () => Ghost,
): StateProperty {
  return stateProperty('sometimes', name, judge, ghost);
}

/**
 * Holds at the end of the calm period: faults have stopped, partitions healed, nodes restarted. Explored, it is judged on
 * what the nodes hold: no fair run may stay for ever where it does not hold.
 */
export function eventually<P extends AnyProtocol>(
  _protocol: P,
  name: string,
  judge: (world: ViewOf<P>) => Judgement,
): StateProperty {
  return stateProperty('eventually', name, judge, undefined);
}

/**
 * Whenever `from` is true of a run, `to` is true then or later. A run owes what `from` asked for before its calm period,
 * in which nothing stands in the way any more; explored, no fair run may owe it for ever.
 */
export function leadsTo<P extends AnyProtocol>(
  _protocol: P,
  name: string,
  from: (world: ViewOf<P>) => boolean,
  to: (world: ViewOf<P>) => boolean,
): LeadsToProperty {
  const { from: asks, to: pays } = { from, to } as Pick<LeadsToProperty, 'from' | 'to'>;
  return { kind: 'leads-to', name, from: asks, to: pays };
}

/** Judges the history of what clients saw, at the end of a run. */
export function historyProperty(name: string, judge: (history: History) => HistoryVerdict): HistoryProperty {
  return { kind: 'history', name, judge };
}
