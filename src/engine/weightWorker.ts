/** Entry of the worker threads. */
import { parentPort, workerData } from 'node:worker_threads';
import { NibbleError } from '../errors';
import { Kernels } from '../quant/kernels/kernels';
import type { WorkerCall, WorkerReply, WorkerSetup } from './weightMessages';
import { WeightWorker } from './weightOperations';

/** Progress is told this often: 1 % of a second's work. */
const PROGRESS_BYTES = 16 * 2 ** 20;

if (parentPort === null) throw new Error('This file is the entry of a worker thread.');
const port = parentPort;
const { kernels, capacity, cancelled } = workerData as WorkerSetup;
const cancelledCall = new Int32Array(cancelled);
let current = 0;
let unreported = 0;

const worker = new WeightWorker(new Kernels(kernels, capacity), {
  checkpoint: () => {
    if (Atomics.load(cancelledCall, 0) === current) throw new NibbleError('cancelled', 'Cancelled.');
  },
  finished: (bytes) => {
    unreported += bytes;
    if (unreported >= PROGRESS_BYTES) report();
  },
});

function reply(message: WorkerReply): void {
  port.postMessage(message);
}

function report(): void {
  if (unreported > 0) reply({ kind: 'bytes', id: current, bytes: unreported });
  unreported = 0;
}

function failure(id: number, error: unknown): WorkerReply {
  if (NibbleError.is(error)) return { kind: 'failure', id, reason: error.reason, message: error.message, subject: error.subject };
  return { kind: 'failure', id, reason: 'internal', message: error instanceof Error ? (error.stack ?? error.message) : String(error), subject: {} };
}

port.on('message', ({ id, name, argument }: WorkerCall) => {
  current = id;
  unreported = 0;
  try {
    const result: unknown = worker[name](argument as never);
    report();
    reply({ kind: 'result', id, result });
  } catch (error) {
    reply(failure(id, error));
  }
});
