import type { LayerWeight } from '../../graph/layer';
import { dataTypeCode } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import type { NewNode } from '../../onnx/edits';
import { layoutOf } from '../../quant/layout';
import type { GroupedTensor } from '../../quant/layout';
import type { Granularity, IntegerScheme } from '../../quant/scheme';
import { formatOf } from '../../quant/scheme';
import { scaleTypeOf, storedBytes, storesZeroPoints } from '../../quant/storage';
import type { FreshNames } from './freshNames';
import type { FixedPart, FixedTensor, Replacement, StoredPart } from './replacement';

/*
 * Blocks where no DequantizeLinear takes them: codes and zero points are turned into floats as they are, by a
 * DequantizeLinear with scale 1, and (codes − zero points) × scales is left to Sub and Mul. That is the arithmetic of
 * DequantizeLinear, step by step, so the values are the same to the last bit. All tensors keep the order of their elements.
 */

/** How the scales of blocks meet their codes. */
export interface ProductLayout {
  /** With the axis of the blocks divided in two where blocks fill it exactly, so that scales are broadcast. */
  readonly codeDims: readonly number[];
  readonly scaleDims: readonly number[];
  /** The axis of the blocks in `scaleDims`. */
  readonly axis: number;
  /** The scale that codes and zero points have on their own. */
  readonly one: FixedTensor;
  /** Index of the block of each row, by which scales are repeated; null where they are broadcast. */
  readonly blockOfRow: FixedTensor | null;
  /** The original shape; null where the codes have it. */
  readonly shape: FixedTensor | null;
}

export function productLayout(weight: GroupedTensor, granularity: Granularity): ProductLayout {
  const { dims } = weight;
  const { scaleDims, quantizedAxis } = layoutOf(weight, granularity);
  const one: FixedTensor = { dataType: 'float', dims: [], content: new Uint8Array(Float32Array.of(1).buffer) };
  const axis = quantizedAxis ?? 0;
  const plain: ProductLayout = { codeDims: dims, scaleDims, axis, one, blockOfRow: null, shape: null };
  // One block along the axis is broadcast as it is.
  if (typeof granularity === 'string' || quantizedAxis === null || scaleDims[axis]! <= 1) return plain;
  const { block } = granularity;
  const rows = dims[axis]!;
  if (rows % block !== 0) {
    const blockOfRow = Int32Array.from({ length: rows }, (_, row) => Math.floor(row / block));
    return { ...plain, blockOfRow: { dataType: 'int32', dims: [rows], content: new Uint8Array(blockOfRow.buffer) } };
  }
  const split = (inner: number): readonly number[] => [...dims.slice(0, axis), rows / block, inner, ...dims.slice(axis + 1)];
  const shape = BigInt64Array.from(dims, BigInt);
  return { ...plain, codeDims: split(block), scaleDims: split(1), shape: { dataType: 'int64', dims: [dims.length], content: new Uint8Array(shape.buffer) } };
}

/** Bytes of what is stored besides codes, scales and zero points. */
export function productConstantBytes(weight: GroupedTensor, granularity: Granularity): number {
  const { one, blockOfRow, shape } = productLayout(weight, granularity);
  return [one, blockOfRow, shape].reduce((sum, tensor) => sum + (tensor?.content.length ?? 0), 0);
}

/** Describes a weight in blocks as a product of codes and scales. `domain`: whose DequantizeLinear takes the codes. */
export function replaceByProduct(valueName: string, weight: LayerWeight, scheme: IntegerScheme, domain: string, names: FreshNames): Replacement {
  const layout = productLayout(weight, scheme.granularity);
  const bytes = storedBytes(weight, weight.dataType, scheme);
  const part = (role: string, dataType: DataType, dims: readonly number[], size: number): StoredPart => ({ name: names.take(`${valueName}_${role}`), dataType, dims, bytes: size });
  const fixed = (role: string, tensor: FixedTensor): FixedPart => ({ ...part(role, tensor.dataType, tensor.dims, tensor.content.length), content: tensor.content });
  const format = formatOf(scheme) as DataType;
  const scaleType = scaleTypeOf(weight.dataType);

  const codes = part('quantized', format, layout.codeDims, bytes.codes);
  const scales = part('scale', scaleType, layout.scaleDims, bytes.scales);
  const zeroPoints = storesZeroPoints(scheme) ? part('zero_point', format, layout.scaleDims, bytes.zeroPoints) : null;
  const one = fixed('one', layout.one);
  const blockOfRow = layout.blockOfRow && fixed('block_of_row', layout.blockOfRow);
  const shape = layout.shape && fixed('shape', layout.shape);

  const chain = new NodeChain(valueName, names);
  const asFloat = ({ name }: StoredPart): string => chain.add({ op: 'DequantizeLinear', domain, inputs: [name, one.name] });
  const forEachRow = (value: string): string => (blockOfRow === null ? value : chain.add({ op: 'Gather', inputs: [value, blockOfRow.name], attributes: { axis: { int: layout.axis } } }));
  // The product is made in float32 and rounded once, as DequantizeLinear does with float16 scales.
  const cast = (value: string, to: DataType): string => chain.add({ op: 'Cast', inputs: [value], attributes: { to: { int: dataTypeCode(to) } } });

  let value = asFloat(codes);
  if (zeroPoints !== null) value = chain.add({ op: 'Sub', inputs: [value, forEachRow(asFloat(zeroPoints))] });
  const floatScales = scaleType === 'float' ? scales.name : cast(scales.name, 'float');
  value = chain.add({ op: 'Mul', inputs: [value, forEachRow(floatScales)] });
  if (scaleType !== 'float') value = cast(value, scaleType);
  if (shape !== null) chain.add({ op: 'Reshape', inputs: [value, shape.name] });
  return { codes, scales, zeroPoints, constants: [one, blockOfRow, shape].filter((constant) => constant !== null), nodes: chain.finish() };
}

/** Nodes with one output each; the last one gives the value that all of them are for. */
class NodeChain {
  readonly #nodes: NewNode[] = [];

  constructor(
    private readonly valueName: string,
    private readonly names: FreshNames,
  ) {}

  /** Returns the name of the node's output. */
  add(node: Omit<NewNode, 'name' | 'outputs'>): string {
    const name = this.names.take(`${this.valueName}_${node.op}`);
    this.#nodes.push({ ...node, name, outputs: [name] });
    return name;
  }

  finish(): readonly NewNode[] {
    return this.#nodes.map((node, index) => (index === this.#nodes.length - 1 ? { ...node, outputs: [this.valueName] } : node));
  }
}
