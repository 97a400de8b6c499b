import { isFloatingPoint } from '../onnx/dtypes';
import type { Call } from './call';
import type { Dim } from './dim';
import { isConversion } from './logical/operators';
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
  if (isConversion(call.step.node)) return { ...constant, quantized: true };
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
    case 'Concat':
      return joined(call, constant);
    case 'Sub':
    case 'Mul':
      return constant.quantized ? scaled(call, constant, output) : null;
    case 'Gather':
      return repeatsRows(call) ? constant : null;
    default:
      return null;
  }
}

/** Codes minus their zero points, or times their scales: what DequantizeLinear does where it cannot take the scales. */
function scaled(call: Call, constant: StoredConstant, output: Dims | null): StoredConstant | null {
  const rank = call.value(0)?.shape?.length;
  return call.value(1)?.constant && rank !== undefined && rank === output?.length ? constant : null;
}

/** True for a Gather that gives each row its block's scale: the rows of a constant several times over, in their order. */
function repeatsRows(call: Call): boolean {
  const rows = call.value(1)?.constant ? call.value(1)!.elements : null;
  const isStep = (row: Dim, at: number): boolean => at === 0 ? row === 0 : row === rows![at - 1] || row === Number(rows![at - 1]) + 1;
  return rows !== null && rows.length > 1 && rows[1] === 0 && rows.every(isStep);
}

/** Parts of one stored tensor, put together again in another order: what exporters do with the gates of an LSTM. */
function joined(call: Call, first: StoredConstant): StoredConstant | null {
  const samePart = (value: Value | null): boolean => value?.constant?.tensor === first.tensor && isFloatingPoint(value.dataType) && sameAxes(value.constant.axes, first.axes);
  return call.inputs.every(samePart) ? first : null;
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
