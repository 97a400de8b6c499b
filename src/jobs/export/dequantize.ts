import type { LayerWeight } from '../../graph/layer';
import { dataTypeCode } from '../../onnx/dtypes';
import type { DataType } from '../../onnx/dtypes';
import type { NewNode } from '../../onnx/edits';
import { layoutOf } from '../../quant/layout';
import type { IntegerScheme } from '../../quant/scheme';
import { formatOf } from '../../quant/scheme';
import { packedBytes } from '../../quant/packing';
import { scaleTypeOf, storedBytes, storesZeroPoints } from '../../quant/storage';
import type { Conversion } from './conversion';
import { replaceByProduct } from './blockProduct';
import type { FreshNames } from './freshNames';
import type { Replacement, StoredPart } from './replacement';

/**
 * Describes how a weight is stored under a scheme: `DequantizeLinear` in the given domain over codes, scales and zero
 * points, whose type is that of the scales and so that of the weight; a product of codes and scales; or a Cast over float16.
 */
export function replaceWeight(valueName: string, weight: LayerWeight, { scheme, way: { domain, form }, explicitZeroPoints }: Pick<Conversion, 'scheme' | 'way' | 'explicitZeroPoints'>, names: FreshNames): Replacement {
  if (scheme.kind === 'integer' && form === 'product') return replaceByProduct(valueName, weight, scheme, domain, names);
  const bytes = storedBytes(weight, weight.dataType, scheme);
  if (scheme.kind === 'float16') {
    const codes: StoredPart = { name: names.take(`${valueName}_float16`), dataType: 'float16', dims: weight.dims, bytes: bytes.codes };
    return { codes, scales: null, zeroPoints: null, constants: [], nodes: [castNode(codes.name, valueName, weight, names)] };
  }
  const { scaleDims, groups } = layoutOf(weight, scheme.granularity);
  const format = formatOf(scheme) as DataType;
  const codes: StoredPart = { name: names.take(`${valueName}_quantized`), dataType: format, dims: weight.dims, bytes: bytes.codes };
  const scaleType = scaleTypeOf(weight.dataType);
  const scales: StoredPart = { name: names.take(`${valueName}_scale`), dataType: scaleType, dims: scaleDims, bytes: bytes.scales };
  const zeroPoints: StoredPart | null = storesZeroPoints(scheme) || explicitZeroPoints === true
    ? { name: names.take(`${valueName}_zero_point`), dataType: format, dims: scaleDims, bytes: packedBytes(scheme.bits, groups) }
    : null;

  const dequantize: NewNode = {
    op: 'DequantizeLinear',
    domain,
    name: names.take(`${valueName}_DequantizeLinear`),
    inputs: [codes.name, scales.name, ...(zeroPoints ? [zeroPoints.name] : [])],
    outputs: [valueName],
    attributes: axisAttributes(weight, scheme),
  };
  return { codes, scales, zeroPoints, constants: [], nodes: [dequantize] };
}

function axisAttributes(weight: LayerWeight, { granularity }: IntegerScheme): NonNullable<NewNode['attributes']> {
  const { quantizedAxis } = layoutOf(weight, granularity);
  if (quantizedAxis === null) return {};
  return { axis: { int: quantizedAxis }, ...(typeof granularity === 'object' ? { block_size: { int: granularity.block } } : {}) };
}

function castNode(input: string, output: string, { dataType }: LayerWeight, names: FreshNames): NewNode {
  return { op: 'Cast', name: names.take(`${output}_Cast`), inputs: [input], outputs: [output], attributes: { to: { int: dataTypeCode(dataType) } } };
}
