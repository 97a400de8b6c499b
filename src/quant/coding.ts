import type { IntegerScheme } from './scheme';

/** The part of a scheme that says which integer codes there are and how a range maps to them. */
export type Coding = Pick<IntegerScheme, 'bits' | 'signed' | 'symmetric' | 'reduced'>;

/** Smallest and largest code, inclusive. */
export interface CodeLimits {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Where codes saturate: what the element type can store. Reduced ones keep to −64…64 or 0…127, as ONNX Runtime's tools have them; those let a
 * value beyond its range have any code of the type, which would saturate after all.
 */
export function codeLimits({ bits, signed, reduced }: Pick<Coding, 'bits' | 'signed' | 'reduced'>): CodeLimits {
  const count = 2 ** bits;
  if (reduced) return signed ? { lowest: -count / 4, highest: count / 4 } : { lowest: 0, highest: count / 2 - 1 };
  return signed ? { lowest: -count / 2, highest: count / 2 - 1 } : { lowest: 0, highest: count - 1 };
}

/**
 * The codes that a range is spread over. Symmetric int8 and int16 leave out the lowest code, so that ±amplitude are both
 * exact; the narrower types use all of theirs, because one code of 4 or 16 is too much to give away. These are
 * ONNX Runtime's ranges; its tools have none for 2 bits, which follow the rule of 4 bits.
 */
export function scaleLimits(coding: Coding): CodeLimits {
  const { lowest, highest } = codeLimits(coding);
  const narrowed = coding.symmetric && coding.signed && coding.bits >= 8 && !coding.reduced;
  return { lowest: narrowed ? lowest + 1 : lowest, highest };
}
