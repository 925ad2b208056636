/** What the reducer proposes and what it gets back. */
import type { Trace } from '../../kernel/trace.ts';
import type { ClientOperation } from '../../kernel/workload.ts';
import type { Nemesis } from '../nemeses.ts';
import type { Schedule } from '../schedule.ts';
import type { Spans } from './timing.ts';

export interface Candidate {
  readonly schedule: Schedule;
  /** When given: by deviation, the true time from which on its target counts, whatever its number. */
  readonly moments?: readonly number[];
  /** One of many: worth no more than a look whether it fails about as soon as what was accepted last. */
  readonly glance?: true;
}

/** A schedule that was run and fails as it should. */
export interface Accepted {
  readonly schedule: Schedule;
  /** By deviation: the true time at which its target came. */
  readonly moments: readonly number[];
  readonly spans: Spans;
  /** Everything that the run of this schedule, or of one made from it, does before its calm. */
  readonly traceOf: (schedule: Schedule) => Trace;
}

export interface ReduceOptions {
  /** The faults that may stand in for others. */
  readonly nemeses: readonly Nemesis[];
  readonly clientsRetry: boolean;
  /** Whether the model's clients may do this operation: its inputs may be drawn by means of its own. Default: yes. */
  readonly isPossible?: (operation: ClientOperation) => boolean;
  /** Ends where no single change makes the schedule smaller, without a search for others with fewer deviations. */
  readonly brief?: boolean;
}
