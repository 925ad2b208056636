/** A model: a protocol together with what is to be shown about it and under which faults. */
import { UsageError } from '../base/errors.ts';
import type { BoundedWorld } from '../explore/bounds.ts';
import type { AnyProtocol } from '../kernel/protocol.ts';
import type { Property } from '../property/property.ts';
import type { Nemesis } from '../schedule/nemeses.ts';
import type { Inputs } from '../schedule/workload.ts';

/** What exhaustive search may take for granted of a model. */
export interface ExploreSettings {
  /** Nodes are interchangeable: no handler and no property knows one from another but by name. Default false. */
  readonly symmetry?: boolean;
  /**
   * Keeps time, for a protocol that reads clocks: in ticks of so many milliseconds, `ticks` of them unless asked otherwise.
   * How far clocks may be off is said by the `clock` nemesis; it is a multiple of a tick.
   */
  readonly clocks?: { readonly tick: number; readonly ticks: number };
  /** What follows a world for which this is false is not looked at. */
  readonly within?: (world: BoundedWorld) => boolean;
}

export interface ModelSettings {
  /** How many nodes run the protocol; default 3. */
  readonly nodes?: number;
  /** The faults the protocol must survive. */
  readonly nemeses: readonly Nemesis[];
  readonly properties: readonly Property[];
  /** fast-check arbitraries for the inputs of some functions, instead of what the spec says. */
  readonly inputs?: Inputs;
  readonly explore?: ExploreSettings;
}

export interface Model {
  readonly kind: 'model';
  readonly name: string;
  readonly protocol: AnyProtocol;
  readonly nodes: number;
  readonly nemeses: readonly Nemesis[];
  readonly properties: readonly Property[];
  readonly inputs: Inputs;
  readonly explore: ExploreSettings;
}

/** Binds a protocol to its faults and properties; `clew` finds the models that files under models/ export. */
export function model(protocol: AnyProtocol, settings: ModelSettings): Model {
  const name = protocol.definition.name;
  const names = settings.properties.map((property) => property.name);
  const twice = names.find((candidate, index) => names.indexOf(candidate) !== index);
  if (twice !== undefined) throw new UsageError(`model ${name} has two properties named '${twice}'`);
  const nodes = settings.nodes ?? 3;
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 9) {
    throw new UsageError(`model ${name} has nodes: ${nodes}; expected an integer from 1 to 9`);
  }
  const { nemeses, properties, inputs = {}, explore = {} } = settings;
  return { kind: 'model', name, protocol, nodes, nemeses, properties, inputs, explore };
}
