/**
 * What protocols come to at last: `eventually`, that no fair run stays for ever where the property does not hold, and
 * `leadsTo`, that none owes it for ever. Judged on what nodes hold. Nothing is left out of the graph that a message could
 * do by arriving, nor are nodes taken for one another.
 */
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { WorldView } from '../kernel/view.ts';
import type { Judgement, Property } from '../property/property.ts';
import { findUnfair, unfairViolation } from './liveness.ts';
import type { FoundViolation, SearchOptions } from './search-result.ts';
import { WorldSystem } from './world-system.ts';
import type { PackedWorld, WorldOptions } from './worlds.ts';

export interface LivenessJudged {
  readonly violation: FoundViolation<PackedWorld> | undefined;
  /** The system that the violation is one of. */
  readonly system: WorldSystem;
  readonly notJudged: readonly { readonly property: string; readonly why: string }[];
  /** Which budget ran out. */
  readonly reason: string | undefined;
  /** Worlds in the largest graph. */
  readonly states: number;
}

type Test = (view: WorldView) => Judgement;

export async function judgeLiveness(
  protocol: AnyProtocol,
  properties: readonly Property[],
  options: Pick<WorldOptions, 'mutant' | 'bounds'> & SearchOptions,
): Promise<LivenessJudged> {
  const make = (forget: boolean) =>
    new WorldSystem(protocol, { ...options, properties: [], leaveIdle: false, keepTimers: true, forget });
  const notJudged: { property: string; why: string }[] = [];
  let [system, states] = [make(true), 0];
  for (const property of properties) {
    const tests = testsOf(property);
    if (!tests) continue;
    const ask = async () => {
      const from = new NodeTest(system, tests.from);
      const to = new NodeTest(system, tests.to);
      const question = { from: from.of, holds: to.of };
      const { duty, beyond } = system;
      return {
        ...(await findUnfair(system, question, { ...options, duty, beyond })),
        looked: from.looked ?? to.looked,
      };
    };
    let told = await ask();
    if (told.reason === undefined && system.dead && !system.dead.verified()) {
      system = make(false);
      told = await ask();
    }
    const { name } = property;
    states = Math.max(states, told.states);
    if (told.looked !== undefined) notJudged.push({ property: name, why: `it looks at ${told.looked}` });
    else if (told.reason !== undefined)
      return { ...none, system, notJudged, states, reason: `${told.reason} for '${name}'` };
    else if (told.found)
      return { ...none, system, notJudged, states, violation: unfairViolation(system, name, told.found) };
  }
  return { ...none, system, notJudged, states };
}

const none = { violation: undefined, reason: undefined };

function testsOf(property: Property): { from: Test; to: Test } | undefined {
  if (property.kind === 'leads-to') return property;
  if (property.kind !== 'eventually') return undefined;
  const { judge, ghost } = property;
  return {
    from: () => true,
    to: (view) => {
      const judgement = judge(view, ghost());
      return judgement !== false && typeof judgement !== 'string';
    },
  };
}

/** A test of what nodes hold, looked up where they hold the same. */
class NodeTest {
  looked: string | undefined = undefined;
  private readonly known = new Map<string, boolean>();
  private readonly system: WorldSystem;
  private readonly test: Test;

  constructor(system: WorldSystem, test: Test) {
    this.system = system;
    this.test = test;
  }

  readonly of = (world: PackedWorld): boolean => {
    const key = this.system.nodesKey(world);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const { found, looked } = this.system.look(world, this.test);
    this.looked ??= looked;
    this.known.set(key, found === true);
    return found === true;
  };
}
