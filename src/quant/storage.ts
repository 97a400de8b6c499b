import type { DataType } from '../onnx/dtypes';
import type { GroupedTensor } from './layout';
import { elementCount, layoutOf } from './layout';
import { packedBytes } from './packing';
import type { ScaleType } from './parameters';
import type { Float16Scheme, IntegerScheme } from './scheme';

/** Bytes of the parts of a quantized tensor; 0 for a part that is not stored. */
export interface StoredBytes {
  readonly codes: number;
  readonly scales: number;
  readonly zeroPoints: number;
}

/**
 * Element type of the scales of a tensor. DequantizeLinear's output has the type of its scale, so the scales of float16
 * weights are float16 and the graph around them keeps its types.
 */
export function scaleTypeOf(dataType: DataType): ScaleType {
  return dataType === 'float16' ? 'float16' : 'float';
}

/** False for signed symmetric schemes: their zero point is 0, which is what a missing one means. */
export function storesZeroPoints(scheme: IntegerScheme): boolean {
  return !(scheme.signed && scheme.symmetric);
}

/** What a tensor takes under a scheme. Throws as `layoutOf` does. */
export function storedBytes(tensor: GroupedTensor, dataType: DataType, scheme: IntegerScheme | Float16Scheme): StoredBytes {
  const elements = elementCount(tensor.dims);
  if (scheme.kind === 'float16') return { codes: 2 * elements, scales: 0, zeroPoints: 0 };
  const { groups } = layoutOf(tensor, scheme.granularity);
  return {
    codes: packedBytes(scheme.bits, elements),
    scales: groups * (scaleTypeOf(dataType) === 'float16' ? 2 : 4),
    zeroPoints: storesZeroPoints(scheme) ? packedBytes(scheme.bits, groups) : 0,
  };
}
