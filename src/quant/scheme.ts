import type { Granularity } from '../graph/layer';

/** Bits of one weight code. */
export type WeightBits = 2 | 4 | 8 | 16;

export type { Granularity };

/** How a range is found: the extremes, or the clipped range with the least squared error. */
export type RangeMethod = 'minmax' | 'mse';

/** An affine integer format for weights: x ≈ (q − zeroPoint) × scale. */
export interface IntegerScheme {
  readonly kind: 'integer';
  readonly bits: WeightBits;
  /** intN when true, uintN when false. */
  readonly signed: boolean;
  /** True: the range is symmetric around zero (zero point at the middle code). */
  readonly symmetric: boolean;
  /** True: 8-bit codes keep to half of their type, so that two products of them with 8-bit activations fit into 16 bits. */
  readonly reduced?: true;
  readonly granularity: Granularity;
  readonly range: RangeMethod;
}

export interface Float16Scheme {
  readonly kind: 'float16';
}

/** Keep the weights as they are. */
export interface KeepFloat {
  readonly kind: 'float';
}

/** What is done with one layer's weights. */
export type WeightScheme = IntegerScheme | Float16Scheme | KeepFloat;

export type IntegerFormat = 'int2' | 'uint2' | 'int4' | 'uint4' | 'int8' | 'uint8' | 'int16' | 'uint16';
export type WeightFormat = IntegerFormat | 'float16' | 'float';

/** The ONNX element type that holds the codes of a scheme. */
export function formatOf(scheme: WeightScheme): WeightFormat {
  return scheme.kind === 'integer' ? `${scheme.signed ? '' : 'u'}int${scheme.bits}` : scheme.kind;
}

/** A key that is equal for equal schemes; used by caches and by messages. Example: `int4-sym-block32-mse`. */
export function schemeKey(scheme: WeightScheme): string {
  if (scheme.kind !== 'integer') return scheme.kind;
  const granularity = typeof scheme.granularity === 'string' ? scheme.granularity : `block${scheme.granularity.block}`;
  return `${formatOf(scheme)}-${scheme.symmetric ? 'sym' : 'asym'}-${granularity}-${scheme.range}${scheme.reduced ? '-reduced' : ''}`;
}
