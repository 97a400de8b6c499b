import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, divideExactly, floorDivide, multiply, subtract, UNKNOWN_DIM } from '../dim';
import { numericShape } from '../elements/rule';
import type { Dims } from '../value';
import { matrixProduct } from './matrix';
import { reducedShape } from './reduction';
import type { ShapeRule, ShapeRules } from './rule';
import { broadcast, resolveAxes, resolveAxis, sameAsInput, scalar, twiceInput, withAxis } from './rule';

/** X [.., K] × packed weights → [.., columns] for each of the attributes; then the sum of input and skip, like X. */
function packedProducts(...columns: readonly string[]): ShapeRule {
  return (call) => {
    const a = call.shape(0);
    return a && [...columns.map((name): Dims => [...a.slice(0, -1), call.int(name, 0)]), a];
  };
}

/** The extents of a weight matrix come as an input. */
const packedWithShape: ShapeRule = (call) => {
  const a = call.shape(0);
  const extents = call.elements(2);
  const shape = a && extents && matrixProduct(call, a, extents);
  return shape && [shape];
};

/** Tokens [T, hidden] of several sequences without padding; the width of V decides the output's. */
const packedAttention: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const width = packedWidth(call, x);
  return width === null ? null : [[x[0] ?? UNKNOWN_DIM, width]];
};

/** PackedAttention multiplies by W [hidden, Q + K + V] first; PackedMultiHeadAttention gets V, or all three as [T, heads, 3, d]. */
function packedWidth(call: Call, x: Dims): Dim | null {
  if (call.op === 'PackedAttention') {
    const given = call.ints('qkv_hidden_sizes')?.[2];
    const weight = given === undefined ? call.shape(1) : null;
    return given ?? (weight && floorDivide(weight[1] ?? UNKNOWN_DIM, 3));
  }
  if (call.has(2)) return call.shape(2)?.[1] ?? null;
  return x.length === 4 ? multiply(x[1]!, x[3]!) : call.fail('its query does not hold keys and values');
}

const removePadding: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  call.fail('how many tokens are not padding depends on the data');
  const [batch, length] = [x[0] ?? UNKNOWN_DIM, x[1] ?? UNKNOWN_DIM];
  return [[UNKNOWN_DIM, ...x.slice(2)], [batch, length], [add(batch, 1)], [1]];
};

const restorePadding: ShapeRule = (call) => {
  const x = call.shape(0);
  const offsets = call.shape(1);
  return x && offsets && [[...offsets, ...x.slice(1)]];
};

/** A table [buckets, heads] → [1, heads, queries, keys]. */
const relativePositions: ShapeRule = (call) => {
  const table = call.shape(0);
  return table && [[1, table[1] ?? UNKNOWN_DIM, call.elements(1)?.[0] ?? UNKNOWN_DIM, call.elements(2)?.[0] ?? UNKNOWN_DIM]];
};

/** Positions [1, heads, L, L] and a query [batch, L, width], or tokens with their offsets [batch, L] → [batch, heads, L, L]. */
const gatedPositions: ShapeRule = (call) => {
  const positions = call.shape(2);
  const batch = call.has(6) ? call.shape(6) : call.shape(0);
  return positions && batch && [withAxis(positions, 0, batch[0] ?? UNKNOWN_DIM)];
};

/** Output like the query, but for a value head that is narrower; the caches are handed on. */
const pagedAttention: ShapeRule = (call) => {
  const q = call.shape(0);
  if (q === null) return null;
  const heads = call.int('num_heads', 0);
  const kvHeads = call.int('kv_num_heads', heads);
  const packed = !call.has(1);
  const own = packed ? multiply(divided(q[1] ?? UNKNOWN_DIM, heads + 2 * kvHeads), heads) : (q[1] ?? UNKNOWN_DIM);
  const narrow = call.int('v_head_size', 0);
  return [[q[0] ?? UNKNOWN_DIM, narrow > 0 ? heads * narrow : own], call.value(3)?.shape ?? null, call.value(4)?.shape ?? null];
};

const divided = (a: Dim, b: number): Dim => (b < 1 ? UNKNOWN_DIM : (divideExactly(a, b) ?? floorDivide(a, b)));

/** QLinearReduceMean: the axes are always an attribute. */
const quantizedMean: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const given = call.ints('axes') ?? [];
  const axes = resolveAxes(call, given.length === 0 ? x.map((_, axis) => axis) : given, x.length);
  return axes && [reducedShape(call, x, axes)];
};

/** Broadcast of the tensors among an operator's inputs; the others are scales and zero points. */
function broadcastOf(...inputs: readonly number[]): ShapeRule {
  return (call) => {
    const shapes = inputs.map((input) => call.shape(input)).filter((shape) => shape !== null);
    const shape = shapes.length === inputs.length ? broadcast(call, shapes) : null;
    return shape && [shape];
  };
}

const likeInput = (input: number): ShapeRule => (call) => {
  const shape = call.shape(input);
  return shape && [shape];
};

/** [.., w] → [.., w / 2]: one half gates the other. */
const halved: ShapeRule = (call) => {
  const x = call.shape(0);
  return x && [withAxis(x, x.length - 1, divided(x.at(-1) ?? UNKNOWN_DIM, 2))];
};

/** Distances between all rows of A and all of B. */
const distances: ShapeRule = (call) => {
  const a = call.shape(0);
  const b = call.shape(1);
  return a && b && [[a[0] ?? UNKNOWN_DIM, b[0] ?? UNKNOWN_DIM]];
};

const expandDims: ShapeRule = (call) => {
  const x = call.shape(0);
  const axis = call.numbers(1)?.[0];
  const at = x && axis !== undefined ? resolveAxis(call, axis, x.length + 1) : null;
  return x && at !== null ? [[...x.slice(0, at), 1, ...x.slice(at)]] : null;
};

/** Windows of `size` along an axis, `step` apart, in a new last axis. */
const unfold: ShapeRule = (call) => {
  const x = call.shape(0);
  const axis = x && resolveAxis(call, call.int('dim', -1), x.length);
  if (x === null || axis === null) return null;
  const size = call.int('size', 1);
  return [[...withAxis(x, axis, add(floorDivide(subtract(x[axis]!, size), call.int('step', 1)), 1)), size]];
};

/** A table at input 0, looked up by the indices at input 1. */
const embedding: ShapeRule = (call) => {
  const table = call.shape(0);
  const indices = call.shape(1);
  return table && indices && [[...indices, ...table.slice(1)]];
};

/** X [N, C, H, W] and boxes [R, 4] → [R, C, height, width]. */
const cropAndResize: ShapeRule = (call) => {
  const x = call.shape(0);
  const boxes = call.shape(1);
  const size = call.elements(3);
  return x && boxes && [[boxes[0] ?? UNKNOWN_DIM, x[1] ?? UNKNOWN_DIM, size?.[0] ?? UNKNOWN_DIM, size?.[1] ?? UNKNOWN_DIM]];
};

/** Data, whose elements may be packed two or four to a byte along the last axis, gathered by blocks. */
const gatherBlocks: ShapeRule = (call) => {
  const data = call.shape(0);
  const indices = call.shape(1);
  if (data === null || indices === null) return null;
  const axis = resolveAxis(call, call.int('gather_axis', 0), data.length);
  if (axis === null) return null;
  const packed = call.dataType(0) === 'uint8' ? Math.max(1, Math.floor(8 / call.int('bits', 4))) : 1;
  const unpacked = withAxis(data, data.length - 1, multiply(data.at(-1) ?? 1, packed));
  return [[...unpacked.slice(0, axis), ...indices, ...unpacked.slice(axis + 1)]];
};

/** Blocked channels have the same extents as plain ones; only where an edge of the blocked part is does the layout change. */
const reorderInput: ShapeRule = (call) => {
  const x = call.shape(0);
  return x && [call.int('channels_last', 0) === 0 || x.length < 3 ? x : [x[0]!, x.at(-1)!, ...x.slice(1, -1)]];
};

const reorderOutput: ShapeRule = (call) => {
  const x = call.shape(0);
  const channels = call.int('channels', 0);
  if (x === null || x.length < 3) return null;
  return [call.int('channels_last', 0) === 0 ? [x[0]!, channels, ...x.slice(2)] : [x[0]!, ...x.slice(2), channels]];
};

/** One-sided transforms of the last axis: real values to half as many complex ones, and back. */
const realTransform: ShapeRule = (call) => {
  const x = call.shape(0);
  return x && [[...x.slice(0, -1), add(floorDivide(x.at(-1) ?? UNKNOWN_DIM, 2), 1), 2]];
};

const inverseTransform: ShapeRule = (call) => {
  const x = numericShape(call.shape(0));
  const bins = x?.at(-2);
  return bins === undefined || x === null ? null : [[...x.slice(0, -2), 2 * (bins - 1)]];
};

/** A path through costs [M, N] or [1, M, N] → [2, steps]. */
const timeWarping: ShapeRule = (call) => {
  call.fail('how long the path is depends on the data');
  return [[2, UNKNOWN_DIM]];
};

/** The pieces of every string along a new last axis. */
const tokenizer: ShapeRule = (call) => {
  const x = call.shape(0);
  call.fail('how many tokens its strings have depends on the data');
  return x && [[...x, UNKNOWN_DIM]];
};

/** A [.., K] × B that is stored as [N, K], maybe several codes to a byte. */
const rowsPacked: ShapeRule = (call) => {
  const a = call.shape(0);
  const b = call.shape(1);
  return a && b && [[...a.slice(0, -1), b[0] ?? UNKNOWN_DIM]];
};

const same = (...names: readonly string[]): ShapeRules => Object.fromEntries(names.map((name) => [name, sameAsInput]));

/** Operators of com.microsoft and its optimizers that are relatives of none in the standard domain. */
export const contribShapes: ShapeRules = {
  ...same('BitmaskBiasDropout', 'BitmaskDropout', 'DecoderAttention', 'DequantizeWithOrder', 'GatedAdd', 'GatedRMSNorm', 'Inverse', 'LongformerAttention', 'MoE', 'MRotaryEmbedding', 'MurmurHash3', 'QMoE', 'QOrderedGelu', 'QOrderedLayerNormalization', 'QOrderedLongformerAttention', 'QuantizeWithOrder', 'SampleOp', 'ScaledSiLU', 'SwiGLU'),
  BiasDropout: twiceInput,
  BiasSplitGelu: halved,
  CDist: distances,
  ComplexMul: broadcastOf(0, 1),
  ComplexMulConj: broadcastOf(0, 1),
  CropAndResize: cropAndResize,
  DynamicTimeWarping: timeWarping,
  ExpandDims: expandDims,
  GatedRelativePositionBias: gatedPositions,
  GatherBlockQuantized: gatherBlocks,
  Irfft: inverseTransform,
  IsAllFinite: scalar,
  MatMulBlockQuantizedFp4Weight: rowsPacked,
  MatMulBlockQuantizedFp8Weight: rowsPacked,
  MatMulFpQ4: packedWithShape,
  MatMulNBitsMlp: packedProducts('N'),
  MatMulNBitsQkv: packedProducts('Nq', 'Nkv', 'Nkv'),
  MulInteger: broadcastOf(0, 2),
  NGramRepeatBlock: likeInput(1),
  PackedAttention: packedAttention,
  PackedMultiHeadAttention: packedAttention,
  PagedAttention: pagedAttention,
  QLinearReduceMean: quantizedMean,
  QLinearWhere: broadcastOf(0, 1, 4),
  RelativePositionBias: relativePositions,
  RemovePadding: removePadding,
  ReorderInput: reorderInput,
  ReorderOutput: reorderOutput,
  RestorePadding: restorePadding,
  Rfft: realTransform,
  Tokenizer: tokenizer,
  TorchEmbedding: embedding,
  UnfoldTensor: unfold,
};
