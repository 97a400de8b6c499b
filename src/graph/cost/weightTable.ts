/** What one weight is multiplied with; see `units.ts`. */
export type WeightUnit = 'output' | 'input' | 'fold' | 'unfolded' | 'window' | 'nearest' | 'linear' | 'cubic' | 'transform' | 'hidden' | 'sequence' | 'score' | 'sample' | 'row' | 'path' | 'bias' | 'gateBias';

/** Operations that an operator spends for each of some elements. */
export interface OperationWeight {
  /** How a person calls it: the operator, with its part where it has several (`Resize.linear`). */
  readonly name: string;
  readonly op: string;
  readonly per: WeightUnit;
  readonly weight: number;
}

export type WeightTable = readonly OperationWeight[];

/** Units of which one operator can have several: the unit is part of the weight's name. */
const PARTS: ReadonlySet<WeightUnit> = new Set(['nearest', 'linear', 'cubic', 'row', 'bias', 'gateBias']);

/** Entries of a table for operators that are weighed by the same unit. */
export function weightsPer(per: WeightUnit, weights: Readonly<Record<string, number>>): WeightTable {
  return Object.entries(weights).map(([op, weight]) => ({ name: PARTS.has(per) ? `${op}.${per}` : op, op, per, weight }));
}
