/**
 * Worlds on their way to another worker. A world's numbers stand for values of its own worker; with the worlds go the
 * texts of those values that the receiver has not been told before, and the receiver puts its own numbers for them.
 */
import type { HistoryMemory } from './history-memory.ts';
import type { Interner } from './interner.ts';
import type { PropertyJudge } from './judges.ts';
import type { NodeSteps } from './node-steps.ts';
import type { Sharing } from './system.ts';
import { type Told, take, tell } from './told.ts';
import type { PackedWorld } from './worlds.ts';

/** Where in a world numbers of which values stand. */
interface Layout {
  /** By place; undefined: the number itself is meant. */
  readonly places: readonly (Interner<unknown> | undefined)[];
  /** All places from here on. */
  readonly rest: Interner<unknown>;
}

interface Packed {
  /** By kind of value: what was not told before. */
  readonly told: readonly Told[];
  readonly worlds: readonly PackedWorld[];
}

interface Learned {
  readonly unseen: readonly string[];
  readonly looked: readonly (string | undefined)[];
  readonly undecided: readonly (string | undefined)[];
  readonly computed: number;
  readonly drawn: readonly string[];
}

/** What a system has found out besides its worlds. */
export interface Findings {
  readonly notSeen: Set<string>;
  readonly always: readonly PropertyJudge[];
  readonly histories: readonly HistoryMemory[];
  readonly steps: NodeSteps;
}

export class WorldSharing implements Sharing<PackedWorld> {
  private readonly findings: Findings;
  private readonly kinds: readonly Interner<unknown>[];
  /** By place: which kind of value its number stands for; -1: the number itself is meant. */
  private readonly kindOf: readonly number[];
  private readonly kindOfRest: number;
  /** By receiver, then by kind: the numbers it knows. */
  private readonly known: Set<number>[][] = [];
  /** By sender, then by kind: its numbers as one's own. */
  private readonly own: Map<number, number>[][] = [];

  constructor(layout: Layout, findings: Findings) {
    this.findings = findings;
    this.kinds = [...new Set([...layout.places, layout.rest])].filter((kind) => kind !== undefined);
    this.kindOf = layout.places.map((kind) => (kind ? this.kinds.indexOf(kind) : -1));
    this.kindOfRest = this.kinds.indexOf(layout.rest);
  }

  pack = (worlds: readonly PackedWorld[], receiver: number): Packed => {
    const known = (this.known[receiver] ??= this.kinds.map(() => new Set<number>()));
    const fresh = this.kinds.map(() => new Set<number>());
    for (const world of worlds) {
      world.forEach((number, place) => {
        const kind = this.kindAt(place);
        if (kind >= 0 && !known[kind]?.has(number)) fresh[kind]?.add(number);
      });
    }
    fresh.forEach((numbers, kind) => {
      for (const number of numbers) known[kind]?.add(number);
    });
    const told = fresh.map((numbers, kind) => tell(this.kinds[kind] as Interner<unknown>, numbers));
    return { told, worlds };
  };

  unpack = (packed: unknown, sender: number): PackedWorld[] => {
    const { told, worlds } = packed as Packed;
    const own = (this.own[sender] ??= this.kinds.map(() => new Map<number, number>()));
    told.forEach((each, kind) => {
      take(this.kinds[kind] as Interner<unknown>, each, own[kind]);
    });
    return worlds.map((world) =>
      world.map((number, place) => {
        const kind = this.kindAt(place);
        return kind < 0 ? number : (own[kind]?.get(number) as number);
      }),
    );
  };

  learned = (): Learned => {
    const { notSeen, always, histories, steps } = this.findings;
    return {
      unseen: [...notSeen],
      looked: always.map(({ looked }) => looked),
      undecided: histories.map(({ undecided }) => undecided),
      computed: steps.computed,
      drawn: [...steps.drawn],
    };
  };

  learn = (learned: unknown): void => {
    const { unseen, looked, undecided, computed, drawn } = learned as Learned;
    const { notSeen, always, histories, steps } = this.findings;
    for (const name of notSeen) if (!unseen.includes(name)) notSeen.delete(name);
    always.forEach((judge, index) => {
      judge.looked ??= looked[index];
    });
    histories.forEach((memory, index) => {
      memory.undecided ??= undecided[index];
    });
    steps.computed += computed;
    for (const event of drawn) steps.drawn.add(event);
  };

  private kindAt(place: number): number {
    return place < this.kindOf.length ? (this.kindOf[place] as number) : this.kindOfRest;
  }
}
