/** Messages taken for dead as what a search takes for granted: numbers become texts on their way to other workers. */
import type { DeadFacts, DeadMessages } from './dead-messages.ts';
import type { NodeSteps } from './node-steps.ts';
import type { Assumptions } from './system.ts';
import { type Told, take, tell } from './told.ts';

interface ToldFacts {
  readonly facts: DeadFacts;
  readonly locals: Told;
  readonly messages: Told;
}

export class WorldAssumptions implements Assumptions {
  private readonly dead: DeadMessages;
  private readonly steps: NodeSteps;

  constructor(dead: DeadMessages, steps: NodeSteps) {
    this.dead = dead;
    this.steps = steps;
  }

  check = (): Generator<undefined, boolean> => this.dead.check();

  made = (): unknown => this.tell(this.dead.facts());

  add = (made: unknown): void => {
    const { local, message, facts } = this.take(made);
    this.dead.learn(facts, local, message);
  };

  refuted = (): unknown => this.tell(this.dead.factsBefore());

  begin = (refuted: unknown): void => {
    const { local, facts } = this.take(refuted);
    this.dead.beginWith(facts, local);
  };

  private tell(facts: DeadFacts): ToldFacts {
    const { locals, messages } = this.steps;
    return { facts, locals: tell(locals, facts.locals), messages: tell(messages, facts.messages) };
  }

  private take(told: unknown) {
    const { facts, locals, messages } = told as ToldFacts;
    const inOwn = (known: ReadonlyMap<number, number>) => (number: number) => known.get(number) as number;
    const local = inOwn(take(this.steps.locals, locals));
    return { facts, local, message: inOwn(take(this.steps.messages, messages)) };
  }
}
