import type { Call } from '../call';
import { equalDims } from '../dim';
import type { Dim } from '../dim';
import { parseEquation } from '../equation';
import type { EquationLabels } from '../equation';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { broadcast } from './rule';

/** A [.., M, K] × B [.., K, N] → [.., M, N] with broadcast batch axes; a vector on either side loses its axis. */
export function matrixProduct(call: Call, a: Dims, b: Dims): Dims | null {
  if (a.length === 0 || b.length === 0) return call.fail('a scalar cannot be multiplied as a matrix');
  const inner = [a.at(-1)!, b.at(-2) ?? b[0]!] as const;
  if (typeof inner[0] === 'number' && typeof inner[1] === 'number' && inner[0] !== inner[1]) {
    return call.fail(`its inputs have ${String(inner[0])} columns and ${String(inner[1])} rows, which cannot be multiplied`);
  }
  // By far the most common: no batch axes to think about.
  if (a.length === 2 && b.length === 2) return [a[0]!, b[1]!];
  const batch = broadcast(call, [a.slice(0, -2), b.slice(0, -2)]);
  if (batch === null) return null;
  return [...batch, ...(a.length > 1 ? [a.at(-2)!] : []), ...(b.length > 1 ? [b.at(-1)!] : [])];
}

/** The last two axes swapped when the flag is set. */
export function transposedIf(shape: Dims, flag: boolean): Dims {
  return flag && shape.length >= 2 ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
}

function matMul(first: number, second: number): ShapeRule {
  return (call) => {
    const a = call.shape(first);
    const b = call.shape(second);
    if (a === null || b === null) return null;
    const shape = matrixProduct(call, transposedIf(a, call.int('transA', 0) !== 0), transposedIf(b, call.int('transB', 0) !== 0));
    return shape && [shape];
  };
}

/** A [M, K] × B [K, N] → [M, N]. */
function gemm(second: number): ShapeRule {
  return (call) => {
    const a = call.shape(0);
    const b = call.shape(second);
    if (a === null || b === null) return null;
    if (a.length !== 2 || b.length !== 2) return call.fail('its inputs are not matrices');
    return [[call.int('transA', 0) === 0 ? a[0]! : a[1]!, call.int('transB', 0) === 0 ? b[1]! : b[0]!]];
  };
}

/** Attributes K and N tell the packed matrix's extents. */
const packedMatMul: ShapeRule = (call) => {
  const a = call.shape(0);
  return a && [[...a.slice(0, -1), call.int('N', 0)]];
};

export interface Equation extends EquationLabels {
  /** Extent by label. */
  readonly extents: ReadonlyMap<string, Dim>;
}

/** Reads an Einsum's equation against its input shapes; null (and remembered) when they do not fit. */
export function readEquation(call: Call): Equation | null {
  const shapes: Dims[] = [];
  for (let input = 0; input < call.inputs.length; input += 1) {
    const shape = call.shape(input);
    if (shape === null) return null;
    shapes.push(shape);
  }
  const labels = parseEquation(call.text('equation', ''), shapes.map(({ length }) => length));
  if (typeof labels === 'string') return call.fail(labels);
  const extents = new Map<string, Dim>();
  for (const [index, operand] of labels.operands.entries()) {
    for (const [axis, label] of operand.entries()) {
      const known = extents.get(label);
      const extent = shapes[index]![axis]!;
      if (known === undefined || known === 1 || (typeof known !== 'number' && typeof extent === 'number')) extents.set(label, extent);
      else if (typeof known === 'number' && typeof extent === 'number' && extent !== 1 && !equalDims(known, extent)) return call.fail(`its inputs disagree about axis ${label}`);
    }
  }
  return { ...labels, extents };
}

const einsum: ShapeRule = (call) => {
  const equation = readEquation(call);
  return equation && [equation.output.map((label) => equation.extents.get(label)!)];
};

/** X [.., n, n] → [..]. */
const determinant: ShapeRule = (call) => {
  const x = call.shape(0);
  return x && [x.slice(0, -2)];
};

export const matrixShapes: ShapeRules = {
  MatMul: matMul(0, 1),
  MatMulInteger: matMul(0, 1),
  FusedMatMul: matMul(0, 1),
  FusedMatMulActivation: matMul(0, 1),
  SparseToDenseMatMul: matMul(0, 1),
  TransposeMatMul: matMul(0, 1),
  MatMulIntegerToFloat: matMul(0, 1),
  MatMulInteger16: matMul(0, 1),
  GemmFastGelu: matMul(0, 1),
  DynamicQuantizeMatMul: matMul(0, 1),
  QLinearMatMul: matMul(0, 3),
  Gemm: gemm(1),
  FusedGemm: gemm(1),
  GemmFloat8: gemm(1),
  QGemm: gemm(3),
  MatMulNBits: packedMatMul,
  MatMulBnb4: packedMatMul,
  Einsum: einsum,
  Det: determinant,
};
