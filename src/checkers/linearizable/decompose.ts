/**
 * Objects that do not influence each other are judged apart, and their linearizations put together (locality:
 * Herlihy and Wing 1990, theorem 1; Horn and Kroening 2015). Objects are keys, and within a key the components of parts
 * that operations touch together: an element of a set, the keys that transactions have in common.
 *
 *     write {x, y}   read [y, z]   write {u}        two components: x, y, z and u
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import type { Operation } from '../../history/history.ts';
import type { AnySpec } from '../../spec/spec.ts';
import { sortedBy } from './sorting.ts';
import { InputError } from './transitions.ts';

export interface Decomposition {
  /** Operations of one object each, in order of invocation. */
  readonly groups: readonly (readonly Operation[])[];
  /** What tells the objects apart. */
  readonly by: readonly ('key' | 'part')[];
}

export function decompose(spec: AnySpec, operations: readonly Operation[]): Decomposition {
  const keyed = operations.some(({ key }) => key !== undefined);
  if ((!keyed && !spec.parts) || operations.length === 0) return { groups: [operations], by: [] };
  const byKey = keyed ? groupsOf(operations, (operation) => [keyName(operation.key)]) : [operations];
  const groups = spec.parts ? byKey.flatMap((group) => componentsOf(spec, group)) : byKey;
  const by = [
    byKey.length > 1 ? ['key' as const] : [],
    groups.length > byKey.length ? ['part' as const] : [],
  ];
  return { groups, by: by.flat() };
}

function componentsOf(spec: AnySpec, operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const parts = operations.map((operation) => partsOf(spec, operation));
  if (parts.includes(undefined)) return [operations];
  return groupsOf(operations, (_, i) => parts[i]!.map(keyName));
}

/** Operations that share a name, directly or through others, are of one group. */
function groupsOf(
  operations: readonly Operation[],
  namesOf: (operation: Operation, i: number) => readonly unknown[],
): readonly (readonly Operation[])[] {
  /** By number of a name: one that it belongs together with, itself for the first of them. */
  const parents: number[] = [];
  const numbers = new Map<unknown, number>();
  const root = (number: number): number => {
    let at = number;
    while (parents[at] !== at) at = parents[at] = parents[parents[at]!]!;
    return at;
  };
  let last = -1;
  const firsts = operations.map((operation, i) => {
    let first = -1;
    for (const name of namesOf(operation, i)) {
      let number = numbers.get(name);
      if (number === undefined) {
        numbers.set(name, (number = parents.length));
        parents.push(number);
      }
      if (first < 0) first = number;
      else parents[root(number)] = root(first);
    }
    // What touches nothing may go with any other.
    if (first < 0) first = last < 0 ? parents.push(0) - 1 : last;
    last = first;
    return first;
  });
  const groups = new Map<number, Operation[]>();
  operations.forEach((operation, i) => {
    const group = root(firsts[i]!);
    const others = groups.get(group);
    if (others) others.push(operation);
    else groups.set(group, [operation]);
  });
  return [...groups.values()];
}

function partsOf(spec: AnySpec, operation: Operation): readonly Json[] | undefined {
  const { f, type, input, output } = operation;
  // A read that crashed matters to nobody.
  if (type === 'info' && spec.reads.includes(f)) return [];
  try {
    const parts = spec.parts!(f, input, output);
    if (parts !== undefined && !Array.isArray(parts)) throw new Error('its parts are no list');
    return parts;
  } catch (error) {
    throw new InputError(spec, operation, error);
  }
}

function keyName(key: Json | undefined): unknown {
  return typeof key === 'object' && key !== null ? `\u0000${canonicalJson(key)}` : key;
}
/** Far apart in the history of all objects, the events of one are numbered anew, so that its checkers need no more room than it has events. */
export function renumbered(operations: readonly Operation[]): readonly Operation[] {
  const last = operations.at(-1);
  if (!last || last.invoked < 16 * operations.length) return operations;
  const instants: number[] = [];
  for (const { invoked, completed, type } of operations) {
    instants.push(invoked);
    if (type === 'ok') instants.push(completed);
  }
  const numbers = new Map(instants.sort((a, b) => a - b).map((instant, i) => [instant, i]));
  return operations.map((operation) => ({
    ...operation,
    invoked: numbers.get(operation.invoked)!,
    completed: numbers.get(operation.completed) ?? operation.completed,
  }));
}

/**
 * One linearization of all objects: each operation at its invocation, or later when an operation before it in its
 * own object's order is invoked later. These instants lie before the operation's completion.
 */
export function merge(operations: readonly Operation[], witnesses: readonly (readonly number[])[]): number[] {
  const size = operations.reduce((greatest, { id }) => Math.max(greatest, id), -1) + 1;
  const invoked = new Int32Array(size);
  for (const operation of operations) invoked[operation.id] = operation.invoked;
  const instants = new Int32Array(size);
  const placed: number[] = [];
  for (const witness of witnesses) {
    let instant = -1;
    for (const id of witness) {
      instant = Math.max(instant, invoked[id]!);
      instants[id] = instant;
      placed.push(id);
    }
  }
  // The sort is stable, and operations of different objects never share an instant.
  return Array.from(sortedBy(Int32Array.from(placed), instants));
}
