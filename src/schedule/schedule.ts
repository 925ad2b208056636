/**
 * A schedule: everything that determines a run besides the protocol. The empty schedule is the happy path; a
 * deviation is one thing that goes wrong, and names its target by cause (the 2nd `vote` from n1 to n3), not by
 * position, so that removing one leaves the meaning of the others. A deviation whose target never comes is skipped.
 */
import type { EventRef } from '../kernel/trace.ts';
import type { Workload } from '../kernel/workload.ts';
import type { FaultKind } from '../kernel/world.ts';

/** Milliseconds and rates below are the magnitudes that shrinking lowers. */
export type Deviation =
  /** The message arrives `by` ms late. */
  | { readonly kind: 'delay'; readonly message: EventRef; readonly by: number }
  /** Just after `at`, the messages of one link are held back for `for` ms. */
  | {
      readonly kind: 'hold';
      readonly at: EventRef;
      readonly from: string;
      readonly to: string;
      readonly for: number;
    }
  | { readonly kind: 'drop'; readonly message: EventRef }
  /** A second copy arrives `after` ms after the first. */
  | { readonly kind: 'duplicate'; readonly message: EventRef; readonly after: number }
  /** Nodes can talk only within a group; a node in two groups is a bridge. */
  | {
      readonly kind: 'partition';
      readonly at: EventRef;
      readonly groups: readonly (readonly string[])[];
      readonly for: number;
    }
  /** Nothing gets from one side to the other, but everything back. */
  | {
      readonly kind: 'one-way';
      readonly at: EventRef;
      readonly from: readonly string[];
      readonly to: readonly string[];
      readonly for: number;
    }
  /** Just after `at`, nodes crash; they restart `for` ms later. */
  | { readonly kind: 'crash'; readonly at: EventRef; readonly nodes: readonly string[]; readonly for: number }
  /** The node that handles `at` crashes in the middle of that step, after `keep` of its effects. */
  | {
      readonly kind: 'disk';
      readonly at: EventRef;
      readonly keep: number;
      readonly torn?: true;
      readonly for: number;
    }
  | { readonly kind: 'pause'; readonly at: EventRef; readonly node: string; readonly for: number }
  /** All that the node sends and receives is `by` ms late. */
  | {
      readonly kind: 'slow';
      readonly at: EventRef;
      readonly node: string;
      readonly by: number;
      readonly for: number;
    }
  | { readonly kind: 'jump'; readonly at: EventRef; readonly node: string; readonly by: number }
  /** Both clocks of the node run at `rate` from now on. */
  | { readonly kind: 'drift'; readonly at: EventRef; readonly node: string; readonly rate: number }
  | { readonly kind: 'give-up'; readonly call: number; readonly after: number }
  | { readonly kind: 'retry'; readonly call: number; readonly node: string; readonly after: number }
  | { readonly kind: 'die'; readonly call: number; readonly after: number };

export interface Schedule {
  /** How many nodes run the protocol. */
  readonly nodes: number;
  /** Milliseconds until faults stop and the calm period begins. */
  readonly duration: number;
  readonly clients: Workload;
  readonly deviations: readonly Deviation[];
}

/** The kind of fault that each kind of deviation belongs to. */
export const faultOf: Readonly<Record<Deviation['kind'], FaultKind>> = {
  delay: 'reorder',
  hold: 'reorder',
  drop: 'drop',
  duplicate: 'duplicate',
  partition: 'partition',
  'one-way': 'partition',
  crash: 'crash',
  disk: 'disk',
  pause: 'pause',
  slow: 'slow',
  jump: 'clock',
  drift: 'clock',
  'give-up': 'client',
  retry: 'client',
  die: 'client',
};

/** The event that a deviation names; deviations of clients name a call instead. */
export const refOf = (deviation: Deviation): EventRef | undefined =>
  'at' in deviation ? deviation.at : 'message' in deviation ? deviation.message : undefined;

/** The links that a partition cuts, as pairs of node indices. */
export function linksCut(
  groups: readonly (readonly string[])[],
  nodes: readonly string[],
): [number, number][] {
  const links: [number, number][] = [];
  nodes.forEach((a, from) => {
    nodes.forEach((b, to) => {
      if (a !== b && !groups.some((group) => group.includes(a) && group.includes(b))) links.push([from, to]);
    });
  });
  return links;
}
