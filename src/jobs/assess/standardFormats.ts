import type { Granularity, IntegerScheme, RangeMethod, WeightBits, WeightScheme } from '../../quant/scheme';

function signed(bits: WeightBits, granularity: Granularity, range: RangeMethod = 'minmax'): IntegerScheme {
  return { kind: 'integer', bits, signed: true, symmetric: true, granularity, range };
}

function unsigned(bits: WeightBits, granularity: Granularity, range: RangeMethod = 'minmax'): IntegerScheme {
  return { kind: 'integer', bits, signed: false, symmetric: false, granularity, range };
}

/** Formats that cost one pass over the weights; every layer has them measured soon after a model is opened. */
export const QUICK_FORMATS: readonly WeightScheme[] = [
  { kind: 'float' },
  { kind: 'float16' },
  signed(16, 'channel'),
  signed(8, 'channel'),
  unsigned(8, 'channel'),
  signed(8, 'tensor'),
  unsigned(8, 'tensor'),
  signed(4, { block: 32 }),
  unsigned(4, { block: 32 }),
  signed(4, { block: 128 }),
  unsigned(4, { block: 128 }),
  signed(4, 'channel'),
  unsigned(4, 'channel'),
  signed(2, { block: 32 }),
  signed(2, 'channel'),
];

/** Formats whose range is searched for, which takes many passes. */
export const SEARCHED_FORMATS: readonly WeightScheme[] = [
  signed(8, 'channel', 'mse'),
  signed(4, { block: 32 }, 'mse'),
  unsigned(4, { block: 32 }, 'mse'),
  signed(4, 'channel', 'mse'),
  unsigned(4, 'channel', 'mse'),
  signed(2, { block: 32 }, 'mse'),
];

/** What a person is offered for a layer, most precise first within each width. */
export const OFFERED_FORMATS: readonly WeightScheme[] = [...QUICK_FORMATS, ...SEARCHED_FORMATS];
