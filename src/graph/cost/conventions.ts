import { NibbleError } from '../../errors';
import type { ConventionId, Counting } from '../counting';
import { INSTRUCTION_WEIGHTS } from './instructionWeights';
import { STRICT_WEIGHTS } from './operations';
import { INSTRUCTION_PRODUCTS, PRODUCTS } from './products';
import type { ProductRules } from './rule';
import type { OperationWeight, WeightTable } from './weightTable';

/** A way of counting operations: what a multiply-accumulate counts, and what everything else does. */
export interface Convention {
  readonly id: ConventionId;
  readonly products: ProductRules;
  readonly perMac: 1 | 2;
  /** Empty: operations other than products do not count. */
  readonly weights: WeightTable;
}

export const CONVENTIONS: readonly Convention[] = [
  { id: 'strict', products: PRODUCTS, perMac: 2, weights: STRICT_WEIGHTS },
  { id: 'torchvision', products: PRODUCTS, perMac: 1, weights: [] },
  { id: 'x2', products: PRODUCTS, perMac: 2, weights: [] },
  { id: 'instruction-weighted', products: INSTRUCTION_PRODUCTS, perMac: 1, weights: INSTRUCTION_WEIGHTS },
];

/** A convention with what a person has set. Throws `invalid-argument` for a weight that it does not have or that is no count. */
export function conventionFor({ convention: id, weights }: Counting): Convention {
  const convention = CONVENTIONS.find((candidate) => candidate.id === id);
  if (convention === undefined) throw new NibbleError('invalid-argument', `There is no counting convention "${id}". There are ${CONVENTIONS.map((candidate) => candidate.id).join(', ')}.`);
  if (Object.keys(weights).length === 0) return convention;
  const names = new Set(convention.weights.map(({ name }) => name));
  for (const [name, weight] of Object.entries(weights)) {
    if (!names.has(name)) throw new NibbleError('invalid-argument', `The convention "${id}" has no weight "${name}". "nibble conventions" lists the weights of each.`);
    if (!(Number.isFinite(weight) && weight >= 0)) throw new NibbleError('invalid-argument', `The weight of ${name} cannot be ${String(weight)}. Give a number from 0.`);
  }
  return { ...convention, weights: convention.weights.map((entry): OperationWeight => (Object.hasOwn(weights, entry.name) ? { ...entry, weight: weights[entry.name]! } : entry)) };
}
