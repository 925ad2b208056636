/** What workers have learned of the same worlds, put together. */
import type { HistoryMemory } from './history-memory.ts';
import type { PropertyJudge } from './judges.ts';
import type { NodeSteps } from './node-steps.ts';
import type { Sharing } from './system.ts';

interface Learned {
  readonly unseen: readonly string[];
  readonly looked: readonly (string | undefined)[];
  readonly undecided: readonly (string | undefined)[];
  readonly computed: number;
  readonly drawn: readonly string[];
}

/** What a system has found out besides its worlds. */
export interface Findings {
  readonly notSeen: Set<string>;
  readonly always: readonly PropertyJudge[];
  readonly histories: readonly HistoryMemory[];
  readonly steps: NodeSteps;
}

export class WorldSharing implements Sharing {
  private readonly findings: Findings;

  constructor(findings: Findings) {
    this.findings = findings;
  }

  learned = (): Learned => {
    const { notSeen, always, histories, steps } = this.findings;
    return {
      unseen: [...notSeen],
      looked: always.map(({ looked }) => looked),
      undecided: histories.map(({ undecided }) => undecided),
      computed: steps.computed,
      drawn: [...steps.drawn],
    };
  };

  learn = (learned: unknown): void => {
    const { unseen, looked, undecided, computed, drawn } = learned as Learned;
    const { notSeen, always, histories, steps } = this.findings;
    for (const name of notSeen) if (!unseen.includes(name)) notSeen.delete(name);
    always.forEach((judge, index) => {
      judge.looked ??= looked[index];
    });
    histories.forEach((memory, index) => {
      memory.undecided ??= undecided[index];
    });
    steps.computed += computed;
    for (const event of drawn) steps.drawn.add(event);
  };
}
