import { standardOpset } from '../export/raiseOpset';
import type { AddedNode, GraphEdits } from './graphEdits';

/** Since these operator sets reductions take their axes as an input. */
const AXES_INPUT_OPSETS = { ReduceMax: 18, ReduceMean: 18, ReduceMin: 18, ReduceSum: 13 } as const;

/** A node that reduces a value over some axes, or over all (null), and drops them. */
export function reduceNode(edits: GraphEdits, op: keyof typeof AXES_INPUT_OPSETS, input: string, output: string, axes: readonly number[] | null): AddedNode {
  const keep = { keepdims: { int: 0 } };
  if (axes === null) return { op, inputs: [input], outputs: [output], attributes: keep };
  if (standardOpset(edits.model, null) < AXES_INPUT_OPSETS[op]) return { op, inputs: [input], outputs: [output], attributes: { axes: { ints: axes }, ...keep } };
  const constant = edits.constant(`${output}_axes`, 'int64', [axes.length], BigInt64Array.from(axes, BigInt));
  return { op, inputs: [input, constant], outputs: [output], attributes: keep };
}
