/** What `clew check` hands to a consistency level, and what a level answers. */
import type { Json } from '../base/json.ts';
import type { Budget } from '../checkers/budget.ts';
import type { RecordedHistory } from '../history/codecs/read.ts';
import type { Operation } from '../history/history.ts';
import type { AnySpec } from '../spec/spec.ts';

/** A history to judge. */
export interface Subject {
  /** The name of the history's file, for messages. */
  readonly file: string;
  readonly history: RecordedHistory;
  readonly operations: readonly Operation[];
  readonly spec: AnySpec;
  readonly initial: Json | undefined;
  readonly budget: Budget;
  readonly showWitness: boolean;
  /** A read that answered null tells nothing. */
  readonly nilReadsAny: boolean;
  /** Where to write the graph of a violation, in Graphviz's language. */
  readonly dot: string | undefined;
  /** Characters of a line of the terminal; drawings are as wide as they like when there is none. */
  readonly columns?: number | undefined;
}

export interface Verdict {
  readonly valid: boolean | 'unknown';
  /** Milliseconds of the check alone. */
  readonly elapsedMs: number;
  /** More fields for `--json`: `witness` or `anomaly`, and what else the level has to say. */
  readonly fields: Readonly<Record<string, Json>>;
  /** A word or two for the first line, such as NOT LINEARIZABLE, and what goes after it in brackets. */
  readonly headline: string;
  readonly remarks: readonly string[];
  /** Paragraphs for people. */
  readonly text: string;
}

export type Level = (subject: Subject) => Verdict;
