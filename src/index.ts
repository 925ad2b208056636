/** The public surface; no logic. */

export { type Action, action, type Machine, machine } from './explore/machine.ts';
export {
  type AnyProtocol,
  type Call,
  type CallId,
  type Context,
  type NodeId,
  protocol,
  typed,
} from './kernel/protocol.ts';
export type { NodeView, Note, WorldView } from './kernel/view.ts';
export type { FaultKind } from './kernel/world.ts';
export { linearizable } from './property/linearizable.ts';
export {
  always,
  eventually,
  historyProperty,
  type Judgement,
  type Property,
  sometimes,
  type ViewOf,
} from './property/property.ts';
export { type Model, model } from './runner/model.ts';
export {
  client,
  clock,
  crash,
  disk,
  drop,
  duplicate,
  type Nemesis,
  partition,
  pause,
  reorder,
  slow,
} from './schedule/nemeses.ts';
export { register } from './spec/register.ts';
export { spec } from './spec/spec.ts';
