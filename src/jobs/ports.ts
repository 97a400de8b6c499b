import type { Tensor } from '../onnx/model';
import type { DataType } from '../onnx/dtypes';
import type { IntegerScheme } from '../quant/scheme';
import type { MatrixOrder } from '../quant/difference';
import type { StoredValues } from '../quant/storedValues';
import type { Histogram, WeightDifference, WeightError } from './records';

/** Where a worker thread reads a tensor: it opens the file itself, so that no weights travel between threads. */
export type WeightSource =
  | { readonly kind: 'file'; readonly path: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A stored tensor and the axes along which a scheme groups its values. */
export interface WeightTask {
  readonly source: WeightSource;
  /** 'float', 'float16', 'bfloat16' or 'double'. */
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly channelAxis: number;
  readonly blockAxis: number;
}

/** Positions in the output file at which a quantized tensor's parts are written. */
export interface WeightDestination {
  readonly path: string;
  readonly codes: number;
  readonly scales: number;
  /** Null where the scheme has no stored zero points. */
  readonly zeroPoints: number | null;
}

export type MeasurableScheme = IntegerScheme | { readonly kind: 'float16' };

export interface WeightStatistics {
  readonly elements: number;
  readonly zeros: number;
  readonly nonFinite: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly deviation: number;
}

export interface WeightInspection {
  readonly statistics: WeightStatistics;
  readonly values: Histogram;
  readonly errors: Histogram | null;
  /** Range of each channel, in channel order. */
  readonly channels: readonly { readonly low: number; readonly high: number }[];
  /** Scale and zero point of the first group; null for float. */
  readonly firstGroup: { readonly scale: number; readonly zeroPoint: number } | null;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of source bytes finished since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * The arithmetic on weights, behind one interface: worker threads with SIMD kernels in the product, a plain function in
 * tests. Rejects with `cancelled` within 200 ms of an abort, with `malformed` when a tensor holds NaN or an infinity, and
 * with `unsupported` when its type or its values are beyond the scheme; the message of these two is a part of a sentence
 * about the tensor ("it holds …").
 */
export interface WeightPort {
  /** Errors of one tensor under several schemes, in their order; one pass over the file where the schemes allow it. */
  measure(task: WeightTask, schemes: readonly MeasurableScheme[], options?: CallOptions): Promise<readonly WeightError[]>;
  statistics(task: WeightTask, options?: CallOptions): Promise<WeightStatistics>;
  inspect(task: WeightTask, scheme: MeasurableScheme | null, options?: CallOptions): Promise<WeightInspection>;
  /** Writes codes, scales and zero points in their ONNX storage form (sub-byte codes packed, low nibble first). */
  quantize(task: WeightTask, scheme: MeasurableScheme, to: WeightDestination, options?: CallOptions): Promise<WeightError>;
  /**
   * How far the second tensor's numbers are from the first's, over all elements of the first. `order`: where the second holds
   * them, when it holds them in another order.
   */
  difference(first: StoredNumbersTask, second: StoredNumbersTask, order: MatrixOrder | null, options?: CallOptions): Promise<WeightDifference>;
  close(): Promise<void>;
}

/** A stored tensor with what its codes mean. */
export interface StoredNumbersTask {
  readonly source: WeightSource;
  readonly values: StoredValues;
}

/** Says where a worker finds a tensor's elements, in the layout of `raw_data`. */
export type LocateWeights = (tensor: Tensor) => WeightSource;
