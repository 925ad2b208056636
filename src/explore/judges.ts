/**
 * Properties of nodes judged while states are being told apart. What a property remembers of earlier steps (its ghost)
 * is part of the state: two ways that lead to the same nodes and leave different ghosts are different states, so no
 * judgement is skipped. Judgements are looked up, too: what a property has not looked at cannot have changed its mind.
 */
import type { NodeView, Note, WorldView } from '../kernel/view.ts';
import type { StateProperty } from '../property/property.ts';
import { copyOfGhost, ghostText } from './ghosts.ts';
import { Interner } from './interner.ts';
import { Pairs } from './pairs.ts';
import type { Violation } from './system.ts';

export interface Judged {
  readonly ghost: number;
  readonly violation: Violation | undefined;
  /** Of a `sometimes`: it was seen. */
  readonly seen: boolean;
  /** It looked at the changed node alone. */
  readonly narrow: boolean;
}

/** What a step shows to properties. */
export interface Shown {
  nodes(): readonly NodeView[];
  /** Text that is the same for the same nodes. */
  nodesKey(): string;
  readonly changed: NodeView | undefined;
  /** A number that is the same for the same node in the same state with the same notes. */
  readonly changedKey: number;
  readonly notes: readonly Note[];
}

/** What a property remembers of the way to a world. */
interface Ghost {
  readonly memory: unknown;
  /** It has looked at what worlds do not hold: from here on it cannot tell that something is violated. */
  readonly looked?: boolean;
}

export class PropertyJudge {
  readonly property: StateProperty;
  readonly ghosts = new Interner<Ghost>();
  /** Why the property cannot be judged by states alone: it looked at something that they do not hold. */
  looked: string | undefined;
  /** Judgements that looked at the changed node alone, and those that looked at all. */
  private readonly narrow = new Pairs<Judged>();
  private readonly wide = new Pairs<Map<string, Judged>>();

  constructor(property: StateProperty) {
    this.property = property;
    this.ghost({ memory: property.ghost() });
  }

  judge(ghost: number, shown: Shown): Judged {
    const { changedKey } = shown;
    const quick = this.narrow.get(ghost, changedKey);
    if (quick) return quick;
    const byNodes = this.wide.get(ghost, changedKey);
    const known = byNodes?.get(shown.nodesKey());
    if (known) return known;
    const view = new StepView(shown);
    const before = this.ghosts.value(ghost);
    const memory = copyOfGhost(before.memory);
    const judgement = this.property.judge(view, memory);
    this.looked ??= view.looked;
    const { name, kind } = this.property;
    const looked = before.looked === true || view.looked !== undefined;
    const broken = kind === 'always' && !looked && (judgement === false || typeof judgement === 'string');
    const explanation = typeof judgement === 'string' ? judgement : 'does not hold';
    const judged = {
      ghost: this.ghost(looked ? { memory, looked } : { memory }),
      violation: broken ? { property: name, explanation } : undefined,
      seen: kind === 'sometimes' && (judgement === true || typeof judgement === 'string'),
      narrow: !view.sawNodes,
    };
    if (judged.narrow) this.narrow.set(ghost, changedKey, judged);
    else if (byNodes) byNodes.set(shown.nodesKey(), judged);
    else this.wide.set(ghost, changedKey, new Map([[shown.nodesKey(), judged]]));
    return judged;
  }

  private ghost(ghost: Ghost): number {
    return this.ghosts.number(ghostText(ghost, this.property.name), ghost);
  }
}

/** What a property finds true of nodes when no step is being taken, and what it looked at that they do not hold. */
export function lookAt<T>(
  nodes: readonly NodeView[],
  judge: (world: WorldView) => T,
): { readonly found: T; readonly looked: string | undefined } {
  const view = new StepView({
    ...{ nodes: () => nodes, nodesKey: () => '', changed: undefined, changedKey: 0, notes: [] },
  });
  const found = judge(view);
  return { found, looked: view.looked };
}

/** The world as one step shows it; it notices what a property looks at. */
class StepView implements WorldView {
  readonly changed: NodeView | undefined;
  readonly notes: readonly Note[];
  readonly firstNewNote = 1;
  sawNodes = false;
  looked: string | undefined = undefined;
  private watched: readonly NodeView[] | undefined = undefined;
  private readonly shown: Shown;

  constructor(shown: Shown) {
    this.shown = shown;
    this.changed = shown.changed;
    const earlier = { node: '', name: '', value: null, time: 0 };
    const notes = [earlier, ...shown.notes];
    Object.defineProperty(notes, 0, {
      get: () => {
        this.looked = 'earlier notes';
        return earlier;
      },
    });
    this.notes = notes;
  }

  /** Many a property names the nodes and then looks at none. */
  get nodes(): readonly NodeView[] {
    if (this.watched) return this.watched;
    const watched: NodeView[] = [];
    this.shown.nodes().forEach((node, index) => {
      const get = () => {
        this.sawNodes = true;
        return node;
      };
      Object.defineProperty(watched, index, { get, enumerable: true });
    });
    this.watched = watched;
    return watched;
  }

  get time(): number {
    this.looked ??= 'the time';
    return 0;
  }

  get history() {
    this.looked ??= 'the history';
    return [];
  }

  get calm(): boolean {
    this.looked = 'the calm period';
    return false;
  }
}
