/**
 * At most one node claims a thing: a note of the given name may carry one value (an epoch, a term, a view) from one
 * node only, however often that node repeats it.
 */
import { type AnyProtocol, always, type NodeId, type Property } from '../src/index.ts';

export function atMostOneNode(protocol: AnyProtocol, note: string, name: string): Property {
  return always(
    protocol,
    name,
    ({ notes, firstNewNote }, owners) => {
      for (let i = firstNewNote; i < notes.length; i++) {
        const { name: what, node, value } = notes[i]!;
        if (what !== note) continue;
        const key = typeof value === 'object' ? JSON.stringify(value) : String(value);
        const owner = owners.get(key) ?? node;
        if (owner !== node) return `${owner} and ${node} are both ${note} of ${key}`;
        owners.set(key, node);
      }
      return;
    },
    () => new Map<string, NodeId>(),
  );
}
