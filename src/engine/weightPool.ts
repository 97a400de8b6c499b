import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { NibbleError } from '../errors';
import type { CallOptions, MeasurableScheme, WeightDestination, WeightInspection, StoredNumbersTask, WeightPort, WeightSource, WeightStatistics, WeightTask } from '../jobs/ports';
import type { WeightDifference, WeightError } from '../jobs/records';
import type { MatrixOrder } from '../quant/difference';
import { NO_DIFFERENCE, addDifferences } from '../quant/difference';
import { NO_ERROR, addErrors } from '../quant/kernels/passes';
import { elementCount } from '../quant/layout';
import type { ErrorSums } from '../quant/reference';
import { beyondReach } from '../quant/reach';
import { sqnrDb } from '../quant/sqnr';
import { together } from './together';
import { WeightInspector } from './weightInspection';
import type { SweepResult } from './weightMessages';
import type { Division } from './weightSweep';
import { WeightSweep, partsOf } from './weightSweep';
import { WorkerPool } from './workerPool';

/** A chunk is 512 KiB of float32: with its codes it stays in a core's cache from the first pass to the last. */
const DIVISION: Division = {
  chunk: 2 ** 17,
  /** 8 MiB of float32: some milliseconds of work, to which a message adds nothing. */
  piece: 2 ** 21,
  /** Twice the largest vocabulary in use. A search over as many ranges takes 100 MB. */
  streamedGroups: 2 ** 19,
};

/** Threads beyond these wait for memory, not for arithmetic, and each takes some 15 MB. */
const MOST_THREADS = 8;

export interface WeightPoolOptions {
  /** dist/worker.js; dist/kernels.wasm is beside it. */
  readonly workerFile: string;
  /** 0: as many as the machine has cores, at most 8. */
  readonly threads: number;
  readonly division?: Division;
}

/** The arithmetic on weights, on worker threads that are started when they are first needed. */
export function createWeightPool({ workerFile, threads, division = DIVISION }: WeightPoolOptions): WeightPort {
  let kernels: WebAssembly.Module | null = null;
  const setup = (): { kernels: WebAssembly.Module; capacity: number } => {
    kernels ??= new WebAssembly.Module(readFileSync(join(dirname(workerFile), 'kernels.wasm')));
    return { kernels, capacity: division.chunk };
  };
  return new WeightPool(new WorkerPool({ workerFile: resolve(workerFile), threads: threads || Math.min(availableParallelism(), MOST_THREADS), setup }), division);
}

class WeightPool implements WeightPort {
  private readonly sweep: WeightSweep;
  private readonly inspector: WeightInspector;

  constructor(
    private readonly pool: WorkerPool,
    private readonly division: Division,
  ) {
    this.sweep = new WeightSweep(pool, division);
    this.inspector = new WeightInspector(pool, division);
  }

  /** Errors are infinite where the format's largest value is exceeded (float16, or scales near float32's limit). */
  async measure(given: WeightTask, schemes: readonly MeasurableScheme[], options: CallOptions = {}): Promise<readonly WeightError[]> {
    const task = shared(given);
    refuseOtherTypes(task);
    const sweeps = sweepsOf(schemes);
    const { onBytes } = options;
    // Together the sweeps report the tensor's bytes once.
    const share: CallOptions = { ...options, ...(onBytes && { onBytes: (bytes) => { onBytes(bytes / sweeps.length); } }) };
    const errors = new Map<MeasurableScheme, WeightError>();
    await this.countingNonFinite(task, options, async () => {
      for (const alike of sweeps) {
        const integers = alike.filter((scheme) => scheme.kind === 'integer');
        const result = integers.length > 0 ? await this.sweep.run(task, integers, null, share) : await this.halves(task, null, share);
        // A sweep of float16 has one result, however many records ask for it.
        alike.forEach((scheme, index) => errors.set(scheme, weightError(result.signal, result.errors[integers.length > 0 ? index : 0]!)));
      }
    });
    return schemes.map((scheme) => errors.get(scheme)!);
  }

  statistics(task: WeightTask, options: CallOptions = {}): Promise<WeightStatistics> {
    return this.inspector.statistics(shared(task), options);
  }

  async inspect(given: WeightTask, scheme: MeasurableScheme | null, options: CallOptions = {}): Promise<WeightInspection> {
    const task = shared(given);
    const { maxError } = scheme === null ? { maxError: 0 } : (await this.measure(task, [scheme], options))[0]!;
    return this.inspector.inspect(task, scheme, maxError, options);
  }

  async quantize(given: WeightTask, scheme: MeasurableScheme, into: WeightDestination, options: CallOptions = {}): Promise<WeightError> {
    const task = shared(given);
    refuseOtherTypes(task);
    const result = await this.countingNonFinite(task, options, () =>
      scheme.kind === 'float16' ? this.halves(task, into, options) : this.sweep.run(task, [scheme], into, options),
    );
    const error = weightError(result.signal, result.errors[0]!);
    if (!Number.isFinite(error.noise)) throw new NibbleError('unsupported', beyondReach(scheme.kind, task.dataType));
    return error;
  }

  async difference(first: StoredNumbersTask, second: StoredNumbersTask, order: MatrixOrder | null, { signal, onBytes }: CallOptions = {}): Promise<WeightDifference> {
    const elements = elementCount(first.values.dims);
    const pair = { first: { ...first, source: sharedSource(first.source) }, second: { ...second, source: sharedSource(second.source) }, order };
    // Pieces begin at whole bytes of every packing. A tensor that has to be put in order is decoded once.
    const parts = order === null ? partsOf(elements, this.division.piece) : [{ from: 0, to: elements }];
    const results = await together(signal, parts.map((part) => (either) => this.pool.call('difference', { ...pair, ...part }, { signal: either, ...(onBytes && { onBytes }) })));
    const sums = results.reduce(addDifferences, NO_DIFFERENCE);
    return { ...sums, elements, sqnrDb: sqnrDb(sums.signal, sums.noise) };
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async halves(task: WeightTask, into: WeightDestination | null, { signal, onBytes }: CallOptions): Promise<SweepResult> {
    const results = await together(
      signal,
      partsOf(elementCount(task.dims), this.division.piece).map((part) => (either) => this.pool.call('halves', { task, ...part, into }, { signal: either, ...(onBytes && { onBytes }) })),
    );
    return {
      signal: results.reduce((total, result) => total + result.signal, 0),
      errors: [results.reduce((sums, { errors }) => addErrors(sums, errors[0]!), NO_ERROR)],
    };
  }

  /** Says how many values are not finite when that is what stopped the work. */
  private async countingNonFinite<T>(task: WeightTask, { signal }: CallOptions, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!NibbleError.is(error, 'malformed')) throw error;
      const { nonFinite, elements } = await this.inspector.statistics(task, signal ? { signal } : {});
      if (nonFinite === 0) throw error;
      throw new NibbleError('malformed', `${nonFinite} of ${elements} values are NaN or infinite, which no other format can hold`, error.subject, { cause: error });
    }
  }
}

/** The different schemes, those of one granularity together: they share a sweep. */
function sweepsOf(schemes: readonly MeasurableScheme[]): (readonly MeasurableScheme[])[] {
  const sweeps = new Map<string, MeasurableScheme[]>();
  for (const scheme of new Set(schemes)) {
    const key = scheme.kind === 'float16' ? 'float16' : JSON.stringify(scheme.granularity);
    const alike = sweeps.get(key) ?? [];
    sweeps.set(key, [...alike, scheme]);
  }
  return [...sweeps.values()];
}

function weightError(signal: number, { noise, maxError }: ErrorSums): WeightError {
  return { sqnrDb: sqnrDb(signal, noise), maxError, signal, noise };
}

/** DequantizeLinear gives what its scale is: ONNX Runtime knows float and float16. */
function refuseOtherTypes({ dataType }: WeightTask): void {
  if (dataType === 'float' || dataType === 'float16') return;
  throw new NibbleError('unsupported', `onnxruntime has no DequantizeLinear that gives ${dataType}`);
}

/** Bytes that came with the task are put where all threads can read them without a copy each. */
function shared(task: WeightTask): WeightTask {
  const source = sharedSource(task.source);
  return source === task.source ? task : { ...task, source };
}

function sharedSource(source: WeightSource): WeightSource {
  if (source.kind === 'file' || source.bytes.buffer instanceof SharedArrayBuffer) return source;
  const bytes = new Uint8Array(new SharedArrayBuffer(source.bytes.length));
  bytes.set(source.bytes);
  return { kind: 'bytes', bytes };
}
