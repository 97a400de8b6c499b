import type { Tensor } from '../onnx/model';
import type { CodeRanges } from './rangeFinder';
import { INTEGER_OPERATORS } from './integerKernels';
import { axisIn, granularityOf } from './quantizer';
import type { QuantizedLayer } from './quantizedLayer';
import type { AuditSubject } from './subject';

/** The axis along which a layer's weight has scales: −1 for one scale; null where that cannot be told, and for blocks. */
export function scaleAxis({ dequantize, isDirect, tensor, weight }: QuantizedLayer): number | null {
  if (dequantize === null) return weight.channelAxis;
  const granularity = granularityOf(dequantize);
  if (!isDirect || granularity === null || granularity === 'block') return null;
  return granularity === 'tensor' ? -1 : axisIn(dequantize, tensor.dims.length);
}

/** The zero points of a layer's weight; null where they are computed or cannot be read. */
export function zeroPointsOf(layer: QuantizedLayer, { flow, constants }: AuditSubject): ArrayLike<number> | null {
  const { dequantize, node, scope, op } = layer;
  if (dequantize !== null) return dequantize.computesZeroPoint ? null : dequantize.zeroPoint === null ? ZERO : constants.numbers(dequantize.zeroPoint);
  const name = node.inputs[INTEGER_OPERATORS.get(op)?.weightZeroPoint ?? -1] ?? '';
  return name === '' ? ZERO : constants.numbers(flow.stored(scope, name));
}

/** True for int8 codes around 0, as symmetric quantization makes them. */
export function isSymmetricInt8(layer: QuantizedLayer, subject: AuditSubject): boolean {
  if (layer.tensor.dataType !== 'int8') return false;
  const zeroPoints = zeroPointsOf(layer, subject);
  return zeroPoints !== null && Array.prototype.every.call(zeroPoints, (zeroPoint) => zeroPoint === 0);
}

/** The ranges of a tensor's codes along an axis, when they have been found. */
export function rangesAlong(tensor: Tensor, axis: number, { elements }: AuditSubject): CodeRanges | null {
  return elements.codes.get(tensor)?.ranges.get(axis) ?? null;
}

const ZERO: ArrayLike<number> = [0];
