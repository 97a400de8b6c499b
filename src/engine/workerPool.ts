import { Worker } from 'node:worker_threads';
import { NibbleError } from '../errors';
import type { CallOptions } from '../jobs/ports';
import { AbortListeners } from './abortListeners';
import type { ArgumentOf, ResultOf, WeightOperation, WorkerReply, WorkerSetup } from './weightMessages';

export interface WorkerPoolOptions {
  /** The bundled `weightWorker.ts`. */
  readonly workerFile: string;
  readonly threads: number;
  readonly setup: () => Omit<WorkerSetup, 'cancelled'>;
}

interface Call {
  readonly id: number;
  readonly name: WeightOperation;
  readonly argument: unknown;
  readonly options: CallOptions;
  readonly onAbort: () => void;
  resolve(result: unknown): void;
  reject(error: NibbleError): void;
}

interface Slot {
  readonly worker: Worker;
  readonly cancelled: Int32Array;
  call: Call | null;
}

/**
 * Worker threads that are started when they are first needed and kept. One call runs in a worker at a time; the others
 * wait in their order. A pool library would find its own entry file next to itself, which is lost in a bundle, and would
 * stop a call by killing its thread.
 */
export class WorkerPool {
  private readonly slots = new Set<Slot>();
  private readonly waiting: Call[] = [];
  private readonly aborts = new AbortListeners();
  private lastId = 0;
  private closed = false;

  constructor(private readonly options: WorkerPoolOptions) {}

  get threads(): number {
    return this.options.threads;
  }

  call<Name extends WeightOperation>(name: Name, argument: ArgumentOf<Name>, options: CallOptions = {}): Promise<ResultOf<Name>> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new NibbleError('engine-stopped', 'The worker threads have been stopped.'));
        return;
      }
      if (options.signal?.aborted) {
        reject(cancelled());
        return;
      }
      this.lastId = (this.lastId + 1) % 2 ** 31 || 1;
      const call: Call = { id: this.lastId, name, argument, options, onAbort: () => { this.abort(call); }, resolve: (result) => { resolve(result as ResultOf<Name>); }, reject };
      if (options.signal) this.aborts.add(options.signal, call.onAbort);
      this.waiting.push(call);
      this.next();
    });
  }

  /** Stops the threads. Calls under way or waiting are rejected with `engine-stopped`. */
  async close(): Promise<void> {
    this.closed = true;
    for (const call of this.waiting.splice(0)) this.settle(call, () => { call.reject(new NibbleError('engine-stopped', 'The worker threads have been stopped.')); });
    await Promise.all([...this.slots].map(({ worker }) => worker.terminate()));
  }

  private next(): void {
    while (this.waiting.length > 0) {
      const idle = [...this.slots].find(({ call }) => call === null);
      if (idle === undefined && this.slots.size >= this.options.threads) return;
      const call = this.waiting.shift()!;
      try {
        const slot = idle ?? this.start();
        slot.call = call;
        // Only a busy thread keeps the process alive.
        slot.worker.ref();
        slot.worker.postMessage({ id: call.id, name: call.name, argument: call.argument });
      } catch (cause) {
        this.settle(call, () => { call.reject(new NibbleError('internal', 'A worker thread could not be started. Install Nibble again if this stays so.', {}, { cause })); });
      }
    }
  }

  private start(): Slot {
    const flag = new SharedArrayBuffer(4);
    const setup: WorkerSetup = { ...this.options.setup(), cancelled: flag };
    const slot: Slot = { worker: new Worker(this.options.workerFile, { workerData: setup }), cancelled: new Int32Array(flag), call: null };
    slot.worker.on('message', (reply: WorkerReply) => { this.receive(slot, reply); });
    slot.worker.on('error', (cause) => { this.lose(slot, cause); });
    slot.worker.on('exit', () => { this.lose(slot, undefined); });
    this.slots.add(slot);
    return slot;
  }

  private receive(slot: Slot, reply: WorkerReply): void {
    const { call } = slot;
    if (call?.id !== reply.id) return;
    if (reply.kind === 'bytes') {
      call.options.onBytes?.(reply.bytes);
      return;
    }
    slot.call = null;
    slot.worker.unref();
    this.settle(call, () => {
      if (reply.kind === 'result') call.resolve(reply.result);
      else call.reject(new NibbleError(reply.reason, reply.message, reply.subject));
    });
    this.next();
  }

  /** A thread that has ended takes its call with it; the next call starts another thread. */
  private lose(slot: Slot, cause: unknown): void {
    this.slots.delete(slot);
    const { call } = slot;
    slot.call = null;
    if (call !== null) {
      const reason = this.closed ? 'engine-stopped' : 'internal';
      this.settle(call, () => { call.reject(new NibbleError(reason, 'A worker thread stopped in the middle of its work. Try again.', {}, { cause })); });
    }
    if (!this.closed) this.next();
  }

  private abort(call: Call): void {
    const index = this.waiting.indexOf(call);
    if (index >= 0) {
      this.waiting.splice(index, 1);
      this.settle(call, () => { call.reject(cancelled()); });
      return;
    }
    for (const slot of this.slots) if (slot.call === call) Atomics.store(slot.cancelled, 0, call.id);
  }

  private settle(call: Call, outcome: () => void): void {
    const { signal } = call.options;
    if (signal) this.aborts.remove(signal, call.onAbort);
    outcome();
  }
}

function cancelled(): NibbleError {
  return new NibbleError('cancelled', 'Cancelled.');
}
