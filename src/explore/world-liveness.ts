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
import type { Supervision } from './supervision.ts';
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
  { mutant, bounds, maxStates }: Pick<WorldOptions, 'mutant' | 'bounds'> & Pick<SearchOptions, 'maxStates'>,
  supervision: Supervision,
): Promise<LivenessJudged> {
  const reductions = { leaveIdle: false, keepTimers: true };
  const system = new WorldSystem(protocol, { mutant, bounds, properties: [], ...reductions });
  const { duty, beyond } = system;
  const notJudged: { property: string; why: string }[] = [];
  let states = 0;
  for (const property of properties) {
    const tests = testsOf(property);
    if (!tests) continue;
    const [from, to] = [new NodeTest(system, tests.from), new NodeTest(system, tests.to)];
    const question = { from: from.of, holds: to.of };
    const told = await findUnfair(system, question, supervision, { duty, beyond, maxStates });
    const looked = from.looked ?? to.looked;
    const { name } = property;
    states = Math.max(states, told.states);
    if (looked !== undefined) notJudged.push({ property: name, why: `it looks at ${looked}` });
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
