/** What the chosen explanation draws on top of the operations: an order, or a cycle; and whom it accuses. */
import type { PageRun } from './page.ts';
import type { Tags } from './shapes-order.ts';

/** Which of several explanations is shown. */
export interface Chosen {
  readonly prefix: number;
  readonly argument: number;
  /** Whether the diagram shows the cycle or the order, where there are both. */
  readonly draws: 'cycle' | 'order';
  readonly edge: number | undefined;
}

/** What is shown before anything is chosen. */
export const unchosen: Chosen = { prefix: 0, argument: 0, draws: 'cycle', edge: undefined };

export interface Overlay {
  /** What the button that hides it is called. */
  readonly name: 'order' | 'cycle' | undefined;
  readonly order?: readonly number[];
  readonly tags?: Tags;
  /** Ids of operations that have no place. */
  readonly stuck: readonly number[];
  /** Steps that contradict each other. */
  readonly clash: readonly number[];
}

export function overlayOf(
  run: Pick<PageRun, 'diagram' | 'linearization' | 'consistency' | 'verdict'>,
  { prefix, argument, draws, edge }: Chosen,
): Overlay {
  const { linearization, consistency, verdict } = run;
  const clash = verdict.kind === 'violated' ? verdict.facts.map(({ step }) => step) : [];
  const told = consistency?.arguments[argument];
  if (told && (draws === 'cycle' || linearization?.valid !== false)) {
    const members = told.members.flatMap(({ name, bar }, member) =>
      bar === undefined ? [] : [{ name, bar, member }],
    );
    const tags = { members, edges: told.edges, chosen: edge };
    if (told.edges.length > 0) return { name: 'cycle', tags, stuck: [], clash };
    const stuck = members.flatMap(({ bar }) => run.diagram.bars[bar]?.operation ?? []);
    return { name: undefined, tags, stuck, clash };
  }
  if (linearization?.valid === true) return { name: 'order', order: linearization.order, stuck: [], clash };
  if (linearization?.valid !== false) return { name: undefined, stuck: [], clash };
  const chosen = linearization.prefixes[prefix];
  const stuck = [linearization.operation, ...(chosen?.stuck ?? []).map(({ operation }) => operation)];
  return { name: 'order', ...(chosen ? { order: chosen.order } : {}), stuck, clash };
}
