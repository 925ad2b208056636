/**
 * Worlds on their way to another worker. A world's numbers stand for values of its own worker; with the worlds go the
 * texts of those values that the receiver has not been told before, and the receiver puts its own numbers for them.
 */
import type { Interner } from './interner.ts';
import type { Numbering } from './queues.ts';
import { type Told, take, tell } from './told.ts';
import type { PackedWorld } from './worlds.ts';

/** Where in a world numbers of which values stand. */
interface Layout {
  /** By place; undefined: the number itself is meant. */
  readonly places: readonly (Interner<unknown> | undefined)[];
  /** All places from here on. */
  readonly rest: Interner<unknown>;
}

export class WorldNumbering implements Numbering {
  private readonly kinds: readonly Interner<unknown>[];
  /** By place: which kind of value its number stands for; -1: the number itself is meant. */
  private readonly kindOf: readonly number[];
  private readonly kindOfRest: number;
  /** By receiver, then by kind: the numbers it knows. */
  private readonly known: Set<number>[][] = [];
  /** By sender, then by kind: its numbers as one's own. */
  private readonly own: Map<number, number>[][] = [];

  constructor(layout: Layout) {
    this.kinds = [...new Set([...layout.places, layout.rest])].filter((kind) => kind !== undefined);
    this.kindOf = layout.places.map((kind) => (kind ? this.kinds.indexOf(kind) : -1));
    this.kindOfRest = this.kinds.indexOf(layout.rest);
  }

  /** By kind of value: what was not told before. */
  tell = (worlds: Iterable<{ readonly numbers: PackedWorld }>, receiver: number): readonly Told[] => {
    const known = (this.known[receiver] ??= this.kinds.map(() => new Set()));
    const fresh = this.kinds.map((): number[] => []);
    for (const { numbers: world } of worlds) {
      for (let place = 0; place < world.length; place++) {
        const kind = this.kindAt(place);
        const number = world[place] as number;
        if (kind < 0 || known[kind]?.has(number)) continue;
        known[kind]?.add(number);
        fresh[kind]?.push(number);
      }
    }
    return fresh.map((numbers, kind) => tell(this.kinds[kind] as Interner<unknown>, numbers));
  };

  understand = (told: unknown, sender: number): ((world: PackedWorld) => PackedWorld) => {
    const own = (this.own[sender] ??= this.kinds.map(() => new Map()));
    (told as readonly Told[]).forEach((each, kind) => {
      take(this.kinds[kind] as Interner<unknown>, each, own[kind]);
    });
    return (world) =>
      world.map((number, place) => {
        const kind = this.kindAt(place);
        return kind < 0 ? number : (own[kind]?.get(number) as number);
      });
  };

  private kindAt(place: number): number {
    return place < this.kindOf.length ? (this.kindOf[place] as number) : this.kindOfRest;
  }
}
