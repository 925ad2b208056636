/** The specs that come with clew, by name. */
import { bank, counter, idGenerator } from './counter.ts';
import { kv } from './kv.ts';
import { listAppend } from './list-append.ts';
import { multiRegister } from './multi-register.ts';
import { mutex, reentrantMutex, semaphore } from './mutex.ts';
import { priorityQueue, queue, stack } from './queue.ts';
import { casRegister, register } from './register.ts';
import { growSet, set } from './set.ts';
import type { AnySpec } from './spec.ts';
import { transactionalLists, transactionalRegisters } from './transactions.ts';

const all: readonly AnySpec[] = [
  register,
  casRegister,
  multiRegister,
  kv,
  counter,
  set,
  growSet,
  queue,
  stack,
  priorityQueue,
  listAppend,
  transactionalRegisters,
  transactionalLists,
  mutex,
  reentrantMutex,
  semaphore,
  bank,
  idGenerator,
];

export const specs: ReadonlyMap<string, AnySpec> = new Map(all.map((spec) => [spec.name, spec]));
