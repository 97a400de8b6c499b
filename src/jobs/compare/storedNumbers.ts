import { intOf } from '../../graph/attributes';
import type { LayerSite, LayerWeight, WeightCoding } from '../../graph/layer';
import { BLOCKED_DOMAIN } from '../../graph/logical/operators';
import { isFloatingPoint } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import type { Tensor } from '../../onnx/model';
import { elementCount, loadBytes } from '../../onnx/tensorData';
import type { MatrixOrder } from '../../quant/difference';
import { decodeNumbers } from '../../quant/numbers';
import { packedBytes } from '../../quant/packing';
import type { WeightBits } from '../../quant/scheme';
import type { CodeGroups } from '../../quant/storedValues';
import { groupsAlong, isDecodable } from '../../quant/storedValues';
import type { ModelFile } from '../modelFile';
import type { StoredNumbersTask } from '../ports';

/** Most numbers of a tensor that is stored in another order than its counterpart: it is decoded as a whole, to 256 MB. */
export const MAX_REORDERED = 2 ** 26;

/** A weight of a layer, ready to be read as numbers. */
export interface ReadableWeight {
  readonly task: StoredNumbersTask;
  /** Axis of the numbers that the operator gives to channels; −1 when it has none. */
  readonly channelAxis: number;
  /** Numbers in a row that count, of those that are stored: packed operators fill rows up to whole blocks. */
  readonly columns: number;
}

/** A layer's weight as numbers; a part of a sentence when its numbers cannot be told. */
export function readableWeight(file: ModelFile, weight: LayerWeight, site: LayerSite['weights'][number], node: LayerSite['node']): ReadableWeight | string {
  const { tensor, coding } = site;
  if (node.domain === BLOCKED_DOMAIN) return 'its layout is made for one kind of processor';
  const source = file.locate(tensor);
  if (coding === null) {
    const values = { dataType: weight.dataType, dims: weight.dims, groups: null };
    if (!isDecodable(values)) return `its type is ${weight.dataType}`;
    return { task: { source, values }, channelAxis: weight.channelAxis, columns: weight.dims.at(-1) ?? 1 };
  }
  if (isFloatingPoint(weight.dataType) && weight.dataType !== coding.codeType) return 'it is stored as float, and its codes are made when the model runs';
  if (coding.scale === null) return 'its scales are computed at run time';
  const packed = node.op === 'MatMulNBits' ? packedShape(node, coding.block ?? 1) : null;
  const codes = packed ?? { dims: weight.dims, columns: weight.dims.at(-1) ?? 1 };
  const groups = groupsOf(file, coding, codes.dims, weight, packed !== null);
  if (typeof groups === 'string') return groups;
  const values = { dataType: packed === null ? weight.dataType : coding.codeType, dims: codes.dims, groups };
  if (!isDecodable(values)) return `its type is ${values.dataType}`;
  return { task: { source, values }, channelAxis: packed === null ? weight.channelAxis : 0, columns: codes.columns };
}

/** A [N, K] matrix of codes whose rows are filled up to whole blocks. */
function packedShape(node: LayerSite['node'], block: number): { readonly dims: readonly number[]; readonly columns: number } {
  const columns = intOf(node, 'K', 0);
  return { dims: [intOf(node, 'N', 0), Math.ceil(columns / block) * block], columns };
}

function groupsOf(file: ModelFile, { scale, zeroPoint, axis, block, codeType }: WeightCoding, dims: readonly number[], weight: LayerWeight, isPacked: boolean): CodeGroups | string {
  const scales = numbersOf(file, scale!);
  if (scales === null) return 'its scales cannot be read';
  const blocks = isPacked ? [1, block ?? 1] : blocksOf(dims, scale!.dims, scales.length, axis, block, weight.channelAxis);
  if (blocks === null) return 'its scales do not fit its shape';
  const count = dims.reduce((product, _, at) => product * groupsAlong(dims, blocks, at), 1);
  if (count !== scales.length) return 'its scales do not fit its shape';
  const zeroPoints = isPacked ? packedZeroPoints(file, zeroPoint, codeType, groupsAlong(dims, blocks, 1), count) : zeroPoint === null ? null : numbersOf(file, zeroPoint);
  if (zeroPoints !== null && zeroPoints.length !== count) return 'its zero points do not fit its scales';
  return { blocks, scales: Float32Array.from(scales), zeroPoints: zeroPoints && Float32Array.from(zeroPoints), scaleType: scale!.dataType === 'float16' ? 'float16' : 'float' };
}

/** How many codes along each axis share a scale, from the shape of the scales; null when that does not say it. */
function blocksOf(dims: readonly number[], scaleDims: readonly number[], scales: number, axis: number | null, block: number | null, channelAxis: number): readonly number[] | null {
  if (scales === 1) return dims;
  if (scaleDims.length === dims.length && dims.length > 1) {
    const blocks = dims.map((dim, at) => blockAlong(dim, scaleDims[at]!, block));
    return blocks.includes(0) ? null : blocks;
  }
  const given = axis === null ? channelAxis : axis < 0 ? axis + dims.length : axis;
  const along = dims[given] === scales ? given : dims.indexOf(scales);
  return along < 0 ? null : dims.map((dim, at) => (at === along ? 1 : dim));
}

/** Codes with one scale along an axis; 0 where the extents do not fit. */
function blockAlong(codes: number, scales: number, block: number | null): number {
  if (scales === codes) return 1;
  if (scales === 1) return codes;
  return block !== null && Math.ceil(codes / block) === scales ? block : 0;
}

function numbersOf(file: ModelFile, tensor: Tensor): ArrayLike<number> | null {
  return decodeNumbers(tensor.dataType, loadBytes(tensor, file.files), elementCount(tensor));
}

/** Zero points of packed codes are packed as the codes are, each row in bytes of its own; left out they are the middle code. */
function packedZeroPoints(file: ModelFile, zeroPoint: Tensor | null, codeType: DataType, perRow: number, count: number): ArrayLike<number> | null {
  const bits = Number(/\d+/.exec(codeType)?.[0] ?? 8) as WeightBits;
  if (zeroPoint === null) return new Float32Array(count).fill(2 ** (bits - 1));
  if (zeroPoint.dataType !== 'uint8') return numbersOf(file, zeroPoint);
  const bytes = loadBytes(zeroPoint, file.files);
  const rowBytes = packedBytes(bits, perRow);
  const points = new Float32Array(count);
  for (let row = 0; row < count / perRow; row += 1) {
    const own = decodeNumbers(codeType, bytes.subarray(row * rowBytes, (row + 1) * rowBytes), perRow);
    if (own === null) return null;
    points.set(own, row * perRow);
  }
  return points;
}

/**
 * Where the second tensor holds the numbers of the first: null in the same places; a part of a sentence when they cannot be
 * told or are too many to be put in order.
 */
export function orderOf(first: ReadableWeight, second: ReadableWeight): MatrixOrder | null | string {
  if (first.columns !== (first.task.values.dims.at(-1) ?? 1)) return 'the first model holds it packed, with rows filled up';
  const [a, b] = [shapeOf(first), shapeOf(second)];
  const isFilled = second.columns !== (second.task.values.dims.at(-1) ?? 1);
  const isTransposed = a.channelAxis >= 0 && b.channelAxis >= 0 && a.channelAxis !== b.channelAxis;
  if (!isFilled && !isTransposed) return isDivided(a.dims, b.dims) ? null : `its shape is ${shapeText(b.dims)} instead of ${shapeText(a.dims)}`;
  if (a.dims.length !== 2 || b.dims.length !== 2) return 'it is stored in another order';
  const [rows, columns] = [a.dims[0]!, a.dims[1]!];
  const found = [b.dims[0]!, second.columns];
  const [otherRows, otherColumns] = isTransposed ? found.reverse() : found;
  if (rows !== otherRows || columns !== otherColumns) return `its shape is ${shapeText([otherRows!, otherColumns!])} instead of ${shapeText(a.dims)}`;
  const step = b.dims[1]!;
  if (b.dims[0]! * step > MAX_REORDERED) return `it has ${rows * columns} values in another order, too many to put in order`;
  return isTransposed ? { columns, rowStep: 1, columnStep: step } : { columns, rowStep: step, columnStep: 1 };
}

/** Without leading axes of 1, which say nothing about the order. */
function shapeOf({ task, channelAxis }: ReadableWeight): { readonly dims: readonly number[]; readonly channelAxis: number } {
  const { dims } = task.values;
  const leading = dims.findIndex((dim) => dim !== 1);
  return leading <= 0 || channelAxis < leading ? { dims, channelAxis } : { dims: dims.slice(leading), channelAxis: channelAxis - leading };
}

/** True for equal shapes, and when the second has axes of the first divided, as products of codes and scales have them. */
function isDivided(dims: readonly number[], divided: readonly number[]): boolean {
  let at = 0;
  for (const dim of dims) {
    let product = 1;
    do product *= divided[at++] ?? 0; while (product !== 0 && product < dim);
    if (product !== dim) return false;
  }
  return divided.slice(at).every((dim) => dim === 1);
}

function shapeText(dims: readonly number[]): string {
  return dims.length === 0 ? 'scalar' : dims.join(' × ');
}
