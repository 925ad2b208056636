/** How much memory a thread uses. Each thread has a heap of its own; what is shared counts where it was made. */
import { getHeapStatistics } from 'node:v8';

/** Of the heap that a thread may have, before it says that it is full. */
const mostOfHeap = 0.85;

/** What a search says when the heap of one of its threads is nearly full. */
export const heapFull =
  'memory ran out: the heap of a thread is full (a larger one: NODE_OPTIONS=--max-old-space-size=MB)';

export function heapIsFull(): boolean {
  const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
  return used > most * mostOfHeap;
}

/** Bytes of this thread. */
export function usedMemory(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}
