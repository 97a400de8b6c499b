import type { ErrorReason, ErrorSubject } from '../errors';
import type { StoredNumbersTask, WeightDestination, WeightTask } from '../jobs/ports';
import type { Coding } from '../quant/coding';
import type { DifferenceSums, MatrixOrder } from '../quant/difference';
import type { SpanRanges } from '../quant/kernels/passes';
import type { GroupRanges, Parameters as GroupMapping } from '../quant/parameters';
import type { ErrorSums } from '../quant/reference';
import type { Granularity, IntegerScheme } from '../quant/scheme';
import type { ValueSums } from '../quant/statistics';

/** A half-open range of units, chunks or elements. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** Some chunks of the span that starts with `unit`; see `spansOf`. */
export interface SpanPart extends Part {
  readonly task: WeightTask;
  readonly granularity: Granularity;
  readonly unit: number;
}

/** Units of a tensor that no other thread works on. */
export interface UnitPart extends Part {
  readonly task: WeightTask;
}

/** Elements of a tensor. */
export interface ElementPart extends Part {
  readonly task: WeightTask;
}

/** Equal bins over [low, high]. */
export interface Bins {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** A coding with the decided ranges of a span's groups. */
export interface Settled {
  readonly coding: Coding;
  readonly ranges: GroupRanges;
}

export interface SweepResult {
  readonly signal: number;
  /** Parallel to the schemes. */
  readonly errors: readonly ErrorSums[];
}

export interface ErrorHistogram {
  readonly counts: Float64Array;
  /** Parameters of the part's first group. */
  readonly first: GroupMapping;
}

/**
 * What a worker thread can be asked. Every call is one message with plain data; the files are opened by the worker.
 * `malformed` when ranges are wanted of values that hold NaN or an infinity.
 */
export interface WeightOperations {
  /** Ranges, parameters and errors of units, and with `into` also codes, scales and zero points. All schemes have one granularity; one if they are written. */
  sweep(part: UnitPart & { readonly schemes: readonly IntegerScheme[]; readonly into: WeightDestination | null }): SweepResult;
  errorHistogram(part: UnitPart & { readonly scheme: IntegerScheme; readonly bins: Bins }): ErrorHistogram;
  /** The steps of a sweep for a span that several threads share. */
  ranges(part: SpanPart): SpanRanges;
  noises(part: SpanPart & { readonly coding: Coding; readonly candidates: readonly GroupRanges[] }): readonly Float64Array[];
  measure(part: SpanPart & { readonly settled: readonly Settled[] }): readonly ErrorSums[];
  quantize(part: SpanPart & { readonly settled: Settled; readonly into: WeightDestination }): ErrorSums;
  /** Scales and zero points of all groups of the tensor. */
  storeParameters(tensor: { readonly task: WeightTask; readonly settled: Settled; readonly into: WeightDestination }): void;
  /** Errors of float16, and with `into` also the float16 values. */
  halves(part: ElementPart & { readonly into: WeightDestination | null }): SweepResult;
  halfErrorHistogram(part: ElementPart & { readonly bins: Bins }): Float64Array;
  /** Smallest and largest value of each channel of the units. NaN is passed over. */
  channelRanges(part: UnitPart & { readonly granularity: Granularity }): GroupRanges;
  /** Compares elements of two tensors. With `order` the second one is decoded as a whole: `from` is 0 and `to` the end. */
  difference(pair: Part & { readonly first: StoredNumbersTask; readonly second: StoredNumbersTask; readonly order: MatrixOrder | null }): DifferenceSums;
  sums(part: ElementPart): ValueSums;
  histogram(part: ElementPart & { readonly bins: Bins }): Float64Array;
}

export type WeightOperation = keyof WeightOperations;

/** Main thread to worker. */
export interface WorkerCall<Name extends WeightOperation = WeightOperation> {
  readonly id: number;
  readonly name: Name;
  readonly argument: ArgumentOf<Name>;
}

export type ArgumentOf<Name extends WeightOperation> = Parameters<WeightOperations[Name]>[0];
export type ResultOf<Name extends WeightOperation> = ReturnType<WeightOperations[Name]>;

/** Worker to main thread. */
export type WorkerReply =
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly reason: ErrorReason; readonly message: string; readonly subject: ErrorSubject };

/** What a worker is started with. */
export interface WorkerSetup {
  readonly kernels: WebAssembly.Module;
  /** Elements in a chunk. */
  readonly capacity: number;
  /** One Int32: the id of the call that is to stop. */
  readonly cancelled: SharedArrayBuffer;
}
