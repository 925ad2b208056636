/**
 * Objects that do not influence each other are judged apart, and their linearizations put together (locality:
 * Herlihy and Wing 1990, theorem 1; Horn and Kroening 2015). Objects are keys, and the elements of a set.
 */
import { canonicalJson, type Json } from '../../base/json.ts';
import type { Operation } from '../../history/history.ts';
import { set } from '../../spec/set.ts';
import type { AnySpec } from '../../spec/spec.ts';
import { sortedBy } from './sorting.ts';

/** Operations of one object each, in order of invocation. */
export function decompose(spec: AnySpec, operations: readonly Operation[]): (readonly Operation[])[] {
  const byElement = (spec as unknown) === set;
  if (!byElement && operations.every((operation) => operation.key === undefined)) return [operations];
  const groups = new Map<unknown, Operation[]>();
  for (const operation of operations) {
    const name = byElement ? elementName(operation) : keyName(operation.key);
    const group = groups.get(name);
    if (group) group.push(operation);
    else groups.set(name, [operation]);
  }
  return [...groups.values()];
}

function keyName(key: Json | undefined): unknown {
  return typeof key === 'object' && key !== null ? `\u0000${canonicalJson(key)}` : key;
}

function elementName({ key, input }: Operation): unknown {
  return key === undefined ? keyName(input) : `\u0001${canonicalJson([key, input])}`;
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
