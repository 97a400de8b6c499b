/** The lowest and highest code of each channel. */
export interface CodeRanges {
  readonly low: Int16Array;
  readonly high: Int16Array;
}

/** Most channels that are kept apart; no operator has as many, but a file may claim any shape. */
export const MAX_CHANNELS = 2 ** 24;

/** Finds the range of codes of each channel in one pass over the elements, in whatever pieces they come. */
export class RangeFinder {
  private readonly channels: number;
  /** Elements of one channel that follow each other. */
  private readonly run: number;
  private readonly low: Int16Array;
  private readonly high: Int16Array;

  /** `axis` −1: the whole tensor is one channel, as is a tensor with too many. */
  constructor(dims: readonly number[], axis: number) {
    const channels = dims[axis] ?? 1;
    const isWhole = axis < 0 || channels > MAX_CHANNELS;
    this.channels = isWhole ? 1 : channels;
    this.run = isWhole ? Infinity : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    this.low = new Int16Array(this.channels).fill(32767);
    this.high = new Int16Array(this.channels).fill(-32768);
  }

  /** `at`: position of the first element in the tensor. */
  take(codes: Int8Array | Uint8Array, at: number): void {
    const { channels, run, low, high } = this;
    if (run === 1) {
      this.takeInterleaved(codes, at % channels);
      return;
    }
    let position = 0;
    let channel = run === Infinity ? 0 : Math.floor(at / run) % channels;
    let left = run === Infinity ? codes.length : run - (at % run);
    while (position < codes.length) {
      const end = Math.min(codes.length, position + left);
      let lowest = low[channel]!;
      let highest = high[channel]!;
      for (; position < end; position += 1) {
        const code = codes[position]!;
        if (code < lowest) lowest = code;
        if (code > highest) highest = code;
      }
      low[channel] = lowest;
      high[channel] = highest;
      channel = channel + 1 === channels ? 0 : channel + 1;
      left = run;
    }
  }

  /** Each element belongs to another channel than the one before. */
  private takeInterleaved(codes: Int8Array | Uint8Array, first: number): void {
    const { channels, low, high } = this;
    let channel = first;
    for (let position = 0; position < codes.length; position += 1) {
      const code = codes[position]!;
      if (code < low[channel]!) low[channel] = code;
      if (code > high[channel]!) high[channel] = code;
      channel += 1;
      if (channel === channels) channel = 0;
    }
  }

  result(): CodeRanges {
    return { low: this.low, high: this.high };
  }
}
