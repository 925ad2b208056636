/**
 * The workers that help with a breadth-first search: threads, each with a system and a share of its own, which do what
 * the first worker asks one thing at a time. What all can see at any time is in a little shared memory.
 */
import { type MessagePort, Worker } from 'node:worker_threads';
import { UsageError } from '../base/errors.ts';
import { heapIsFull } from './memory.ts';
import { type HowToTurn, type Parcel, Share } from './share.ts';
import { SharedStates, type StatesHandle } from './shared-states.ts';
import type { TransitionSystem } from './system.ts';

/** A module that calls `serve`, and what it needs to know to make the same system. */
export interface CrewOrder {
  readonly script: URL;
  readonly data: unknown;
}

/** What all workers see: whether to stop, and by worker how far it is. */
export interface Board {
  readonly stop: Int32Array;
  /** By worker: `transitions`, `frontier`, `expanded`, `heap`, `waiting`, `added`. */
  readonly figures: Float64Array;
}

export const figuresEach = 6;

export type Request =
  | {
      readonly kind: 'join';
      readonly number: number;
      readonly states: StatesHandle;
      readonly refuted: unknown;
      readonly board: Board;
      readonly how: HowToTurn;
    }
  | { readonly kind: 'begin'; readonly states: StatesHandle; readonly refuted: unknown }
  | { readonly kind: 'move'; readonly states: StatesHandle; readonly workers: number }
  | { readonly kind: 'turn'; readonly how: HowToTurn }
  | { readonly kind: 'expand'; readonly end: number }
  | { readonly kind: 'give'; readonly count: number; readonly receiver: number }
  | { readonly kind: 'receive'; readonly parcel: Parcel; readonly sender: number }
  | { readonly kind: 'assumed' }
  | { readonly kind: 'learned' };

/** How a worker is after each request. */
export interface Reply {
  readonly waiting: readonly number[];
  readonly met: number;
  readonly cut: number;
  readonly transitions: number;
  readonly violated: number;
  /** States that it was the first to meet. */
  readonly added: number;
  readonly finished?: boolean;
  readonly parcel?: Parcel;
  /** What was taken for granted. */
  readonly made?: unknown;
  readonly learned?: unknown;
}

const idle: Reply = { waiting: [], met: 0, cut: 0, transitions: 0, violated: -1, added: 0 };

/** How often a worker says how far it is, in states expanded. */
const tellEvery = 256;
/** How often it looks how much memory it uses, ms. */
const weighEvery = 100;

/** One helper, as the first worker sees it. */
export class Helper {
  /** As it was at its last answer. */
  latest: Reply = idle;
  readonly ready: Promise<void>;
  private readonly worker: Worker;
  private settle: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  private broken: Error | undefined;

  constructor({ script, data }: CrewOrder) {
    this.worker = new Worker(script, { workerData: data });
    this.ready = new Promise((resolve, reject) => {
      this.settle = { resolve: () => resolve(), reject };
    });
    this.worker.on('message', (reply: Reply | { usageError: string }) => {
      if ('usageError' in reply) this.fails(new UsageError(reply.usageError));
      else {
        this.latest = reply;
        this.settle?.resolve(reply);
      }
    });
    this.worker.on('error', (error) => this.fails(error));
  }

  private fails(error: Error): void {
    this.broken = error;
    this.settle?.reject(error);
  }

  async ask(request: Request): Promise<Reply> {
    if (this.broken) throw this.broken;
    return await new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.worker.postMessage(request);
    });
  }

  async dismiss(): Promise<void> {
    await this.worker.terminate();
  }
}

/** What a helper's thread does, from its start to its end. */
export function serve<State>(port: MessagePort, makeSystem: () => TransitionSystem<State>): void {
  let helper: Serving<State> | undefined;
  port.on('message', (request: Request) => {
    try {
      helper ??= new Serving(makeSystem(), request as Extract<Request, { kind: 'join' }>);
      port.postMessage(helper.do(request));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      port.postMessage({ usageError: error.message });
    }
  });
  port.postMessage(idle);
}

class Serving<State> {
  private readonly system: TransitionSystem<State>;
  private share: Share<State>;
  private readonly board: Board;
  private readonly number: number;
  private states: SharedStates;
  private memory = 0;
  private weighedAt = Number.NEGATIVE_INFINITY;

  constructor(
    system: TransitionSystem<State>,
    { number, states, board }: Extract<Request, { kind: 'join' }>,
  ) {
    this.system = system;
    this.number = number;
    this.board = board;
    this.states = new SharedStates(states);
    this.share = new Share(system, this.states);
    // So that values which all begin with have the same numbers everywhere.
    system.initial();
  }

  do(request: Request): Reply {
    const more = this.answerTo(request);
    const { share } = this;
    this.tell();
    return {
      waiting: share.waitingByPart(),
      met: share.met,
      cut: share.cut,
      transitions: share.transitions,
      violated: share.violated,
      added: this.states.added,
      ...more,
    };
  }

  private answerTo(request: Request): Partial<Reply> {
    const { share } = this;
    switch (request.kind) {
      case 'join':
        this.system.assumptions?.begin(request.refuted);
        share.turn(request.how);
        return {};
      case 'begin':
        this.system.assumptions?.begin(request.refuted);
        this.states = new SharedStates(request.states);
        this.share = new Share(this.system, this.states);
        return {};
      case 'move':
        this.states = this.states.movedTo(request.states, this.number, request.workers);
        share.states = this.states;
        return {};
      case 'turn':
        share.turn(request.how);
        return {};
      case 'expand': {
        const { stop } = this.board;
        let untilTold = 0;
        const pause = () => {
          if (untilTold-- <= 0) {
            this.tell();
            untilTold = tellEvery;
          }
          return Atomics.load(stop, 0) !== 0;
        };
        return { finished: share.expand(request.end, pause) };
      }
      case 'give':
        return { parcel: share.give(request.count, request.receiver) };
      case 'receive':
        share.receive(request.parcel, request.sender);
        return {};
      case 'assumed':
        return { made: this.system.assumptions?.made() };
      case 'learned':
        return { learned: this.system.sharing?.learned() };
    }
  }

  private tell(): void {
    const { share, board, number } = this;
    if (performance.now() > this.weighedAt + weighEvery) this.weigh();
    const { transitions, waiting, met, expanded } = share;
    const { added } = this.states;
    const figures = [transitions, waiting + met, expanded, this.memory, waiting, added];
    board.figures.set(figures, figuresEach * number);
  }

  /** To ask how much memory is used takes long. */
  private weigh(): void {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    this.memory = heapUsed + arrayBuffers;
    this.weighedAt = performance.now();
    if (heapIsFull()) Atomics.store(this.board.stop, 0, 2);
  }
}
