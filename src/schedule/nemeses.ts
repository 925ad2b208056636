/**
 * Nemeses: the kinds of fault an adversary may use, each switchable by name, with the bounds a protocol is
 * entitled to assume. What is not listed for a model never happens to it.
 */

import type { FaultKind } from '../kernel/world.ts';

export interface Nemesis {
  readonly fault: FaultKind;
  /** Bounds of the fault; meaning and defaults are with each kind's function. Milliseconds, rates, flags. */
  readonly bounds: Readonly<Record<string, number>>;
}

const nemesis = (fault: FaultKind, bounds: Nemesis['bounds'] = {}): Nemesis => ({ fault, bounds });

/** Messages, or all messages of a link for a while, arrive up to `most` ms late (default 1000) and so overtake each other. */
export const reorder = (bounds: { most?: number } = {}): Nemesis =>
  nemesis('reorder', { most: 1000, ...bounds });

/** Messages are lost. */
export const drop = (): Nemesis => nemesis('drop');

/** Messages arrive twice, the second time up to `most` ms later (default 1000). */
export const duplicate = (bounds: { most?: number } = {}): Nemesis =>
  nemesis('duplicate', { most: 1000, ...bounds });

/** The network splits for up to `most` ms (default 1000): halves, one node alone, one direction only, or two sides that share a bridge node. */
export const partition = (bounds: { most?: number } = {}): Nemesis =>
  nemesis('partition', { most: 1000, ...bounds });

/** Nodes (one, several, all) crash, losing memory, timers and what was not persisted, and restart up to `most` ms later (default 500). */
export const crash = (bounds: { most?: number } = {}): Nemesis => nemesis('crash', { most: 500, ...bounds });

/** A node crashes in the middle of a step, between two of its effects; where the protocol opts in, the last write is torn. */
export const disk = (bounds: { most?: number } = {}): Nemesis => nemesis('disk', { most: 500, ...bounds });

/** A node stops for up to `most` ms (default 1000), as in a long garbage collection, and goes on with its stale beliefs. */
export const pause = (bounds: { most?: number } = {}): Nemesis => nemesis('pause', { most: 1000, ...bounds });

/** A gray node: for up to `most` ms (default 1000), all it sends and receives is up to `late` ms late (default 200). */
export const slow = (bounds: { most?: number; late?: number } = {}): Nemesis =>
  nemesis('slow', { most: 1000, late: 200, ...bounds });

/**
 * Wall clocks jump by up to `jump` ms either way (default 1000), and all clocks, timers too, run at a rate of up to
 * 1 ± `drift` (default 0.05). With `bound` (ms), `interval()` promises that the true time lies within ± bound of the
 * wall clock, and no jump or drift breaks that promise.
 */
export const clock = (bounds: { jump?: number; drift?: number; bound?: number } = {}): Nemesis =>
  nemesis('clock', { jump: 1000, drift: 0.05, ...bounds });

/** Clients give up early, send a request again to another node, or die with an operation outstanding. */
export const client = (): Nemesis => nemesis('client');

/** How far wall clocks may be from the true time under these nemeses, ms; undefined when nothing bounds them. */
export function clockBoundOf(nemeses: readonly Nemesis[]): number | undefined {
  const clocks = nemeses.find(({ fault }) => fault === 'clock');
  return clocks ? clocks.bounds['bound'] : 0;
}
