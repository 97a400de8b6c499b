import type { Call } from '../call';
import type { Dim } from '../dim';
import { product } from '../dim';
import type { Value } from '../value';

/** What one run of an operator costs. */
export interface Cost {
  /** Strict multiply-accumulates: bias not counted, padding not discounted. */
  readonly macs: Dim;
  /** All other operations (see `operations.ts` for their weights). FLOPs are 2 × macs + operations. */
  readonly operations: Dim;
}

/** The cost of an operator, from its inputs and its inferred outputs; null (and remembered by the call) when unknown. */
export type CostRule = (call: Call, outputs: readonly Value[]) => Cost | null;

export type CostRules = Readonly<Record<string, CostRule>>;

export const FREE: Cost = { macs: 0, operations: 0 };

/** Elements of output `index`. */
export function outputElements(outputs: readonly Value[], index = 0): Dim | null {
  const shape = outputs[index]?.shape ?? null;
  return shape && product(shape);
}

/** Elements of an input. */
export function inputElements(call: Call, input: number): Dim | null {
  const shape = call.shape(input);
  return shape && product(shape);
}
