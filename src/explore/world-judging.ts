/**
 * Judging worlds: properties see each step as it is taken and each event of the clients, and what they remember, like
 * the first thing that breaks one, becomes part of the world that is being made.
 */
import type { HistoryEvent } from '../history/history.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { NodeView, Note } from '../kernel/view.ts';
import type { PropertyJudge, Shown } from './judges.ts';
import { Pairs } from './pairs.ts';
import type { Violation } from './system.ts';
import { WorldEvents } from './world-events.ts';
import type { PackedWorld, WorldOptions, Worlds } from './worlds.ts';

export class WorldJudging extends WorldEvents {
  /** The world that is being made: the numbers before its messages. */
  protected fixed: number[] = [];
  private readonly violations: Violation[] = [];
  protected readonly notSeen: Set<string>;
  private readonly changes = new Pairs<number>();
  private changeCount = 0;

  constructor(protocol: AnyProtocol, options: WorldOptions) {
    super(protocol, options);
    this.notSeen = new Set(this.sometimes.map(({ property }) => property.name));
  }

  judge = (world: PackedWorld): Violation | undefined => {
    if (this.dead?.isInUse && this.mindsIdleSteps(world)) this.dead.idleStepsMatter();
    return this.violations[(world[this.ends - 2] as number) - 1];
  };

  /** Whether some property would make a difference of a step at which a node does nothing, as a dead message would be. */
  private mindsIdleSteps(world: PackedWorld): boolean {
    const { n, always, memories, histories } = this;
    for (let node = 0; node < n && always.length > 0; node++) {
      if (((world[2 * n + node] as number) & 1) === 0) continue;
      const shown = this.shown(world, node, 0);
      for (let index = 0; index < always.length; index++) {
        const before = world[memories + histories.length + index] as number;
        const { ghost, violation } = (always[index] as PropertyJudge).judge(before, shown);
        if (violation || ghost !== before) return true;
      }
    }
    return false;
  }

  within = (world: PackedWorld): boolean => {
    const { within } = this.bounds;
    return !within || within({ nodes: this.nodeIds.map((_, node) => this.view(world, node)) });
  };

  unseen = (): readonly string[] => {
    const notJudged = this.notJudged().map(({ property }) => property);
    return [...this.notSeen].filter((name) => !notJudged.includes(name));
  };

  /** Properties that looked at what worlds do not hold, such as earlier notes or the time, or did not know, and why. */
  notJudged(): readonly { property: string; why: string }[] {
    return [
      ...[...this.always, ...this.sometimes].flatMap(({ property: { name }, looked }) =>
        looked === undefined ? [] : [{ property: name, why: `it looks at ${looked}` }],
      ),
      ...this.histories.flatMap(({ property: { name }, undecided }) =>
        undecided === undefined
          ? []
          : [{ property: name, why: `it could not tell of some history: ${undecided}` }],
      ),
    ];
  }

  protected saw(event: HistoryEvent): void {
    this.histories.forEach((memory, index) => {
      const at = this.memories + index;
      const { number, violation } = memory.after(this.fixed[at] as number, event);
      this.fixed[at] = number;
      if (violation) this.violated(violation);
    });
  }

  /** Lets properties see the step that the node has just taken; -1: it was no node's. */
  protected judgeStep(node: number, notes: number): void {
    const { always, sometimes, fixed, memories, histories } = this;
    const shown = this.shown(fixed, node, notes);
    for (let index = 0; index < always.length; index++) {
      const at = memories + histories.length + index;
      const { ghost, violation } = (always[index] as PropertyJudge).judge(fixed[at] as number, shown);
      fixed[at] = ghost;
      if (violation) this.violated(violation);
    }
    if (this.notSeen.size === 0) return;
    sometimes.forEach((judge, index) => {
      if (!this.notSeen.has(judge.property.name)) return;
      const at = this.hashed + index;
      const { ghost, seen } = judge.judge(fixed[at] as number, shown);
      fixed[at] = ghost;
      if (seen) this.notSeen.delete(judge.property.name);
    });
  }

  private shown(fixed: PackedWorld, node: number, notes: number): Shown {
    let changedKey = 0;
    if (node >= 0) {
      const up = (fixed[2 * this.n + node] as number) & 1;
      const look = ((fixed[node] as number) * 16 + node) * 2 + up;
      changedKey = this.changes.get(notes, look) ?? 0;
      if (changedKey === 0) this.changes.set(notes, look, (changedKey = ++this.changeCount));
    }
    const changed = node >= 0 ? this.view(fixed, node) : undefined;
    return new ShownStep(this, fixed, changed, changedKey, this.steps.notes.value(notes) as readonly Note[]);
  }

  protected violated(violation: Violation): void {
    const at = this.ends - 2;
    if (this.fixed[at] === 0) this.fixed[at] = this.violations.push(violation);
  }
}

class ShownStep implements Shown {
  readonly changed: NodeView | undefined;
  readonly changedKey: number;
  readonly notes: readonly Note[];
  private readonly worlds: Worlds;
  private readonly world: PackedWorld;
  private key: string | undefined = undefined;

  constructor(
    worlds: Worlds,
    world: PackedWorld,
    changed: NodeView | undefined,
    changedKey: number,
    notes: readonly Note[],
  ) {
    this.worlds = worlds;
    this.world = world;
    this.changed = changed;
    this.changedKey = changedKey;
    this.notes = notes;
  }

  nodes(): readonly NodeView[] {
    return this.worlds.nodeIds.map((_, index) => this.worlds.view(this.world, index));
  }

  nodesKey(): string {
    this.key ??= this.worlds.nodesKey(this.world);
    return this.key;
  }
}
