/**
 * Counts pairs of int8 weights whose products with two 8-bit activations can saturate. x64 processors without VNNI multiply
 * unsigned with signed bytes and add each two neighbours along the sum in 16 bits. The sum of 255 × w₁ and 255 × w₂ leaves
 * −32768..32767 when |w₁ + w₂| > 128.
 */
export interface PairCount {
  readonly pairs: number;
  readonly saturating: number;
}

/**
 * How an operator sums the elements of a weight: a matrix along one axis; a convolution, whose activations are laid out with
 * channels last, over kernel positions and, within each, over input channels.
 */
export type Reduction = { readonly kind: 'matrix'; readonly axis: number } | { readonly kind: 'convolution' };

/** The largest sum that is safe with every activation: 255 × 128 = 32640. */
export const SAFE_SUM = 128;

/** Most bytes that are held back until their partner comes: one row of a matrix, or one filter. */
export const MAX_HELD_BYTES = 2 ** 26;

/** Counts in one pass over the elements, in whatever pieces they come. */
export abstract class PairCounter {
  protected pairs = 0;
  protected saturating = 0;

  /** Null for shapes whose rows or filters are too large to hold, or that the reduction does not fit. */
  static for(dims: readonly number[], reduction: Reduction): PairCounter | null {
    if (reduction.kind === 'convolution') {
      const [, channels = 0, ...kernel] = dims;
      const positions = product(kernel);
      return channels * positions > MAX_HELD_BYTES || dims.length < 3 ? null : new FilterPairs(channels, positions);
    }
    const { axis } = reduction;
    const length = dims[axis];
    const inner = product(dims.slice(axis + 1));
    return length === undefined || axis < 0 || inner > MAX_HELD_BYTES ? null : new RowPairs(length, inner);
  }

  /** `at`: position of the first element in the tensor. */
  abstract take(codes: Int8Array, at: number): void;

  result(): PairCount {
    return { pairs: this.pairs, saturating: this.saturating };
  }
}

/** Rows of `inner` elements, `length` of which are summed up; then the next `length`. An odd last row has no partner. */
class RowPairs extends PairCounter {
  /** The last row of even number. */
  private readonly held: Int8Array;

  constructor(
    private readonly length: number,
    private readonly inner: number,
  ) {
    super();
    this.held = new Int8Array(inner);
  }

  take(codes: Int8Array, at: number): void {
    const { length, inner, held } = this;
    let row = Math.floor(at / inner) % length;
    let column = at % inner;
    for (let position = 0; position < codes.length; ) {
      const step = Math.min(inner - column, codes.length - position);
      if (row % 2 === 0) {
        if (step === 1) held[column] = codes[position]!;
        else held.set(codes.subarray(position, position + step), column);
      } else {
        let found = 0;
        for (let index = 0; index < step; index += 1) {
          const sum = held[column + index]! + codes[position + index]!;
          if (sum > SAFE_SUM || sum < -SAFE_SUM) found += 1;
        }
        this.pairs += step;
        this.saturating += found;
      }
      position += step;
      column = 0;
      row = row + 1 === length ? 0 : row + 1;
    }
  }
}

/** Filters of `channels` × `positions` elements, summed with the channels running fastest. */
class FilterPairs extends PairCounter {
  private readonly filter: Int8Array;

  constructor(
    private readonly channels: number,
    private readonly positions: number,
  ) {
    super();
    this.filter = new Int8Array(channels * positions);
  }

  take(codes: Int8Array, at: number): void {
    const { filter } = this;
    let filled = at % filter.length;
    for (let position = 0; position < codes.length; ) {
      const step = Math.min(filter.length - filled, codes.length - position);
      filter.set(codes.subarray(position, position + step), filled);
      position += step;
      filled += step;
      if (filled === filter.length) {
        this.count();
        filled = 0;
      }
    }
  }

  private count(): void {
    const { channels, positions, filter } = this;
    let channel = 0;
    let position = 0;
    let held = 0;
    for (let index = 0; index < filter.length; index += 1) {
      const code = filter[channel * positions + position]!;
      if (index % 2 === 0) held = code;
      else {
        const sum = held + code;
        if (sum > SAFE_SUM || sum < -SAFE_SUM) this.saturating += 1;
      }
      channel += 1;
      if (channel === channels) {
        channel = 0;
        position += 1;
      }
    }
    this.pairs += Math.floor(filter.length / 2);
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((total, dim) => total * dim, 1);
}
