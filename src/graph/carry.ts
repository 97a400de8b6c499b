import { isFloatingPoint } from '../onnx/dtypes';
import type { Tensor } from '../onnx/model';
import type { Call } from './call';
import type { Dim } from './dim';
import { isConversion } from './logical/conversion';
import type { Dims, StoredConstant, Value } from './value';

/**
 * The stored tensor behind an operator's output, when the operator only renames, moves, cuts or dequantizes a constant: so a
 * weight is found behind chains of Identity, Transpose, Cast, Reshape, Slice, QDQ pairs and products of codes and scales.
 * Null for all other operators.
 */
export function carriedConstant(call: Call, output: Dims | null): StoredConstant | null {
  const input = call.value(0);
  const constant = input?.constant ?? null;
  if (input === null || constant === null) return null;
  if (call.op === 'Concat' && call.step.node.domain === '') return joined(call, constant);
  const first = carried(call, input, constant, output);
  if (first === null || constant.others.length === 0) return first;
  const others = constant.others.map((other) => carried(call, input, other, output)).filter((other) => other !== null);
  return others.length === constant.others.length ? { ...first, others } : null;
}

/** One of the tensors behind input 0, as it is seen from behind the operator. */
function carried(call: Call, input: Value, constant: StoredConstant, output: Dims | null): StoredConstant | null {
  if (isConversion(call.step.node)) return { ...constant, quantized: true, unscaled: call.value(1)?.elements?.every((scale) => scale === 1) ?? false };
  if (call.step.node.domain !== '') return null;
  switch (call.op) {
    case 'Identity':
      return constant;
    case 'Cast':
    case 'CastLike':
      return isFloatingPoint(input.dataType) ? constant : null;
    case 'Transpose': {
      const perm = call.ints('perm') ?? axesOf(input).reverse();
      return output && { ...constant, axes: perm.map((axis) => storedAxis(constant, axis)) };
    }
    case 'Reshape':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Flatten':
      return output && input.shape && { ...constant, axes: sameStrides(input.shape, output).map((axis) => (axis === null ? null : storedAxis(constant, axis))) };
    case 'Slice':
      return isFloatingPoint(input.dataType) ? constant : null;
    case 'Sub':
    case 'Mul':
      return constant.unscaled === true ? scaled(call, constant, output) : null;
    case 'Gather':
      return repeatsRows(call) ? constant : null;
    default:
      return null;
  }
}

/** Codes minus their zero points, then times their scales: what DequantizeLinear does where it cannot take the scales. */
function scaled(call: Call, constant: StoredConstant, output: Dims | null): StoredConstant | null {
  const rank = call.value(0)?.shape?.length;
  return call.value(1)?.constant && rank !== undefined && rank === output?.length ? { ...constant, unscaled: call.op === 'Sub' } : null;
}

/** True for a Gather that gives each row its block's scale: the rows of a constant several times over, in their order. */
function repeatsRows(call: Call): boolean {
  const rows = call.value(1)?.constant ? call.value(1)!.elements : null;
  const isStep = (row: Dim, at: number): boolean => at === 0 ? row === 0 : row === rows![at - 1] || row === Number(rows![at - 1]) + 1;
  return rows !== null && rows.length > 1 && rows[1] === 0 && rows.every(isStep);
}

/** Most stored tensors that are followed through a Concat: the weights of a few hundred experts are the most that exporters join. */
export const MAX_JOINED_TENSORS = 512;

/**
 * Parts of one stored tensor, put together again in another order (what exporters do with the gates of an LSTM), or several
 * stored tensors (the two directions of an LSTM, the experts of a layer).
 */
function joined(call: Call, first: StoredConstant): StoredConstant | null {
  const parts = new Map<Tensor, StoredConstant>();
  for (const value of call.inputs) {
    const constant = value?.constant ?? null;
    if (value === null || constant === null || !isFloatingPoint(value.dataType)) return null;
    for (const part of partsOf(constant)) {
      const known = parts.get(part.tensor);
      if (known === undefined) parts.set(part.tensor, part);
      else if (!sameAxes(known.axes, part.axes)) return null;
    }
    if (parts.size > MAX_JOINED_TENSORS) return null;
  }
  const [, ...others] = parts.values();
  return others.length === 0 ? first : { ...first, others: others.map((other) => ({ ...other, others: [] })) };
}

/** All tensors that a constant is made of. */
export function partsOf(constant: StoredConstant): readonly StoredConstant[] {
  return constant.others.length === 0 ? [constant] : [constant, ...constant.others];
}

function sameAxes(a: StoredConstant['axes'], b: StoredConstant['axes']): boolean {
  return a === b || (a !== null && b !== null && a.length === b.length && a.every((axis, at) => axis === b[at]));
}

/** The axis of the stored tensor that an axis of the value is; null when it is none. */
export function storedAxis(constant: StoredConstant, axis: number): number | null {
  return constant.axes === null ? axis : (constant.axes[axis] ?? null);
}

function axesOf(value: Value): number[] {
  return (value.shape ?? []).map((_, axis) => axis);
}

/**
 * For each axis of a reshaped tensor the source axis that it is: the one of equal extent and equal stride in row-major
 * order. Null for axes that join or split others.
 */
function sameStrides(source: Dims, target: Dims): readonly (number | null)[] {
  const strides = (shape: Dims): readonly number[] => shape.map((_, axis) => shape.slice(axis + 1).reduce<number>((stride, dim) => stride * Number(dim), 1));
  const from = strides(source);
  const to = strides(target);
  return target.map((extent, axis) => {
    const match = source.findIndex((candidate, at) => candidate === extent && from[at] === to[axis]);
    return match < 0 ? null : match;
  });
}
