/**
 * State × operation table. A spec is pure, so operations are interned into classes (function, input, completion)
 * and states by their canonical text; a transition is computed once and found again by two integers. The table
 * lives across checks of one spec and is dropped between checks when it has grown past its bound.
 * Also known as the memoisation of models in Knossos (`knossos.model.memo`).
 */
import { UsageError } from '../../base/errors.ts';
import { canonicalJson, cloneJson, findNonJson, type Json } from '../../base/json.ts';
import type { Operation } from '../../history/history.ts';
import { type AnySpec, matches, type SpecFunction } from '../../spec/spec.ts';
import { type Budget, unlimited } from '../budget.ts';

/** A transition that the spec does not allow. */
export const illegal = -1;

const maxCells = 1 << 21;
const maxStateCharacters = 1 << 25;

/** The budget ran out in the middle of a search. The message is its reason. */
export class OutOfBudget extends Error {
  override name = 'OutOfBudget';
}

/** An input that the functions of a spec cannot take. */
export class InputError extends UsageError {
  override name = 'InputError';
  readonly f: string;
  readonly input: Json;
  constructor({ name }: AnySpec, { f, input }: Pick<Operation, 'f' | 'input'>, thrown: unknown) {
    super(`${name}.${f} cannot take the input ${canonicalJson(input)}: ${reasonOf(thrown)}`);
    this.f = f;
    this.input = input;
  }
}

/** A spec of ours says what it expected; what else is thrown is quoted. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof UsageError) return thrown.message;
  return `it threw "${(thrown as Error).message}"`;
}

type Token = string | number | boolean | null | object;

interface OperationClass {
  readonly f: string;
  readonly input: Json;
  readonly output: Json | undefined;
  readonly reads: boolean;
}

/** Stands for the completion that nobody saw. */
const unseen = {};

export class Transitions {
  readonly spec: AnySpec;
  /** Asked before each run of a function of the spec, which may take long: then `step` throws `OutOfBudget`. */
  budget: Budget = unlimited;
  private readonly functions: ReadonlyMap<string, SpecFunction<never>>;
  private classes: OperationClass[] = [];
  private classIds = new Map<string, Map<Token, Map<Token, number>>>();
  private tokens = new Map<string, object>();
  private pairs = new Map<unknown, Map<unknown, object>>();
  private states: unknown[] = [];
  private stateIds = new Map<string, number>();
  private stateCharacters = 0;
  private readonly initialIds = new Map<string, number>();
  /** Open addressing: cells of [state, class, next state + 1 or `illegal`], the last of which is 0 in an empty cell. */
  private cells = new Int32Array(3 << 8);
  private cellMask = (1 << 8) - 1;
  private cellCount = 0;

  constructor(spec: AnySpec) {
    this.spec = spec;
    this.functions = new Map(Object.entries(spec.ops) as [string, SpecFunction<never>][]);
  }

  /** Forgets everything if the table is past its bound. Only between checks: ids given before become void. */
  trim(): void {
    if (
      this.cellCount < maxCells &&
      this.stateCharacters < maxStateCharacters &&
      this.classes.length < maxCells
    )
      return;
    this.classes = [];
    this.classIds = new Map();
    this.tokens = new Map();
    this.pairs = new Map();
    this.states = [];
    this.stateIds = new Map();
    this.stateCharacters = 0;
    this.initialIds.clear();
    this.cells = new Int32Array(3 << 8);
    this.cellMask = (1 << 8) - 1;
    this.cellCount = 0;
  }

  /** Characters of all states met, the measure of what the table weighs. */
  get weight(): number {
    return this.stateCharacters + this.cellCount * 12;
  }

  /** The id of the initial state; `initial` is what the user gave as `--initial`. */
  initialState(initial: Json | undefined): number {
    if (initial === undefined) return this.cachedInitial('', () => this.spec.init());
    const { initial: withInitial, name } = this.spec;
    if (!withInitial) throw new UsageError(`the spec '${name}' takes no initial value`);
    return this.cachedInitial(canonicalJson(initial), () => {
      try {
        return withInitial(initial);
      } catch (error) {
        const shown = canonicalJson(initial);
        throw new UsageError(`the spec '${name}' cannot take the initial value ${shown}: ${reasonOf(error)}`);
      }
    });
  }

  private cachedInitial(key: string, create: () => unknown): number {
    let id = this.initialIds.get(key);
    if (id === undefined) this.initialIds.set(key, (id = this.internState(create(), 'init')));
    return id;
  }

  /** The id of the operation's class; throws when the spec has no such function. */
  classOf(operation: Pick<Operation, 'f' | 'input' | 'output'>): number {
    const { f, input, output } = operation;
    let byInput = this.classIds.get(f);
    if (!byInput) {
      if (!this.functions.has(f)) throw unknownFunction(this.spec, f);
      this.classIds.set(f, (byInput = new Map()));
    }
    const inputToken = this.token(input);
    let byOutput = byInput.get(inputToken);
    if (!byOutput) byInput.set(inputToken, (byOutput = new Map()));
    const outputToken = output === undefined ? unseen : this.token(output);
    let id = byOutput.get(outputToken);
    if (id === undefined) {
      id = this.classes.length;
      byOutput.set(outputToken, id);
      const reads =
        this.spec.reads.includes(f) || (output !== undefined && this.changesNothing(f, input, output));
      this.classes.push({ f, input, output, reads });
    }
    return id;
  }

  /** Whether the class is declared to change nothing wherever it is legal. */
  reads(classId: number): boolean {
    return this.classes[classId]!.reads;
  }

  state(stateId: number): unknown {
    return this.states[stateId];
  }

  /** The state after an operation of the class, or `illegal`. */
  step(stateId: number, classId: number): number {
    let cell = (Math.imul(stateId, 0x9e3779b1) + Math.imul(classId, 0x85ebca6b)) >>> 7;
    for (;;) {
      const at = (cell & this.cellMask) * 3;
      const next = this.cells[at + 2]!;
      if (next === 0) return this.computeStep(stateId, classId, at);
      if (this.cells[at] === stateId && this.cells[at + 1] === classId) return next < 0 ? illegal : next - 1;
      cell++;
    }
  }

  private computeStep(stateId: number, classId: number, at: number): number {
    const reason = this.budget.exhausted();
    if (reason !== undefined) throw new OutOfBudget(reason);
    const { f, input, output, reads } = this.classes[classId]!;
    const state = cloneJson(this.states[stateId]);
    const result = this.call(f, state, input, output);
    let next = illegal;
    if (matches(result, input, output)) {
      next = this.internState(state, f);
      if (reads && next !== stateId) throw notARead(this.spec, f, this.states[stateId], state);
    }
    this.cells[at] = stateId;
    this.cells[at + 1] = classId;
    this.cells[at + 2] = next === illegal ? illegal : next + 1;
    if (++this.cellCount * 2 > this.cellMask) this.growCells();
    return next;
  }

  /** Pairs are common (`cas [1, 2]`, `[element, true]`), and finding them by their two items is many times faster than by text. */
  private pairToken(
    first: string | number | boolean | null,
    second: string | number | boolean | null,
  ): object {
    let bySecond = this.pairs.get(first);
    if (!bySecond) this.pairs.set(first, (bySecond = new Map()));
    let token = bySecond.get(second);
    if (!token) bySecond.set(second, (token = {}));
    return token;
  }

  private changesNothing(f: string, input: Json, output: Json): boolean {
    try {
      return this.spec.unchanged?.(f, input, output) ?? false;
    } catch (error) {
      throw new InputError(this.spec, { f, input }, error);
    }
  }

  private call(f: string, state: unknown, input: Json, output: Json | undefined): unknown {
    try {
      return this.functions.get(f)!(state as never, input as never, output as never);
    } catch (error) {
      throw new InputError(this.spec, { f, input }, error);
    }
  }

  private internState(state: unknown, f: string): number {
    const problem = findNonJson(state);
    if (problem) {
      throw new UsageError(
        `${this.spec.name}.${f} left a state that is not JSON: state${problem.path} is ${problem.found}`,
      );
    }
    const text = canonicalJson(state);
    let id = this.stateIds.get(text);
    if (id === undefined) {
      id = this.states.length;
      this.states.push(state);
      this.stateIds.set(text, id);
      this.stateCharacters += text.length;
    }
    return id;
  }

  private growCells(): void {
    const old = this.cells;
    this.cellMask = this.cellMask * 2 + 1;
    this.cells = new Int32Array(3 * (this.cellMask + 1));
    for (let from = 0; from < old.length; from += 3) {
      if (old[from + 2] === 0) continue;
      let cell = (Math.imul(old[from]!, 0x9e3779b1) + Math.imul(old[from + 1]!, 0x85ebca6b)) >>> 7;
      while (this.cells[(cell & this.cellMask) * 3 + 2] !== 0) cell++;
      this.cells.set(old.subarray(from, from + 3), (cell & this.cellMask) * 3);
    }
  }

  /** A key of a Map that is equal for equal values: primitives themselves, one object for each other canonical text. */
  private token(value: Json): Token {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value) && value.length === 2 && isPrimitive(value[0]) && isPrimitive(value[1])) {
      return this.pairToken(value[0], value[1]);
    }
    const text = canonicalJson(value);
    let token = this.tokens.get(text);
    if (!token) this.tokens.set(text, (token = {}));
    return token;
  }
}

function isPrimitive(value: unknown): value is string | number | boolean | null {
  return typeof value !== 'object' || value === null;
}

export function unknownFunction(spec: AnySpec, f: string): UsageError {
  return new UsageError(
    `the spec '${spec.name}' has no function '${f}'; it has: ${Object.keys(spec.ops).join(', ')}`,
  );
}

function notARead(spec: AnySpec, f: string, before: unknown, after: unknown): UsageError {
  return new UsageError(
    `${spec.name}.${f} is declared to change nothing, but changed ${canonicalJson(before)} to ${canonicalJson(after)}`,
  );
}
