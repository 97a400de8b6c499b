import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, product } from '../dim';
import type { Value } from '../value';

/** What a factor of a cost's formula stands for; `src/format` words it. */
export type FactorName =
  | 'outputElements' | 'inputElements' | 'channelsPerGroup' | 'kernelElements' | 'sharedAxis' | 'outputColumns' | 'allLabels'
  | 'steps' | 'batch' | 'directions' | 'gateValues' | 'inputAndHidden' | 'hidden' | 'biasValues'
  | 'heads' | 'queries' | 'keys' | 'headWidths' | 'hiddenWidth' | 'projectedWidth'
  | 'folds' | 'experts' | 'rows' | 'coefficients' | 'longestPaths' | 'samples' | 'transformSteps' | 'perMac' | 'iterations' | 'weight';

export interface Factor {
  readonly name: FactorName;
  readonly value: Dim;
}

/** A product; a cost is a sum of them. */
export type Term = readonly Factor[];

/** What one run of an operator costs, as the formula that its figures are computed by. */
export interface Cost {
  /** Multiply-accumulates: bias not counted, padding not discounted. */
  readonly macs: readonly Term[];
  /** All other operations, each term with its weight as the last factor. */
  readonly operations: readonly Term[];
}

/** The multiply-accumulates of an operator, from its inputs and its inferred outputs; null (and remembered by the call) when unknown. */
export type ProductRule = (call: Call, outputs: readonly Value[]) => readonly Term[] | null;

export type ProductRules = Readonly<Record<string, ProductRule>>;

const NO_TERMS: readonly never[] = [];

export const FREE: Cost = { macs: NO_TERMS, operations: NO_TERMS };

export const factor = (name: FactorName, value: Dim): Factor => ({ name, value });

/** The value of a formula. */
export function sumOf(terms: readonly Term[]): Dim {
  let sum: Dim = 0;
  for (const term of terms) sum = add(sum, product(term.map(({ value }) => value)));
  return sum;
}

/** Elements of output `index`. */
export function outputElements(outputs: readonly Value[], index = 0): Factor | null {
  const shape = outputs[index]?.shape ?? null;
  return shape && factor('outputElements', product(shape));
}

/** Elements of an input. */
export function inputElements(call: Call, input: number): Factor | null {
  const shape = call.shape(input);
  return shape && factor('inputElements', product(shape));
}
