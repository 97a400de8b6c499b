import { BucketCounter } from './buckets';
import type { Buckets } from './buckets';

/** What was seen of one tensor over all samples. Plain data of bounded size; crosses processes. */
export interface Observation {
  /** Samples in which the tensor held a NaN or an infinity. They are in none of the figures below but the counts. */
  readonly nonFinite: number;
  /** Number of the first of them (from 0); −1: there was none. */
  readonly firstNonFinite: number;
  /** Smallest and largest value; 0 and 0 when there was none. */
  readonly low: number;
  readonly high: number;
  /** Numbers of the samples (from 0) that brought them first; −1: none did. */
  readonly lowSample: number;
  readonly highSample: number;
  /** Mean over the samples of each sample's smallest and largest value. */
  readonly averageLow: number;
  readonly averageHigh: number;
  /** Of the finite values; null when values were not counted. */
  readonly buckets: Buckets | null;
  /** Range of each channel, zero within; null when it was not asked for, or the number of channels changed between samples. */
  readonly channels: { readonly low: Float32Array; readonly high: Float32Array } | null;
}

/** One sample's extremes: of each channel, or one of each kind for the whole tensor. */
export interface Extremes {
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** A number that is not finite when one of the values is not: their sum. */
  readonly sum: number;
}

/** Gathers what range methods need to know of one tensor. Its memory does not grow with the number of samples. */
export class TensorObserver {
  readonly #counter: BucketCounter | null;
  #samples = 0;
  #filled = 0;
  #nonFinite = 0;
  #firstNonFinite = -1;
  #low = Infinity;
  #high = -Infinity;
  #lowSample = -1;
  #highSample = -1;
  #lowSum = 0;
  #highSum = 0;
  #channels: { readonly low: Float32Array; readonly high: Float32Array } | null = null;
  #channelsDiffer = false;

  /**
   * @param perChannel whether extremes come for each channel.
   * @param counted whether values come, too.
   */
  constructor(
    private readonly perChannel: boolean,
    counted: boolean,
  ) {
    this.#counter = counted ? new BucketCounter() : null;
  }

  /** Adds one sample; `values` where they are counted. */
  add(extremes: Extremes, values: Float32Array | null): void {
    if (values !== null) this.#counter?.add(values);
    if (Number.isFinite(extremes.sum)) this.#addExtremes(extremes);
    else {
      this.#nonFinite += 1;
      if (this.#firstNonFinite < 0) this.#firstNonFinite = this.#samples;
    }
    this.#samples += 1;
  }

  result(): Observation {
    const seen = this.#filled > 0;
    return {
      nonFinite: this.#nonFinite,
      firstNonFinite: this.#firstNonFinite,
      low: seen ? this.#low : 0,
      high: seen ? this.#high : 0,
      lowSample: this.#lowSample,
      highSample: this.#highSample,
      averageLow: seen ? this.#lowSum / this.#filled : 0,
      averageHigh: seen ? this.#highSum / this.#filled : 0,
      buckets: this.#counter?.buckets() ?? null,
      channels: this.#channelsDiffer ? null : this.#channels,
    };
  }

  #addExtremes({ low: lows, high: highs }: Extremes): void {
    const low = lows.reduce((least, value) => Math.min(least, value), Infinity);
    const high = highs.reduce((most, value) => Math.max(most, value), -Infinity);
    // The extremes of no values at all are the other way round.
    if (low > high) return;
    this.#filled += 1;
    this.#lowSum += low;
    this.#highSum += high;
    if (low < this.#low) [this.#low, this.#lowSample] = [low, this.#samples];
    if (high > this.#high) [this.#high, this.#highSample] = [high, this.#samples];
    if (this.perChannel) this.#addChannels(lows, highs);
  }

  #addChannels(lows: Float32Array, highs: Float32Array): void {
    const channels = (this.#channels ??= { low: new Float32Array(lows.length), high: new Float32Array(lows.length) });
    if (channels.low.length !== lows.length) {
      this.#channelsDiffer = true;
      return;
    }
    lows.forEach((low, channel) => { channels.low[channel] = Math.min(channels.low[channel]!, low); });
    highs.forEach((high, channel) => { channels.high[channel] = Math.max(channels.high[channel]!, high); });
  }
}
