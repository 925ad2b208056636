/**
 * What led to what in a trace: happened-before (Lamport 1978), by index of its entries. A step follows the one before it
 * on its node and the sending of the message that it handles; a message follows the step that sent it; a client's move
 * follows its last one and the reply it got. A fault belongs to the nodes that it names.
 */
import { sourceOf, type Trace, type TraceStep } from '../kernel/trace.ts';

/** For each entry the entries that led to it directly. What a step sends stands before the step in a trace, and points to it. */
export function directCauses(trace: Trace): readonly (readonly number[])[] {
  const sends = new Map<string, number>();
  /** By node or client: its latest entry. */
  const latest = new Map<string, number>();
  const causes: number[][] = trace.map(() => []);
  const follow = (index: number, name: string) => {
    const before = latest.get(name);
    if (before !== undefined) causes[index]!.push(before);
    latest.set(name, index);
  };
  trace.forEach((step, index) => {
    switch (step.kind) {
      case 'sent': {
        sends.set(sourceOf(step.ref), index);
        const sender = senderOf(trace, index, latest);
        if (sender !== undefined) causes[index]!.push(sender);
        return;
      }
      case 'undelivered':
        causes[index]!.push(...present(sends.get(sourceOf(step.ref))));
        return;
      case 'step':
        causes[index]!.push(...present(sends.get(sourceOf(step.cause))));
        follow(index, step.node);
        return;
      case 'client':
        if (step.what === 'ok' || step.what === 'fail' || step.what === 'late reply')
          causes[index]!.push(...present(replyTo(trace, index, step.call)));
        follow(index, step.client);
        return;
      case 'fault':
        for (const node of step.nodes) if (step.fault !== 'hold') follow(index, node);
    }
  });
  return causes;
}

const present = (index: number | undefined): number[] => (index === undefined ? [] : [index]);

/** A client's request stands behind its move; what a node sends stands before its step. */
function senderOf(trace: Trace, index: number, latest: ReadonlyMap<string, number>): number | undefined {
  const step = trace[index] as TraceStep;
  if (step.kind !== 'sent') return undefined;
  const { from } = step.ref;
  if (from.startsWith('c')) return latest.get(from);
  for (let later = index + 1; later < trace.length; later++) {
    const next = trace[later] as TraceStep;
    if (next.kind === 'step') return next.node === from ? later : undefined;
  }
  return undefined;
}

/** The reply that completed a call: the first to arrive. */
export function replyTo(trace: Trace, before: number, call: number): number | undefined {
  let found: number | undefined;
  let arrival = Number.POSITIVE_INFINITY;
  for (let index = 0; index < before; index++) {
    const step = trace[index] as TraceStep;
    if (step.kind !== 'sent' || step.ref.event !== 'reply' || step.at === 'lost') continue;
    if ((step.payload as { call?: unknown } | null)?.call !== call || step.at >= arrival) continue;
    arrival = step.at;
    found = index;
  }
  return found;
}

/** The causal past of some entries, themselves included. */
export function causalCone(trace: Trace, roots: readonly number[]): ReadonlySet<number> {
  const causes = directCauses(trace);
  const cone = new Set<number>(roots);
  const open = [...roots];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const cause of causes[index] ?? []) {
      if (cone.has(cause)) continue;
      cone.add(cause);
      open.push(cause);
    }
  }
  return cone;
}

/**
 * Where a failing run ends: at the step that violated a property, or, when it ran through the calm to be judged by its
 * history, at what clients saw last.
 */
export function endsOf(trace: Trace): readonly number[] {
  const calm = trace.findIndex((step) => step.kind === 'fault' && step.fault === 'calm');
  const isAnswer = (step: TraceStep) => step.kind === 'client' && step.what === 'ok';
  const isMove = (step: TraceStep) => step.kind === 'step' || step.kind === 'client';
  const answers = trace.flatMap((step, index) => (isAnswer(step) ? [index] : []));
  const last = trace.findLastIndex(isMove);
  return calm >= 0 && answers.length > 0 ? answers : present(last >= 0 ? last : undefined);
}
