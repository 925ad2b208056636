/** Who takes part in a run: nodes with their disks and clocks, and clients with their operations. */
import type { Json } from '../base/json.ts';
import type { Clock } from './clock.ts';
import type { Call, CallId } from './protocol.ts';
import type { NodeView } from './view.ts';
import type { ClientOperation } from './workload.ts';

export class LiveNode implements NodeView {
  up = false;
  disk: unknown = undefined;
  memory: unknown = undefined;
  /** What a crash leaves of the disk. */
  durable: unknown = undefined;
  readonly clock: Clock;
  pausedUntil = 0;
  slowUntil = 0;
  slowBy = 0;
  incarnation = 0;
  context: unknown = undefined;
  readonly index: number;
  readonly id: string;

  constructor(index: number, id: string, clock: Clock) {
    this.index = index;
    this.id = id;
    this.clock = clock;
  }
}

export class LiveClient {
  operations: readonly ClientOperation[] = [];
  cursor = 0;
  process = 0;
  /** The outstanding call, or 0. */
  call: CallId = 0;
  /** The node asked last. */
  node = 0;
  dead = false;
  readonly index: number;
  readonly id: string;

  constructor(index: number, id: string) {
    this.index = index;
    this.id = id;
  }
}

/** What travels from a client to a node. */
export interface Request {
  readonly f: string;
  readonly call: Call<Json>;
}

/** What travels back. */
export interface Reply {
  readonly call: CallId;
  /** Absent for a refusal, and for a function without a result. */
  readonly output?: Json;
  readonly refused: boolean;
}
