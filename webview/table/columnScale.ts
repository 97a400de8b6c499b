/** One unit for a whole column, so that its figures can be compared at a glance. */
export interface ColumnScale {
  readonly divisor: number;
  readonly unit: string;
}

const UNITS = {
  count: ['', 'k', 'M', 'G', 'T', 'P'],
  bytes: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'],
} as const;

/** Longest figure of a column is five digits and a comma; beyond it the next unit is taken. */
const MAX_IN_COLUMN = 100_000;
/** An axis has less room. */
export const MAX_ON_AXIS = 10_000;

const NUMBERS = [0, 1, 2].map((digits) => new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }));

/** The unit in which the largest figure of a column fits. */
export function columnScale(largest: number, kind: 'bytes' | 'count', max = MAX_IN_COLUMN): ColumnScale {
  const units = UNITS[kind];
  let step = largest >= 1000 ? 1 : 0;
  while (largest / 1000 ** step >= max && step < units.length - 1) step += 1;
  return { divisor: 1000 ** step, unit: units[step]! };
}

/** Below this a figure would read 0.00, as if there were nothing. */
const LEAST_SHOWN = 0.005;

/** A figure in the column's unit: 9,437, 57.8, 0.06, <0.01. */
export function inColumn(value: number, scale: ColumnScale): string {
  const inUnit = value / scale.divisor;
  if (inUnit > 0 && inUnit < LEAST_SHOWN) return '<0.01';
  const digits = scale.divisor === 1 || inUnit >= 100 || inUnit === 0 ? 0 : inUnit >= 1 ? 1 : 2;
  return NUMBERS[digits]!.format(inUnit);
}
