import type { IntegerScheme, WeightBits, WeightScheme } from '../quant/scheme';

/** A format that context menus offer by name; `key` ends the command's id. */
export interface QuickFormat {
  readonly key: string;
  readonly scheme: WeightScheme;
}

function symmetric(bits: WeightBits, granularity: IntegerScheme['granularity']): IntegerScheme {
  return { kind: 'integer', bits, signed: true, symmetric: true, granularity, range: 'minmax' };
}

export const QUICK_FORMATS: readonly QuickFormat[] = [
  { key: 'int8', scheme: symmetric(8, 'channel') },
  { key: 'int4Block', scheme: symmetric(4, { block: 32 }) },
  { key: 'int4', scheme: symmetric(4, 'channel') },
  { key: 'float16', scheme: { kind: 'float16' } },
  { key: 'float', scheme: { kind: 'float' } },
];
