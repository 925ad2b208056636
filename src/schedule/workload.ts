/**
 * Draws what clients do: few clients, few operations, few keys; every written value is new, unless the spec asks for
 * values seen before. One `Random` determines it, so a workload costs well under a run.
 */
import type * as fc from 'fast-check';
import { UsageError } from '../base/errors.ts';
import type { Json } from '../base/json.ts';
import type { Random } from '../base/random.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { ClientOperation, Workload } from '../kernel/workload.ts';
import type { AnySpec, InputShape } from '../spec/spec.ts';

const keys = ['x', 'y'];
export const mostClientsDrawn = 4;
const mostOperationsDrawn = 6;

/** The author's own arbitraries for the inputs of some functions, instead of the spec's shapes. */
export type Inputs = Readonly<Record<string, fc.Arbitrary<Json>>>;

export class WorkloadSource {
  private readonly spec: AnySpec | undefined;
  private readonly functions: readonly string[];
  private readonly calmFunctions: readonly string[];
  private readonly inputs: Inputs;
  private unique = 0;

  constructor(protocol: AnyProtocol, inputs: Inputs = {}) {
    const { implements: spec, client, name } = protocol.definition;
    this.spec = spec;
    this.functions = Object.keys(client ?? {});
    const unknown = this.functions.find((f) => !spec?.ops[f]);
    if (unknown !== undefined) {
      const known = Object.keys(spec?.ops ?? {}).join(', ') || 'none';
      throw new UsageError(
        `${name}.client.${unknown} is not a function of its spec ${spec?.name ?? '(none)'} (${known})`,
      );
    }
    const reads = this.functions.filter((f) => spec?.reads.includes(f));
    this.calmFunctions = reads.length > 0 ? reads : this.functions;
    this.inputs = inputs;
  }

  /** `custom` draws from an author's arbitrary. */
  draw(random: Random, nodes: number, custom: (arbitrary: fc.Arbitrary<Json>) => Json): Workload {
    if (this.functions.length === 0) return [];
    this.unique = 0;
    // Races need several: the larger of two draws.
    const clients = Math.max(random.between(1, mostClientsDrawn), random.between(1, mostClientsDrawn));
    const pace = random.chance(0.5) ? 1 : 300;
    return Array.from({ length: clients }, () =>
      Array.from({ length: random.between(1, mostOperationsDrawn) }, (_, index) =>
        this.operation(random, nodes, pace, index > 0 && random.chance(0.15), custom),
      ),
    );
  }

  private operation(
    random: Random,
    nodes: number,
    pace: number,
    calm: boolean,
    custom: (arbitrary: fc.Arbitrary<Json>) => Json,
  ): ClientOperation {
    const f = random.pick(calm ? this.calmFunctions : this.functions);
    const node = random.below(nodes);
    const wait = random.chance(0.5) ? 0 : Math.floor(pace ** random.unit());
    const own = this.inputs[f];
    const input = own ? custom(own) : this.input(random, this.shape(f));
    const key = this.spec?.keyed ? { key: random.pick(keys) } : {};
    return calm ? { f, input, ...key, node, wait, calm } : { f, input, ...key, node, wait };
  }

  private shape(f: string): InputShape {
    const declared = this.spec?.inputs[f];
    if (declared !== undefined) return declared;
    const takesInput = (this.spec?.ops[f]?.length ?? 0) > 1;
    return takesInput ? 'unique' : 'none';
  }

  private input(random: Random, shape: InputShape): Json {
    if (shape === 'none') return null;
    if (shape === 'unique') return ++this.unique;
    if (shape === 'value') return random.below(this.unique + 2);
    return shape.map((part) => this.input(random, part));
  }
}
