/** What the page shows, as data: one run of a counterexample or several, or a recorded history. */
import type { Diagram } from './diagram.ts';
import type { Linearization } from './prefixes.ts';

export const pageFormat = 'clew/page@1';

/** What of a run's facts the explanation of its violation speaks of. */
export interface Fact {
  readonly lane: number;
  readonly step: number;
  readonly words: string;
}

export type PageVerdict =
  | { readonly kind: 'holds' }
  | { readonly kind: 'unknown'; readonly property: string; readonly explanation: string }
  | {
      readonly kind: 'violated';
      readonly property: string;
      readonly explanation: string;
      readonly facts: readonly Fact[];
    };

export interface PageDeviation {
  readonly words: string;
  /** Where it shows: a step or a message of the diagram; neither when its target never came. */
  readonly step?: number;
  readonly message?: number;
}

export interface PageRun {
  /** `saved`, `original`, or `without-2`. */
  readonly id: string;
  readonly label: string;
  readonly deviations: readonly PageDeviation[];
  readonly verdict: PageVerdict;
  readonly diagram: Diagram;
  readonly linearization?: Linearization;
  /** The first step that is not as in the saved run. */
  readonly partsWays?: number;
}

export interface PageData {
  readonly format: typeof pageFormat;
  readonly title: string;
  readonly story: string;
  readonly file: string;
  /** The command that replays it; a recorded history has none. */
  readonly replay?: string;
  readonly spec?: string;
  readonly runs: readonly PageRun[];
}
