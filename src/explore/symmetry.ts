/**
 * Symmetry reduction (Ip and Dill, "Better verification through symmetry", 1996): states that differ only in the names
 * of interchangeable participants, or values, are one. Each name is described by the state as it looks when only this
 * one can be told from the others of its kind; sorted by description, names get new ones in that order. Names with the
 * same description are tried in every order, unless exchanging two neighbours changes nothing, in which case any order
 * will do. The least fingerprint of those tried is the state's.
 */
import { canonicalJson } from '../base/json.ts';
import { Fingerprints } from './fingerprint.ts';

/** A number for a participant in a state, by which to sort them. */
export type SortBy = (state: unknown, id: string) => number;

export class Symmetry {
  /** Interchangeable names, kind by kind: participants, and sets of values. */
  private readonly kinds: readonly (readonly string[])[];
  private readonly names: readonly string[];
  private readonly kindOf: ReadonlyMap<string, number>;
  private readonly sortBy: SortBy | undefined;
  private readonly fingerprints = new Fingerprints();
  private readonly print = new Int32Array(4);

  /** With `sortBy`, names are sorted by it alone, and nothing is tried out. */
  constructor(kinds: readonly (readonly string[])[], sortBy?: SortBy) {
    this.kinds = kinds;
    this.names = kinds.flat();
    this.kindOf = new Map(kinds.flatMap((names, kind) => names.map((name) => [name, kind])));
    this.sortBy = sortBy;
  }

  /** The fingerprint of the state under the names that make it least. */
  fingerprint(state: unknown, print: Int32Array): void {
    this.fingerprints.of(this.representative(state), print);
  }

  /** Text that states share when one is the other under new names. */
  canonical(state: unknown): string {
    return canonicalJson(this.representative(state));
  }

  private representative(state: unknown): unknown {
    const { kinds, names, sortBy } = this;
    if (sortBy) {
      const order = names.toSorted((a, b) => sortBy(state, a) - sortBy(state, b));
      return renamed(state, this.naming(order));
    }
    const groups = kinds.flatMap((kind) => this.alike(state, kind));
    let least: { text: string; state: unknown } | undefined;
    for (const order of orders(groups.map((group) => this.ordersOf(state, group)))) {
      const named = renamed(state, this.naming(order));
      const text = this.text(named);
      if (!least || text < least.text) least = { text, state: named };
    }
    return least?.state ?? state;
  }

  /** The names of a kind in the order of their descriptions, those of the same description together. */
  private alike(state: unknown, kind: readonly string[]): string[][] {
    const described = kind.map((name) => ({ name, text: this.description(state, name) }));
    described.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    const groups: string[][] = [];
    described.forEach(({ name, text }, index) => {
      if (index > 0 && described[index - 1]?.text === text) groups.at(-1)?.push(name);
      else groups.push([name]);
    });
    return groups;
  }

  private naming(order: readonly string[]): Map<string, string> {
    return new Map(order.map((name, index) => [name, this.names[index] as string]));
  }

  /** The state with this name told from the others, and the others not from each other. */
  private description(state: unknown, self: string): string {
    const lanes = this.print.fill(0);
    describeInto(state, '', self, this.kindOf, this.fingerprints, lanes);
    return lanes.join();
  }

  private text(state: unknown): string {
    this.fingerprints.of(state, this.print);
    return this.print.join();
  }

  /** The orders of a group of names that can make a difference. */
  private ordersOf(state: unknown, group: readonly string[]): string[][] {
    if (group.length === 1) return [[...group]];
    const own = this.text(state);
    const exchangeable = group.every((id, index) => {
      const other = group[index + 1];
      if (other === undefined) return true;
      return (
        this.text(
          renamed(
            state,
            new Map([
              [id, other],
              [other, id],
            ]),
          ),
        ) === own
      );
    });
    return exchangeable ? [[...group]] : permutations(group);
  }
}

/** A value with names exchanged wherever they stand, as keys or as strings. */
export function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return names.get(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (value instanceof Map) {
    return new Map([...value].map(([key, field]) => [renamed(key, names), renamed(field, names)]));
  }
  if (value instanceof Set) return new Set([...value].map((item) => renamed(item, names)));
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    copy[names.get(key) ?? key] = renamed((value as Record<string, unknown>)[key], names);
  }
  return copy;
}

export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [first, ...rest]),
  );
}

/** One order of all out of one order of each group, in every combination. */
function orders(groups: readonly (readonly string[][])[]): string[][] {
  return groups.reduce<string[][]>(
    (before, group) => before.flatMap((start) => group.map((order) => [...start, ...order])),
    [[]],
  );
}

/** Adds up, for every leaf, its value and the way to it, with names reduced to 'self' and their kind. */
function describeInto(
  value: unknown,
  path: string,
  self: string,
  kindOf: ReadonlyMap<string, number>,
  fingerprints: Fingerprints,
  lanes: Int32Array,
): void {
  const mask = (text: string) => (text === self ? '\u0001self' : maskOther(text));
  const maskOther = (text: string) => (kindOf.has(text) ? `\u0001other${kindOf.get(text)}` : text);
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      fingerprints.addFact(`${path}[${value.length}]`, lanes);
      value.forEach((item, index) => {
        describeInto(item, `${path}[${index}]`, self, kindOf, fingerprints, lanes);
      });
    } else {
      fingerprints.addFact(`${path}{}`, lanes);
      for (const key in value) {
        const below = `${path}.${mask(key)}`;
        describeInto((value as Record<string, unknown>)[key], below, self, kindOf, fingerprints, lanes);
      }
    }
    return;
  }
  const shown = typeof value === 'string' ? `"${mask(value)}` : String(value);
  fingerprints.addFact(`${path}=${shown}`, lanes);
}
