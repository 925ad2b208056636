/**
 * The fast path for states that all have one shape: the same keys everywhere and lists of the same lengths, only the
 * leaves differ. A state is then the list of its leaves, each as a number, and one sealed object stands for whichever state
 * is looked at: loading, comparing and undoing are straight code, made once from the shape, instead of walks over keys.
 * What breaks the shape is noticed: a sealed object throws, a replaced one is another.
 */
import type { Numbering } from './queues.ts';

interface Compiled<State> {
  readonly copy: (state: State) => State;
  /** A state of these leaves. Made by a literal as copies are, so that engines take both for the same kind of object. */
  readonly make: (leaves: readonly unknown[]) => State;
  /** Calls `found` for each leaf. */
  readonly leaves: (state: State, found: (leaf: unknown) => void) => void;
  /** Gives a state these leaves. */
  readonly load: (state: State, leaves: readonly unknown[]) => void;
  /** Calls `changed` for each leaf that differs, with its place by number; false when a container is not one of `own`. */
  readonly compare: (
    state: State,
    leaves: readonly unknown[],
    own: readonly unknown[],
    changed: (place: number, leaf: unknown) => void,
  ) => boolean;
  /** By place: gives a state this one of the leaves. */
  readonly undo: readonly ((state: State, leaves: readonly unknown[]) => void)[];
}

export type Path = readonly (string | number)[];

export class Shape<State> implements Numbering {
  /** By number. */
  readonly leafPaths: readonly Path[];
  readonly compiled: Compiled<State>;
  /** The different leaves there have been, by number. */
  readonly leaves: unknown[] = [];
  private readonly containerPaths: readonly Path[];
  private readonly numbers = new Map<unknown, number>();
  private encoded: number[] = [];
  /** By receiver: how many of the leaves it has been told of. */
  private readonly told: number[] = [];
  /** By sender: its numbers as one's own. */
  private readonly own: number[][] = [];

  private constructor(leafPaths: Path[], containerPaths: Path[], template: State) {
    this.leafPaths = leafPaths;
    this.containerPaths = containerPaths;
    this.compiled = compile(leafPaths, containerPaths, template);
  }

  /** The shape of a state, or undefined when it has a container that is empty, and so may be meant to grow. */
  static of<State>(template: State): Shape<State> | undefined {
    const leafPaths: Path[] = [];
    const containerPaths: Path[] = [];
    const visit = (value: unknown, path: Path): boolean => {
      if (typeof value !== 'object' || value === null) return leafPaths.push(path) > 0;
      const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
      containerPaths.push(path);
      return (
        keys.length > 0 && keys.every((key) => visit((value as Record<string, unknown>)[key], [...path, key]))
      );
    };
    const fixed = visit(template, []) && containerPaths.length > 0 && leafPaths.length <= mostLeaves;
    return fixed ? new Shape(leafPaths, containerPaths, template) : undefined;
  }

  /** Sees to it that a state keeps this shape; its containers. */
  seal(state: State): readonly unknown[] {
    const containers = this.containerPaths.map((path) =>
      path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], state),
    );
    for (const container of containers) Object.seal(container);
    return containers;
  }

  /** The numbers of a state's leaves. */
  encode(state: State): readonly number[] {
    this.encoded = [];
    this.compiled.leaves(state, this.encodeLeaf);
    return this.encoded;
  }

  private readonly encodeLeaf = (leaf: unknown): void => {
    this.encoded.push(this.number(leaf));
  };

  decode(numbers: readonly number[]): State {
    return this.compiled.make(numbers.map((number) => this.leaves[number]));
  }

  number(leaf: unknown): number {
    let number = this.numbers.get(leaf);
    if (number === undefined) this.numbers.set(leaf, (number = this.leaves.push(leaf) - 1));
    return number;
  }

  /** The leaves that a receiver has not been told of; their numbers follow those that it has. */
  tell = (_: unknown, receiver: number): readonly unknown[] => {
    const from = this.told[receiver] ?? 0;
    this.told[receiver] = this.leaves.length;
    return this.leaves.slice(from);
  };

  understand = (told: unknown, sender: number) => {
    const own = (this.own[sender] ??= []);
    for (const leaf of told as readonly unknown[]) own.push(this.number(leaf));
    if (own.every((number, of) => number === of)) return undefined;
    return (numbers: readonly number[]) => numbers.map((number) => own[number] as number);
  };

  /** Whether a state has this shape, leaf by leaf. */
  fits(state: State): boolean {
    const own = Shape.of(state);
    return own !== undefined && JSON.stringify(own.leafPaths) === JSON.stringify(this.leafPaths);
  }
}

/** Straight code for more leaves than this would be slower to compile than it saves. */
const mostLeaves = 500;

function compile<State>(
  leafPaths: readonly Path[],
  containerPaths: readonly Path[],
  template: State,
): Compiled<State> {
  const at = (root: string, path: Path) => root + path.map((key) => `[${JSON.stringify(key)}]`).join('');
  const literal = (value: unknown, path: Path, leaf: (path: Path) => string): string => {
    if (typeof value !== 'object' || value === null) return leaf(path);
    if (Array.isArray(value))
      return `[${value.map((item, index) => literal(item, [...path, index], leaf)).join()}]`;
    const fields = Object.entries(value).map(
      ([key, field]) => `${JSON.stringify(key)}:${literal(field, [...path, key], leaf)}`,
    );
    return `{${fields.join()}}`;
  };
  const each = (line: (leaf: string, place: number) => string, between = '\n') =>
    leafPaths.map((path, place) => line(at('a', path), place)).join(between);
  const sameContainers = containerPaths
    .map((path, index) => `${at('a', path)} === own[${index}]`)
    .join(' && ');
  let place = 0;
  const source = `return {
    copy: (a) => (${literal(template, [], (path) => at('a', path))}),
    make: (v) => (${literal(template, [], () => `v[${place++}]`)}),
    leaves: (a, found) => { ${each((leaf) => `found(${leaf});`)} },
    load: (a, v) => { ${each((leaf, place) => `if (${leaf} !== v[${place}]) ${leaf} = v[${place}];`)} },
    compare: (a, v, own, changed) => {
      if (!(${sameContainers})) return false;
      ${each((leaf, place) => `if (${leaf} !== v[${place}]) changed(${place}, ${leaf});`)}
      return true;
    },
    undo: [${each((leaf, place) => `(a, v) => { ${leaf} = v[${place}]; }`, ',')}],
  };`;
  return new Function(source)() as Compiled<State>;
}
