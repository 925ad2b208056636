/**
 * Fingerprints of JSON. A value's fingerprint is the sum, in four lanes of 32 bits, of one contribution for each of its
 * leaves: 128 bits of SHA-256 over the leaf and the path to it, computed once and then looked up. A sum does not depend
 * on the order of keys, and when a part of a state changes only that part's contributions are exchanged: what two
 * states share, by identity or by equality, costs nothing or one comparison. (Zobrist, "A new hashing method with
 * application for game playing", 1970; the sum for the exclusive or, so that equal parts do not cancel out.)
 */
import { UsageError } from '../base/errors.ts';
import { findNonJson } from '../base/json.ts';
import { Slot } from './interner.ts';
import { Lanes } from './lanes.ts';

type Sign = 1 | -1;
type Primitive = string | number | boolean | null;

/** One place in a value: what stands there, by its contribution's offset, and the places below. */
class Place {
  readonly leaves = new Map<Primitive, number>();
  readonly lengths: (number | undefined)[] = [];
  readonly fields = new Map<string, Place>();
  readonly items: Place[] = [];
  object = -1;
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

const objectMark = '{}';

export class Fingerprints {
  private readonly lanes = new Lanes();
  private readonly facts = new Map<string, number>();
  private readonly root = new Place('');

  /** Puts the fingerprint of a value into `print`. */
  of(value: unknown, print: Int32Array): void {
    print.fill(0);
    this.count(1, this.root, value, print);
  }

  /** Changes the fingerprint of `before` in `print` into that of `after`. */
  change(before: unknown, after: unknown, print: Int32Array): void {
    this.exchange(this.root, before, after, print);
  }

  /** The contributions of numbered leaves at the place that a path leads to. */
  slot(path: readonly (string | number)[], leaf: (number: number) => unknown): Slot {
    const place = path.reduce<Place>(
      (at, key) => (typeof key === 'number' ? item(at, key) : field(at, key)),
      this.root,
    );
    return new Slot((number) => this.leaf(place, leaf(number) as Primitive));
  }

  /** Exchanges one contribution for another. */
  exchangeAt(from: number, to: number, print: Int32Array): void {
    this.lanes.exchange(from, to, print);
  }

  /** Adds the contribution of any text to `print`. */
  addFact(text: string, print: Int32Array): void {
    let at = this.facts.get(text);
    if (at === undefined) this.facts.set(text, (at = this.lanes.of(`fact ${text}`)));
    this.plus(1, at, print);
  }

  /** Adds up a whole value, or takes it away. */
  private count(sign: Sign, place: Place, value: unknown, print: Int32Array): void {
    if (typeof value !== 'object' || value === null) {
      this.plus(sign, this.leaf(place, value as Primitive), print);
    } else if (Array.isArray(value)) {
      this.plus(sign, this.length(place, value.length), print);
      for (let i = 0; i < value.length; i++) this.count(sign, item(place, i), value[i], print);
    } else {
      this.plus(sign, this.object(place), print);
      const fields = value as Record<string, unknown>;
      for (const key in fields) this.count(sign, field(place, key), fields[key], print);
    }
  }

  private exchange(place: Place, before: unknown, after: unknown, print: Int32Array): void {
    if (before === after) return;
    const comparable =
      typeof before === 'object' &&
      before !== null &&
      typeof after === 'object' &&
      after !== null &&
      Array.isArray(before) === Array.isArray(after);
    if (!comparable) {
      this.count(-1, place, before, print);
      this.count(1, place, after, print);
    } else if (Array.isArray(before)) this.exchangeItems(place, before, after as unknown[], print);
    else
      this.exchangeFields(place, before as Record<string, unknown>, after as Record<string, unknown>, print);
  }

  private exchangeItems(place: Place, before: unknown[], after: unknown[], print: Int32Array): void {
    const shared = Math.min(before.length, after.length);
    for (let i = 0; i < shared; i++) {
      if (before[i] !== after[i]) this.exchange(item(place, i), before[i], after[i], print);
    }
    if (before.length === after.length) return;
    this.plus(-1, this.length(place, before.length), print);
    this.plus(1, this.length(place, after.length), print);
    for (let i = shared; i < before.length; i++) this.count(-1, item(place, i), before[i], print);
    for (let i = shared; i < after.length; i++) this.count(1, item(place, i), after[i], print);
  }

  private exchangeFields(
    place: Place,
    before: Record<string, unknown>,
    after: Record<string, unknown>,
    print: Int32Array,
  ): void {
    let shared = 0;
    for (const key in after) {
      // A key may be one that all objects inherit something by.
      const old = Object.hasOwn(before, key) ? before[key] : undefined;
      const now = after[key];
      if (old === undefined) this.count(1, field(place, key), now, print);
      else {
        shared++;
        if (old !== now) this.exchange(field(place, key), old, now, print);
      }
    }
    let had = 0;
    for (const _ in before) had++;
    if (had === shared) return;
    for (const key in before) {
      if (!Object.hasOwn(after, key)) this.count(-1, field(place, key), before[key], print);
    }
  }

  private leaf(place: Place, value: Primitive): number {
    const known = place.leaves.get(value);
    if (known !== undefined) return known;
    const problem = findNonJson(value);
    if (problem) {
      const path = place.path.replace(/^\./, '').replace(/"([A-Za-z_$][\w$]*)"/g, '$1');
      throw new UsageError(
        `a state has ${path} = ${problem.found}; expected JSON, so that states can be told apart`,
      );
    }
    const at = this.lanes.of(`${place.path}=${JSON.stringify(value)}`);
    place.leaves.set(value, at);
    return at;
  }

  private length(place: Place, length: number): number {
    return (place.lengths[length] ??= this.lanes.of(`${place.path}=[${length}]`));
  }

  private object(place: Place): number {
    if (place.object < 0) place.object = this.lanes.of(place.path + objectMark);
    return place.object;
  }

  private plus(sign: Sign, at: number, print: Int32Array): void {
    const lanes = this.lanes.data;
    for (let lane = 0; lane < 4; lane++) print[lane]! += sign * (lanes[at + lane] as number);
  }
}

function item(place: Place, index: number): Place {
  return (place.items[index] ??= new Place(`${place.path}[${index}]`));
}

function field(place: Place, key: string): Place {
  let below = place.fields.get(key);
  if (!below) place.fields.set(key, (below = new Place(`${place.path}.${JSON.stringify(key)}`)));
  return below;
}
