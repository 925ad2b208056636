/**
 * Which monitor a spec has. Specs are told by identity: a spec of a user's with the same name is another object.
 *
 * A note on soundness: published monitors' artefacts have bugs (one crashes on empty dequeues and accepts histories that
 * are not linearizable). Ours rest on their own proofs, in the heads of their files, and on the brute-force twin, which
 * has judged every verdict, witness and culprit of theirs on many thousands of small histories.
 */

import { counter } from '../../../spec/counter.ts';
import { kv } from '../../../spec/kv.ts';
import { listAppend } from '../../../spec/list-append.ts';
import { mutex, semaphore } from '../../../spec/mutex.ts';
import { priorityQueue, queue, stack } from '../../../spec/queue.ts';
import { casRegister, register } from '../../../spec/register.ts';
import { growSet } from '../../../spec/set.ts';
import type { AnySpec } from '../../../spec/spec.ts';
import { counterMonitor } from './counter.ts';
import { mutexMonitor, semaphoreMonitor } from './locks.ts';
import type { Monitor } from './monitor.ts';
import { priorityQueueMonitor } from './priority-queue.ts';
import { queueMonitor } from './queue.ts';
import { stackMonitor } from './stack.ts';
import { uniqueRegisterMonitor } from './unique-register.ts';
import { growSetMonitor, listAppendMonitor } from './whole-reads.ts';

const monitors: ReadonlyMap<AnySpec, Monitor> = new Map<AnySpec, Monitor>([
  [register, uniqueRegisterMonitor],
  [casRegister, uniqueRegisterMonitor],
  [kv, uniqueRegisterMonitor],
  [queue, queueMonitor],
  [stack, stackMonitor],
  [priorityQueue, priorityQueueMonitor],
  [growSet, growSetMonitor],
  [listAppend, listAppendMonitor],
  [counter, counterMonitor],
  [mutex, mutexMonitor],
  [semaphore, semaphoreMonitor],
]);

export function monitorOf(spec: AnySpec): Monitor | undefined {
  return monitors.get(spec);
}
