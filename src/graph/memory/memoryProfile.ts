/** Bytes of activations under one assumption about how they are stored. */
export interface MemoryUse {
  /** Of every tensor, model inputs included: what it takes when nothing is freed. */
  readonly sum: number;
  /** The most that is alive at once. */
  readonly peak: number;
  /** The layer that runs then. */
  readonly peakLayer: number;
  /** Alive while each layer runs, by its index; the layer's inputs and outputs included. */
  readonly timeline: readonly number[];
}

/** A tensor and how long its memory is needed. */
export interface LiveTensor {
  readonly name: string;
  readonly bytes: number;
  /** The layer that makes it; null: a model input. */
  readonly layer: number | null;
  /** The layers between which it is alive. */
  readonly from: number;
  readonly to: number;
}

/**
 * Memory of activations when layers run one after the other in the order of the table. Constants do not count, a view
 * lives in its source's memory. Plain data; crosses processes. See `buffers.ts` for the rules.
 */
export interface MemoryProfile {
  readonly inputBytes: number;
  /** Every operator writes to memory of its own. */
  readonly separate: MemoryUse;
  /** Elementwise operators overwrite an input that nobody else needs. */
  readonly inPlace: MemoryUse;
  /** As `separate`, with float tensors as 8-bit codes. */
  readonly eightBit: MemoryUse;
  /** No order of execution needs less: the inputs and outputs of one layer. */
  readonly lowerBound: number;
  readonly lowerBoundLayer: number;
  /** What is alive at the peak of `separate`, the largest first; at most `MAX_PEAK_TENSORS`. */
  readonly peakTensors: readonly LiveTensor[];
  /** Tensors of unknown size, which count nothing. */
  readonly unknown: number;
}
