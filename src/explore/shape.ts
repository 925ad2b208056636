/**
 * The fast path for states that all have one shape: the same keys everywhere and lists of the same lengths, only the
 * leaves differ. Copying, comparing and undoing are then straight code, made once from the shape, instead of walks
 * over keys. An action runs on one sealed scratch copy, which is put right again afterwards, so that only states that
 * are new are ever copied. What breaks the shape is noticed (a sealed object throws, a replaced one is another) and
 * costs the action a second, ordinary run.
 */
import type { Numbering } from './queues.ts';

/** A leaf's place by number, and what stood and stands there. */
export type Changed = (leaf: number, before: unknown, after: unknown) => void;

interface Compiled<State> {
  readonly copy: (state: State) => State;
  /** Calls `found` for each leaf. */
  readonly leaves: (state: State, found: (leaf: number, value: unknown) => void) => void;
  /** Calls `changed` for each leaf that differs; false when a container of `scratch` is not one of `own`. */
  readonly compare: (state: State, scratch: State, own: readonly unknown[], changed: Changed) => boolean;
  readonly restore: (state: State, scratch: State) => void;
  /** A state whose leaves have these codes. Made by a literal as copies are, so engines take both for the same kind of object. */
  readonly decode: (values: readonly unknown[], codes: readonly number[]) => State;
}

export type Path = readonly (string | number)[];

export class Shape<State> implements Numbering {
  /** By number. */
  readonly leafPaths: readonly Path[];
  readonly compiled: Compiled<State>;
  private readonly containerPaths: readonly Path[];
  /** The different leaves there have been, which states are encoded as numbers of. */
  private readonly values: unknown[] = [];
  private readonly codes = new Map<unknown, number>();
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

  /** A copy whose shape cannot be changed, and its containers. */
  scratch(state: State): { state: State; containers: readonly unknown[] } {
    const copy = this.compiled.copy(state);
    const containers = this.containerPaths.map((path) =>
      path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], copy),
    );
    for (const container of containers) Object.seal(container);
    return { state: copy, containers };
  }

  /** The leaves as small numbers, good until the next state is encoded. */
  encode(state: State): readonly number[] {
    this.encoded = [];
    this.compiled.leaves(state, this.encodeLeaf);
    return this.encoded;
  }

  private readonly encodeLeaf = (_leaf: number, value: unknown): void => {
    this.encoded.push(this.code(value));
  };

  private code(value: unknown): number {
    let code = this.codes.get(value);
    if (code === undefined) this.codes.set(value, (code = this.values.push(value) - 1));
    return code;
  }

  decode(encoded: readonly number[]): State {
    return this.compiled.decode(this.values, encoded);
  }

  /** The leaves that a receiver has not been told of; their numbers follow those that it has. */
  tell = (_: unknown, receiver: number): readonly unknown[] => {
    const from = this.told[receiver] ?? 0;
    this.told[receiver] = this.values.length;
    return this.values.slice(from);
  };

  understand = (told: unknown, sender: number): ((codes: readonly number[]) => readonly number[]) => {
    const own = (this.own[sender] ??= []);
    for (const value of told as readonly unknown[]) own.push(this.code(value));
    return (codes) => codes.map((code) => own[code] as number);
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
  const each = (line: (path: Path, index: number) => string) => leafPaths.map(line).join('\n');
  const sameContainers = containerPaths
    .map((path, index) => `${at('b', path)} === own[${index}]`)
    .join(' && ');
  let leaf = 0;
  const source = `return {
    copy: (a) => (${literal(template, [], (path) => at('a', path))}),
    decode: (values, codes) => (${literal(template, [], () => `values[codes[${leaf++}]]`)}),
    leaves: (a, found) => { ${each((path, index) => `found(${index}, ${at('a', path)});`)} },
    compare: (a, b, own, changed) => {
      if (!(${sameContainers})) return false;
      ${each((path, index) => `if (${at('a', path)} !== ${at('b', path)}) changed(${index}, ${at('a', path)}, ${at('b', path)});`)}
      return true;
    },
    restore: (a, b) => { ${each((path) => `if (${at('a', path)} !== ${at('b', path)}) ${at('b', path)} = ${at('a', path)};`)} },
  };`;
  return new Function(source)() as Compiled<State>;
}
