import type { Coding } from './coding';

/** An integer type of activations. */
export type ActivationFormat = 'uint8' | 'int8' | 'uint16' | 'int16';

export const ACTIVATION_FORMATS: readonly ActivationFormat[] = ['uint8', 'int8', 'uint16', 'int16'];

/**
 * How activations become codes of a type: with one scale for the whole tensor, and a zero point, because most of them are
 * one-sided, unless the runtime wants them `symmetric`.
 */
export function activationCoding(format: ActivationFormat, symmetric: boolean): Coding {
  return { bits: format.endsWith('16') ? 16 : 8, signed: format.startsWith('int'), symmetric };
}
