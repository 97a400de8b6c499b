import { BucketCounter } from './buckets';
import type { Buckets } from './buckets';

/** What was seen of one tensor over all samples. Plain data of bounded size; crosses processes. */
export interface Observation {
  readonly elements: number;
  readonly nonFinite: number;
  /** Number of the first sample (from 0) that brought a NaN or an infinity; −1: none did. */
  readonly firstNonFinite: number;
  /** Smallest and largest finite value; 0 and 0 when there was none. */
  readonly low: number;
  readonly high: number;
  /** Numbers of the samples (from 0) that brought them first; −1: none did. */
  readonly lowSample: number;
  readonly highSample: number;
  /** Mean over the samples of each sample's smallest and largest finite value. */
  readonly averageLow: number;
  readonly averageHigh: number;
  readonly buckets: Buckets;
  /** Range of each channel; null when it was not asked for, or the number of channels changed between samples. */
  readonly channels: { readonly low: Float32Array; readonly high: Float32Array } | null;
}

/** Gathers what range methods need to know of one tensor. Its memory does not grow with the number of samples. */
export class TensorObserver {
  readonly #counter = new BucketCounter();
  #samples = 0;
  #filled = 0;
  #elements = 0;
  #firstNonFinite = -1;
  #low = Infinity;
  #high = -Infinity;
  #lowSample = -1;
  #highSample = -1;
  #lowSum = 0;
  #highSum = 0;
  #channels: { readonly low: Float32Array; readonly high: Float32Array } | null = null;
  #channelsDiffer = false;

  /** @param channelAxis axis whose entries are observed one by one; negative ones count from the last; null: none. */
  constructor(private readonly channelAxis: number | null) {}

  /** Adds one sample's values, in row-major order of `dims`. */
  add(values: Float32Array, dims: readonly number[]): void {
    this.#counter.add(values);
    this.#elements += values.length;
    let low = Infinity;
    let high = -Infinity;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index]!;
      if (value < low && value !== -Infinity) low = value;
      if (value > high && value !== Infinity) high = value;
    }
    if (low <= high) {
      this.#filled += 1;
      this.#lowSum += low;
      this.#highSum += high;
      if (low < this.#low) [this.#low, this.#lowSample] = [low, this.#samples];
      if (high > this.#high) [this.#high, this.#highSample] = [high, this.#samples];
    }
    if (this.#firstNonFinite < 0 && this.#counter.nonFinite > 0) this.#firstNonFinite = this.#samples;
    this.#samples += 1;
    if (this.channelAxis !== null) this.#addChannels(values, dims, this.channelAxis < 0 ? this.channelAxis + dims.length : this.channelAxis);
  }

  result(): Observation {
    const seen = this.#filled > 0;
    return {
      elements: this.#elements,
      nonFinite: this.#counter.nonFinite,
      firstNonFinite: this.#firstNonFinite,
      low: seen ? this.#low : 0,
      high: seen ? this.#high : 0,
      lowSample: this.#lowSample,
      highSample: this.#highSample,
      averageLow: seen ? this.#lowSum / this.#filled : 0,
      averageHigh: seen ? this.#highSum / this.#filled : 0,
      buckets: this.#counter.buckets(),
      channels: this.#channelsDiffer ? null : this.#channels,
    };
  }

  #addChannels(values: Float32Array, dims: readonly number[], axis: number): void {
    const count = dims[axis] ?? 0;
    const channels = (this.#channels ??= { low: new Float32Array(count), high: new Float32Array(count) });
    if (channels.low.length !== count) this.#channelsDiffer = true;
    if (this.#channelsDiffer || count === 0) return;
    const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    for (let start = 0, channel = 0; start < values.length; start += inner, channel = channel + 1 === count ? 0 : channel + 1) {
      let low = channels.low[channel]!;
      let high = channels.high[channel]!;
      for (let index = start; index < start + inner; index += 1) {
        const value = values[index]!;
        if (value < low && value !== -Infinity) low = value;
        if (value > high && value !== Infinity) high = value;
      }
      channels.low[channel] = low;
      channels.high[channel] = high;
    }
  }
}
