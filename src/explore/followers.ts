/**
 * What was seen to follow what: the states that a node went to from each of its states, while clients were as far as they
 * were. Put together, that is at least all that a node can still come to in the worlds that were found.
 */
import { Pairs } from './pairs.ts';

/** As numbers only, to be sent. */
export interface FollowerFacts {
  /** From, to and progress, and so on. */
  readonly edges: readonly number[];
  /** Progress before and after, and so on. */
  readonly later: readonly number[];
}

/** More than any search meets, so that a state and a progress make one number. */
const mostProgress = 0x10_0000;

export class Followers {
  /** By progress of the clients and state of a node: the states it was seen to go to. */
  private readonly edges = new Pairs<Set<number>>();
  /** By progress of the clients: what it was seen to become. */
  private readonly later = new Map<number, Set<number>>();
  private readonly known = new Map<number, readonly number[]>();

  /** A node went from one state to another while clients were so far. */
  went(from: number, to: number, progress: number): void {
    if (from === to) return;
    const known = this.edges.get(progress, from);
    if (known) known.add(to);
    else this.edges.set(progress, from, new Set([to]));
  }

  progressed(before: number, after: number): void {
    if (before === after) return;
    const known = this.later.get(before);
    if (known) known.add(after);
    else this.later.set(before, new Set([after]));
  }

  get isEmpty(): boolean {
    return this.edges.isEmpty;
  }

  /** The states of a node that can follow one, itself included, clients going on. Ask only when nothing will be added. */
  of(local: number, progress: number): readonly number[] {
    const key = local * mostProgress + progress;
    let found = this.known.get(key);
    if (!found) this.known.set(key, (found = this.closure(key)));
    return found;
  }

  private closure(key: number): readonly number[] {
    const seen = new Set([key]);
    for (const at of seen) {
      const progress = at % mostProgress;
      for (const next of this.edges.get(progress, Math.floor(at / mostProgress)) ?? [])
        seen.add(next * mostProgress + progress);
      for (const next of this.later.get(progress) ?? []) seen.add(at - progress + next);
    }
    return [...new Set([...seen].map((at) => Math.floor(at / mostProgress)))];
  }

  facts(): FollowerFacts {
    const edges: number[] = [];
    for (const [progress, from, targets] of this.edges.entries())
      for (const to of targets) edges.push(from, to, progress);
    const later = [...this.later].flatMap(([before, afters]) =>
      [...afters].flatMap((after) => [before, after]),
    );
    return { edges, later };
  }

  /** Adds facts whose numbers are translated, each state of a node in so many ways at once. */
  learn(
    { edges, later }: FollowerFacts,
    progress: (number: number) => number,
    local: (number: number) => readonly number[],
  ): void {
    for (let at = 0; at < edges.length; at += 3) {
      const [from, to, during] = edges.slice(at, at + 3) as [number, number, number];
      const tos = local(to);
      local(from).forEach((one, way) => {
        this.went(one, tos[way] as number, progress(during));
      });
    }
    for (let at = 0; at < later.length; at += 2)
      this.progressed(progress(later[at] as number), progress(later[at + 1] as number));
  }
}
