/**
 * What clients do. Each is sequential: it invokes, waits for a reply, and gives up after a while, which leaves the
 * outcome unknown for ever (`info`). It then goes on as a new process, as Jepsen's do.
 */
import { cloneJson, type Json } from '../base/json.ts';
import type { HistoryEvent } from '../history/history.ts';
import { Nodes } from './nodes.ts';
import type { LiveClient, Reply, Request } from './participants.ts';
import type { CallId } from './protocol.ts';
import { type Pending, pendingKind } from './queue.ts';
import { type ClientOperation, callId, clientOf, type Workload } from './workload.ts';
import { counter, latency } from './world.ts';

/** A client's patience on the happy path, in milliseconds. */
const defaultTimeout = 500;

export class Clients extends Nodes {
  protected workload: Workload = [];

  protected scheduleInvocation(client: LiveClient): void {
    const operation = client.operations[client.cursor];
    if (client.dead || !operation) return;
    const from = operation.calm && this.time < this.calmAt ? this.calmAt + latency : this.time;
    this.schedule(pendingKind.invoke, from + operation.wait, client.index, 0);
  }

  protected invoke(client: LiveClient): boolean {
    const operation = client.operations[client.cursor] as ClientOperation;
    const call = callId(client.index, client.cursor);
    client.call = call;
    client.node = operation.node % this.nodes.length;
    this.steps++;
    this.recordHistory(client, 'invoke', operation, operation.input);
    if (this.time < this.calmAt) this.adversary.invoking(client.index, call);
    this.request(client, operation, client.node);
    const { timeout = defaultTimeout, retry } = this.protocol.definition.clients ?? {};
    this.schedule(pendingKind.giveUp, this.time + Math.ceil(timeout), client.index, call).nth = 0;
    if (retry !== undefined) this.scheduleRetry(client, retry, -1);
    return true;
  }

  protected request(client: LiveClient, operation: ClientOperation, node: number): void {
    const payload: Request = {
      f: operation.f,
      call: { id: client.call, input: cloneJson(operation.input), key: operation.key ?? '' },
    };
    this.transmit(this.vocabulary.request, this.nodes.length + client.index, node, payload);
  }

  /** `node` -1: to the node after the one asked last, and again after as long. */
  protected scheduleRetry(client: LiveClient, after: number, node: number): void {
    this.schedule(pendingKind.retry, this.time + Math.ceil(after), client.index, client.call).nth = node;
  }

  protected retry(client: LiveClient, call: CallId, node: number): boolean {
    if (client.call !== call) return false;
    const operation = client.operations[client.cursor] as ClientOperation;
    client.node = node >= 0 ? node % this.nodes.length : (client.node + 1) % this.nodes.length;
    this.steps++;
    if (node >= 0) this.exercise(counter.client);
    if (this.record) this.recordClient(client, 'retry', operation, operation.input, call);
    this.request(client, operation, client.node);
    const every = this.protocol.definition.clients?.retry;
    if (node < 0 && every !== undefined) this.scheduleRetry(client, every, -1);
    return true;
  }

  protected deliverToClient(item: Pending): boolean {
    const client = this.clients[item.to - this.nodes.length] as LiveClient;
    const { call, output, refused } = item.payload as Reply;
    const { type, from, to, nth, copy } = item;
    const cut = this.isCut(item);
    this.queue.release(item);
    if (cut) return false;
    this.steps++;
    if (copy === 1) this.exercise(counter.duplicate);
    const operation = client.operations[client.cursor];
    if (client.call === call && operation) {
      client.call = 0;
      client.cursor++;
      const value = output === undefined ? operation.input : output;
      this.recordHistory(client, refused ? 'fail' : 'ok', operation, value, call);
      this.scheduleInvocation(client);
    } else if (this.record) {
      const late = client.operations[(call % 100) - 1];
      if (late) this.recordClient(client, 'late reply', late, output ?? null, call);
    }
    if (this.time < this.calmAt) this.mayStrikeAfter(type, from, to, nth, copy);
    return true;
  }

  /** `early`: 1 when the adversary took the client's patience. */
  protected giveUp(client: LiveClient, call: CallId, early: number): boolean {
    if (client.call !== call || client.dead) return false;
    if (early === 1) this.exercise(counter.client);
    this.steps++;
    this.infos++;
    const operation = client.operations[client.cursor] as ClientOperation;
    this.recordHistory(client, 'info', operation, operation.input, call);
    client.call = 0;
    client.cursor++;
    // Nobody may take this process for sequential any more, so the client goes on under a new number.
    client.process += this.workload.length;
    this.scheduleInvocation(client);
    return true;
  }

  protected die(client: LiveClient, call: CallId): boolean {
    if (client.call !== call) return false;
    this.exercise(counter.client);
    this.infos++;
    const operation = client.operations[client.cursor] as ClientOperation;
    if (this.record) this.recordClient(client, 'dies', operation, operation.input, call);
    client.call = 0;
    client.dead = true;
    return true;
  }

  protected recordHistory(
    client: LiveClient,
    type: HistoryEvent['type'],
    operation: ClientOperation,
    value: Json,
    call: CallId = client.call,
  ): void {
    const event: HistoryEvent =
      operation.key === undefined
        ? { process: client.process, type, f: operation.f, value, time: this.time * 1e6 }
        : { process: client.process, type, f: operation.f, value, key: operation.key, time: this.time * 1e6 };
    this.history.push(event);
    if (this.record) this.recordClient(client, type, operation, value, call);
  }

  /** The client of the call, which is about to be made, loses patience early. */
  giveUpAfter(call: CallId, after: number): boolean {
    if (this.time + after >= this.calmAt) return false;
    this.schedule(pendingKind.giveUp, this.time + after, clientOf(call), call).nth = 1;
    return true;
  }

  /** Whether the protocol lets clients send one request to several nodes. */
  get clientsRetry(): boolean {
    return this.protocol.definition.clients?.retry !== undefined;
  }

  /** The client of the call sends its request again, to that node. */
  retryAfter(call: CallId, after: number, node: number): boolean {
    if (this.time + after >= this.calmAt) return false;
    this.scheduleRetry(this.clients[clientOf(call)] as LiveClient, after, node);
    return true;
  }

  /** The client of the call is gone for good, the call outstanding. */
  dieAfter(call: CallId, after: number): boolean {
    if (this.time + after >= this.calmAt) return false;
    this.schedule(pendingKind.clientDies, this.time + after, clientOf(call), call);
    return true;
  }
}
