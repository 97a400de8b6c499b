import { intOf } from '../graph/attributes';
import type { Tensor } from '../onnx/model';
import { elementCount } from '../onnx/tensorData';
import { hasByteCodes } from './codeFacts';
import type { DataFlow } from '../graph/dataFlow';
import type { CodeQuestion } from './codeFacts';
import { isSymmetricInt8, scaleAxis } from './codes';
import { INTEGER_OPERATORS } from './integerKernels';
import type { Reduction } from './pairCounter';
import type { QuantizedLayer } from './quantizedLayer';
import type { AuditSubject } from './subject';

/** What the rules want to know about the elements of weights, each tensor once. */
export function questionsFor(subject: AuditSubject): readonly CodeQuestion[] {
  const questions = new Map<Tensor, { tensor: Tensor; axes: Set<number>; reduction: Reduction | null }>();
  for (const layer of subject.quantized) {
    const { tensor } = layer;
    const axis = scaleAxis(layer);
    if (!hasByteCodes(tensor) || axis === null) continue;
    const axes = new Set<number>();
    if (isSymmetricInt8(layer, subject) || hasZeroScale(layer, subject)) axes.add(axis);
    if (axis >= 0 && axis !== layer.weight.channelAxis && layer.weight.channelAxis >= 0) axes.add(axis).add(layer.weight.channelAxis);
    const reduction = reductionOf(layer, subject.flow);
    if (axes.size === 0 && reduction === null) continue;
    const known = questions.get(tensor);
    if (known === undefined) questions.set(tensor, { tensor, axes, reduction });
    else {
      for (const each of axes) known.axes.add(each);
      known.reduction ??= reduction;
    }
  }
  return [...questions.values()];
}

function hasZeroScale({ dequantize }: QuantizedLayer, { constants }: AuditSubject): boolean {
  const scales = constants.numbers(dequantize?.scale ?? null);
  return scales !== null && Array.prototype.includes.call(scales, 0);
}

/** How the products of a layer's int8 weights with 8-bit activations are summed on a processor without VNNI; null where nothing saturates. */
function reductionOf(layer: QuantizedLayer, flow: DataFlow): Reduction | null {
  const { kernel, tensor, weight, op, node, isDirect, dequantize } = layer;
  if (kernel !== 'integer' || tensor.dataType !== 'int8' || !multipliesUnsigned(layer, flow)) return null;
  if (op.includes('Conv')) return isDepthwise(tensor, intOf(node, 'group', 1)) ? null : { kind: 'convolution' };
  // A matrix on the left is the activation of the kernel, whatever holds it.
  const isRight = weight.input === (INTEGER_OPERATORS.has(op) && op.startsWith('Q') ? 3 : 1);
  return isRight && (dequantize === null || isDirect) && weight.blockAxis >= 0 ? { kind: 'matrix', axis: weight.blockAxis } : null;
}

/**
 * True where the kernel takes uint8 activations. Between Q and DQ nodes onnxruntime rewrites int8 activations to uint8 on x64;
 * operators that are written with int8 activations have a kernel that multiplies in 16 bits.
 */
function multipliesUnsigned({ dequantize, op, node, scope }: QuantizedLayer, flow: DataFlow): boolean {
  const input = dequantize === null ? (INTEGER_OPERATORS.get(op)?.activationZeroPoint ?? -1) : -1;
  return flow.stored(scope, node.inputs[input] ?? '')?.dataType !== 'int8';
}

/** One filter for each channel: that kernel multiplies in 32 bits. */
function isDepthwise({ dims }: Tensor, group: number): boolean {
  return dims[1] === 1 && dims[0] === group && elementCount({ dims }) > 0;
}
