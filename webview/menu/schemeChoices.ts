import type { Granularity, IntegerScheme, RangeMethod, WeightBits, WeightScheme } from '../../src/quant/scheme';
import { schemeKey } from '../../src/quant/scheme';

export const BITS: readonly WeightBits[] = [16, 8, 4, 2];
export const BLOCKS = [16, 32, 64, 128, 256] as const;

/** What a menu starts from when the layer is not in an integer format. */
export const USUAL_SCHEME: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };

export function integerBase(scheme: WeightScheme | 'mixed' | null): IntegerScheme {
  return scheme !== null && scheme !== 'mixed' && scheme.kind === 'integer' ? scheme : USUAL_SCHEME;
}

export function withBits(base: IntegerScheme, bits: WeightBits): IntegerScheme {
  return { ...base, bits };
}

/** Symmetric ranges are stored signed and asymmetric ones unsigned, as the plan file's defaults have it. */
export function withSymmetry(base: IntegerScheme, symmetric: boolean): IntegerScheme {
  return { ...base, symmetric, signed: symmetric };
}

export function withGranularity(base: IntegerScheme, granularity: Granularity): IntegerScheme {
  return { ...base, granularity };
}

export function withRange(base: IntegerScheme, range: RangeMethod): IntegerScheme {
  return { ...base, range };
}

export function sameScheme(a: WeightScheme, b: WeightScheme | 'mixed' | null): boolean {
  return b !== null && b !== 'mixed' && schemeKey(a) === schemeKey(b);
}

export function sameGranularity(a: Granularity, b: Granularity): boolean {
  return typeof a === 'string' || typeof b === 'string' ? a === b : a.block === b.block;
}
