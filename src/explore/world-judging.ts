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
  /** By what properties remember and a node's look: they do not mind a step at which it does nothing, whatever other nodes are in. */
  private readonly harmless = new Pairs<true>();
  private readonly ghosts = { last: [] as readonly number[], number: -1, numbers: new Map<string, number>() };

  constructor(protocol: AnyProtocol, options: WorldOptions) {
    super(protocol, options);
    this.notSeen = new Set(this.sometimes.map(({ property }) => property.name));
  }

  judge = (world: PackedWorld): Violation | undefined => {
    if (this.dead?.asksForIdleSteps && this.mindsIdleSteps(world)) this.dead.idleStepsMatter();
    return this.violations[(world[this.ends - 2] as number) - 1];
  };

  /** Whether some property would make a difference of a step at which a node does nothing, as a dead message would be. */
  private mindsIdleSteps(world: PackedWorld): boolean {
    const { n, always, harmless } = this;
    if (always.length === 0) return false;
    const ghosts = this.ghostsOf(world);
    for (let node = 0; node < n; node++) {
      if (((world[2 * n + node] as number) & 1) === 0) continue;
      const look = this.looksOf(world, node);
      if (harmless.get(ghosts, look)) continue;
      const shown = this.shown(world, node, 0);
      let narrow = true;
      for (let index = 0; index < always.length; index++) {
        const before = world[this.memories + this.histories.length + index] as number;
        const judged = (always[index] as PropertyJudge).judge(before, shown);
        if (judged.violation || judged.ghost !== before) return true;
        narrow &&= judged.narrow;
      }
      if (narrow) harmless.set(ghosts, look, true);
    }
    return false;
  }

  /** A number for what `always` properties remember, all together: mostly as in the world that was asked about last. */
  private ghostsOf(world: PackedWorld): number {
    const { always, ghosts } = this;
    const first = this.memories + this.histories.length;
    let same = true;
    for (let index = 0; index < always.length; index++) same &&= world[first + index] === ghosts.last[index];
    if (same) return ghosts.number;
    ghosts.last = world.slice(first, first + always.length);
    const text = ghosts.last.join();
    ghosts.number = ghosts.numbers.get(text) ?? ghosts.numbers.size;
    ghosts.numbers.set(text, ghosts.number);
    return ghosts.number;
  }

  /** A number that is the same for the same node in the same state. */
  private looksOf(world: PackedWorld, node: number): number {
    return ((world[node] as number) * 16 + node) * 2 + ((world[2 * this.n + node] as number) & 1);
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
      const look = this.looksOf(fixed, node);
      changedKey = this.changes.get(notes, look) ?? 0;
      if (changedKey === 0) this.changes.set(notes, look, (changedKey = ++this.changeCount));
    }
    return new ShownStep(this, fixed, node, notes, changedKey);
  }

  protected violated(violation: Violation): void {
    const at = this.ends - 2;
    if (this.fixed[at] === 0) this.fixed[at] = this.violations.push(violation);
  }
}

/** Most judgements are looked up, and then nobody asks what the step shows. */
class ShownStep implements Shown {
  readonly changedKey: number;
  private readonly worlds: Worlds;
  private readonly world: PackedWorld;
  private readonly node: number;
  private readonly noted: number;
  private key: string | undefined = undefined;

  constructor(worlds: Worlds, world: PackedWorld, node: number, noted: number, changedKey: number) {
    this.worlds = worlds;
    this.world = world;
    this.node = node;
    this.noted = noted;
    this.changedKey = changedKey;
  }

  get changed(): NodeView | undefined {
    return this.node >= 0 ? this.worlds.view(this.world, this.node) : undefined;
  }

  get notes(): readonly Note[] {
    return this.worlds.steps.notes.value(this.noted);
  }

  nodes(): readonly NodeView[] {
    return this.worlds.nodeIds.map((_, index) => this.worlds.view(this.world, index));
  }

  nodesKey(): string {
    this.key ??= this.worlds.nodesKey(this.world);
    return this.key;
  }
}
