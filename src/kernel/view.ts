/** What a property may look at: the whole world, which no node can see. */
import type { Json } from '../base/json.ts';
import type { HistoryEvent } from '../history/history.ts';
import type { NodeId } from './protocol.ts';

export interface NodeView<Disk = unknown, Memory = unknown> {
  readonly id: NodeId;
  /** False between a crash and the restart; `memory` is then fresh and `disk` what the crash left. */
  readonly up: boolean;
  readonly disk: Disk;
  readonly memory: Memory;
}

/** A fact that a node told the history with `note`. */
export interface Note {
  readonly node: NodeId;
  readonly name: string;
  readonly value: Json;
  /** True time in milliseconds. */
  readonly time: number;
}

export interface WorldView<Disk = unknown, Memory = unknown> {
  /** True time in milliseconds. */
  readonly time: number;
  readonly nodes: readonly NodeView<Disk, Memory>[];
  /** The node that just took a step; undefined when none did (a client's step, a fault). */
  readonly changed: NodeView<Disk, Memory> | undefined;
  /** Every note so far, in order. */
  readonly notes: readonly Note[];
  /** Index in `notes` of the first note of this step; equal to `notes.length` when there is none. */
  readonly firstNewNote: number;
  /** What clients saw so far. */
  readonly history: readonly HistoryEvent[];
  /** True in the calm period: faults have stopped, partitions are healed, and nodes that are down restart now. */
  readonly calm: boolean;
}
