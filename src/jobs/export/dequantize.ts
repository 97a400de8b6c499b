import type { LayerWeight } from '../../graph/layer';
import { dataTypeCode } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import type { NewNode } from '../../onnx/edits';
import { layoutOf } from '../../quant/layout';
import type { IntegerScheme } from '../../quant/scheme';
import { formatOf } from '../../quant/scheme';
import { scaleTypeOf, storedBytes, storesZeroPoints } from '../../quant/storage';
import type { StoredScheme } from '../../targets/target';
import type { FreshNames } from './freshNames';

/** A tensor that takes a part of the place of a quantized one. */
export interface StoredPart {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/** What a weight becomes: new tensors, and nodes that make the original value from them under its original name. */
export interface Replacement {
  readonly codes: StoredPart;
  readonly scales: StoredPart | null;
  readonly zeroPoints: StoredPart | null;
  readonly nodes: readonly NewNode[];
}

/**
 * Describes how a weight is stored under a scheme: `DequantizeLinear` in the given domain over codes, scales and zero
 * points, whose type is that of the scales and so that of the weight; or a Cast over float16.
 */
export function replaceWeight(valueName: string, weight: LayerWeight, scheme: StoredScheme, domain: string, names: FreshNames): Replacement {
  const bytes = storedBytes(weight, weight.dataType, scheme);
  if (scheme.kind === 'float16') {
    const codes: StoredPart = { name: names.take(`${valueName}_float16`), dataType: 'float16', dims: weight.dims, bytes: bytes.codes };
    return { codes, scales: null, zeroPoints: null, nodes: [castNode(codes.name, valueName, weight, names)] };
  }
  const { scaleDims } = layoutOf(weight, scheme.granularity);
  const format = formatOf(scheme) as DataType;
  const codes: StoredPart = { name: names.take(`${valueName}_quantized`), dataType: format, dims: weight.dims, bytes: bytes.codes };
  const scaleType = scaleTypeOf(weight.dataType);
  const scales: StoredPart = { name: names.take(`${valueName}_scale`), dataType: scaleType, dims: scaleDims, bytes: bytes.scales };
  const zeroPoints: StoredPart | null = storesZeroPoints(scheme)
    ? { name: names.take(`${valueName}_zero_point`), dataType: format, dims: scaleDims, bytes: bytes.zeroPoints }
    : null;

  const dequantize: NewNode = {
    op: 'DequantizeLinear',
    domain,
    name: names.take(`${valueName}_DequantizeLinear`),
    inputs: [codes.name, scales.name, ...(zeroPoints ? [zeroPoints.name] : [])],
    outputs: [valueName],
    attributes: axisAttributes(weight, scheme),
  };
  return { codes, scales, zeroPoints, nodes: [dequantize] };
}

function axisAttributes(weight: LayerWeight, { granularity }: IntegerScheme): NonNullable<NewNode['attributes']> {
  const { quantizedAxis } = layoutOf(weight, granularity);
  if (quantizedAxis === null) return {};
  return { axis: { int: quantizedAxis }, ...(typeof granularity === 'object' ? { block_size: { int: granularity.block } } : {}) };
}

function castNode(input: string, output: string, { dataType }: LayerWeight, names: FreshNames): NewNode {
  return { op: 'Cast', name: names.take(`${output}_Cast`), inputs: [input], outputs: [output], attributes: { to: { int: dataTypeCode(dataType) } } };
}
