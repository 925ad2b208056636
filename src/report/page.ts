/** What the page shows, as data: one run of a counterexample or several, or a recorded history. */
import type { Consistency } from './consistency.ts';
import type { Diagram } from './diagram.ts';
import type { Linearization } from './prefixes.ts';

export const pageFormat = 'clew/page@1';

/** A step that contradicts another, and the values by which it does. */
export interface Fact {
  readonly lane: number;
  readonly step: number;
  readonly words: string;
  readonly values: readonly string[];
}

export type PageVerdict =
  | { readonly kind: 'holds'; readonly property?: string }
  | { readonly kind: 'unknown'; readonly property: string; readonly explanation: string }
  | {
      readonly kind: 'violated';
      readonly property: string;
      readonly explanation: string;
      readonly facts: readonly Fact[];
    };

export interface PageDeviation {
  readonly words: string;
  /** What would be otherwise without it. */
  readonly why?: string;
  /** Where it shows: a step or a message of the diagram; neither when its target never came. */
  readonly step?: number;
  readonly message?: number;
  /** Why its target never came, where it did not. */
  readonly miss?: string;
}

export interface PageRun {
  /** `saved`, `original`, or `without-2`. */
  readonly id: string;
  readonly label: string;
  readonly deviations: readonly PageDeviation[];
  readonly verdict: PageVerdict;
  readonly diagram: Diagram;
  readonly linearization?: Linearization;
  readonly consistency?: Consistency;
  /** The first step that is not as in the saved run. */
  readonly partsWays?: number;
}

export interface PageData {
  readonly format: typeof pageFormat;
  /** What was judged: a property, or a history's file. */
  readonly title: string;
  /** Whose property: a model with its planted bug. */
  readonly subject?: string;
  readonly story: string;
  readonly file: string;
  /** The command that replays it; a recorded history has none. */
  readonly replay?: string;
  readonly spec?: string;
  readonly runs: readonly PageRun[];
}
