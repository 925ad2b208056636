/**
 * Registers whose writes are unique (Gibbons and Korach 1997, "Testing shared memories", zones). A value's write and
 * reads form a cluster. If some operation of it completes before another begins, the value is there for sure in between:
 * a forward zone. Otherwise all of it fits into one gap of its backward zone.
 *
 *     write 1 |---|            read 1 |---|        forward zone of 1: from the first completion to the last invocation
 *                   write 2 |---|                  all of 2 within the zone of 1: not linearizable
 *
 * Linearizable iff no read completes before its write begins, no two forward zones overlap, and no backward zone lies
 * within a forward one. Crashed writes that were read are as if they completed last. O(n log n).
 */
import type { Json } from '../../../base/json.ts';
import type { Operation } from '../../../history/history.ts';
import { sortedBy } from '../sorting.ts';
import { type Monitor, type MonitorVerdict, never, range, token } from './monitor.ts';

export const uniqueRegisterMonitor: Monitor = {
  name: 'register monitor (unique writes)',
  searchFirst: true,
  judge(operations, initial) {
    const clusters = clustersOf(operations, (initial as { value: Json }).value);
    return clusters && ('valid' in clusters ? clusters : judgeClusters(operations, clusters));
  },
};

interface Clusters {
  readonly count: number;
  /** By cluster: its write, or -1 for the initial value; its first completion and last invocation. */
  readonly write: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** By operation: its cluster, or -1 for a crashed operation that nobody saw. */
  readonly clusterOf: Int32Array;
}

const initialInvoked = -2;
const initialCompleted = -1;

function clustersOf(operations: readonly Operation[], initial: Json): Clusters | MonitorVerdict | undefined {
  const size = operations.length;
  const byToken = new Map<unknown, number>([[token(initial), 0]]);
  const write = new Int32Array(size + 1);
  const left = new Int32Array(size + 1);
  const right = new Int32Array(size + 1);
  write[0] = -1;
  left[0] = initialCompleted;
  right[0] = initialInvoked;
  let count = 1;
  for (let i = 0; i < size; i++) {
    const { f, input, invoked, completed } = operations[i]!;
    if (f === 'read' || f === 'get') continue;
    if (f !== 'write' && f !== 'put') return undefined;
    const name = token(input);
    if (byToken.has(name)) return undefined;
    byToken.set(name, count);
    write[count] = i;
    left[count] = completed === Number.POSITIVE_INFINITY ? never : completed;
    right[count] = invoked;
    count++;
  }
  const clusterOf = new Int32Array(size).fill(-1);
  const readers = new Uint8Array(count);
  for (let i = 0; i < size; i++) {
    const { f, output, type, invoked, completed } = operations[i]!;
    if ((f !== 'read' && f !== 'get') || type === 'info') continue;
    const cluster = byToken.get(token(output!));
    if (cluster === undefined) return { valid: false, culprits: [i], operation: i };
    const writeInvoked = cluster === 0 ? initialInvoked : operations[write[cluster]!]!.invoked;
    if (completed < writeInvoked) return { valid: false, culprits: [write[cluster]!, i], operation: i };
    clusterOf[i] = cluster;
    readers[cluster] = 1;
    if (completed < left[cluster]!) left[cluster] = completed;
    if (invoked > right[cluster]!) right[cluster] = invoked;
  }
  for (let cluster = 1; cluster < count; cluster++) {
    const operation = write[cluster]!;
    // A crashed write that nobody read may as well not have happened.
    if (readers[cluster] === 1 || operations[operation]!.type === 'ok') clusterOf[operation] = cluster;
    else left[cluster] = -never;
  }
  return { count, write, left, right, clusterOf };
}

function judgeClusters(operations: readonly Operation[], clusters: Clusters): MonitorVerdict {
  const { count, left, right } = clusters;
  const all = range(count).filter((cluster) => left[cluster] !== -never);
  const forward = sortedBy(
    all.filter((cluster) => left[cluster]! < right[cluster]!),
    left,
  );
  for (let i = 1; i < forward.length; i++) {
    if (right[forward[i - 1]!]! > left[forward[i]!]!) {
      return conflict(operations, clusters, forward[i - 1]!, forward[i]!);
    }
  }
  // A backward zone goes into its first gap, or after the forward zone that this gap lies in.
  const backward = sortedBy(
    all.filter((cluster) => left[cluster]! >= right[cluster]!),
    right,
  );
  const gap = new Int32Array(count);
  let zone = 0;
  for (const cluster of backward) {
    const start = right[cluster]!;
    while (zone < forward.length && right[forward[zone]!]! <= start) zone++;
    const surrounding = zone < forward.length && left[forward[zone]!]! <= start ? forward[zone]! : -1;
    gap[cluster] = surrounding < 0 ? start : right[surrounding]!;
    if (gap[cluster]! >= left[cluster]!) return conflict(operations, clusters, surrounding, cluster);
  }
  return { valid: true, order: layOut(operations, clusters, gap) };
}

/** The few operations that make two zones clash: of each cluster its write, first to complete and last to begin. */
function conflict(
  operations: readonly Operation[],
  clusters: Clusters,
  a: number,
  b: number,
): MonitorVerdict {
  const { left, right, write, clusterOf } = clusters;
  const culprits = new Set<number>();
  for (const cluster of [a, b]) if (cluster > 0) culprits.add(write[cluster]!);
  for (let i = 0; i < operations.length; i++) {
    const cluster = clusterOf[i]!;
    if (cluster !== a && cluster !== b) continue;
    const { invoked, completed } = operations[i]!;
    if (completed === left[cluster] || invoked === right[cluster]) culprits.add(i);
  }
  const sorted = [...culprits].sort((x, y) => x - y);
  const completed = sorted.filter((i) => operations[i]!.type === 'ok');
  const operation = completed.reduce((last, i) =>
    operations[i]!.completed > operations[last]!.completed ? i : last,
  );
  return { valid: false, culprits: sorted, operation };
}

/**
 * Within a gap come the last reads of a forward zone, then backward zones, then the write of the next forward zone
 * and its first reads; within a cluster the write is first.
 */
function layOut(
  operations: readonly Operation[],
  { left, right, write, clusterOf }: Clusters,
  gap: Int32Array,
): number[] {
  const size = operations.length;
  const instants = new Int32Array(size);
  const turns = new Int32Array(size);
  let placed = 0;
  const order = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const cluster = clusterOf[i]!;
    if (cluster < 0) continue;
    order[placed++] = i;
    turns[i] = 2 * cluster + (write[cluster] === i ? 0 : 1);
    if (left[cluster]! >= right[cluster]!) instants[i] = 3 * gap[cluster]! + 1;
    else {
      const at = Math.max(operations[i]!.invoked, left[cluster]! - 1);
      instants[i] = 3 * at + (at === left[cluster]! - 1 ? 2 : 0);
    }
  }
  const sorted = order.subarray(0, placed);
  sortedBy(sorted, turns);
  return Array.from(sortedBy(sorted, instants));
}
