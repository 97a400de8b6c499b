import type { Tensor } from '../../onnx/model';
import { elementCount } from '../../onnx/tensorData';
import { rangesAlong } from '../codes';
import { INTEGER_OPERATORS } from '../integerKernels';
import { axisIn, granularityOf } from '../quantizer';
import type { QuantizedLayer } from '../quantizedLayer';
import type { CodeRanges } from '../rangeFinder';
import type { Repair } from '../repair';
import type { Found, Rule } from '../rule';
import type { AuditSubject } from '../subject';

/** Operators that look rows up: their scales may run along any axis. */
const LOOKUPS: ReadonlySet<string> = new Set(['Gather', 'EmbedLayerNormalization', 'GatherBlockQuantized']);

/** The scales of channels run along an axis that the operator sums over, or there are not as many as the axis has entries. */
export const channelAxis: Rule = {
  id: 'channel-axis',
  title: 'Scales along the wrong axis',
  severity: 'error',
  needs: 'weights',
  help: 'A scale for each channel can be taken out of a sum of products only when it belongs to one output: axis 0 of a convolution, axis 1 of a transposed one, the columns of a right-hand matrix. onnxruntime computes a Conv between Q and DQ nodes on integers without a look at the axis, so a wrong one gives wrong numbers without any message.',
  *check(subject) {
    for (const layer of subject.quantized) {
      const found = layer.dequantize === null ? countOfInteger(layer, subject) : checkDequantize(layer, subject);
      if (found !== null) yield found;
    }
  },
};

function checkDequantize(layer: QuantizedLayer, subject: AuditSubject): Found | null {
  const { dequantize, isDirect, weight, tensor, name, op } = layer;
  if (dequantize === null || !isDirect || granularityOf(dequantize) !== 'channel') return null;
  const axis = axisIn(dequantize, tensor.dims.length);
  const scales = elementCount(dequantize.scale!);
  const entries = tensor.dims[axis];
  const right = weight.channelAxis;
  const place = { node: name, tensor: weight.tensor };
  if (scales !== entries) {
    return {
      ...place,
      severity: 'error',
      reason: `There are ${scales} scales for axis ${axis} of "${weight.tensor}", which ${entries === undefined ? 'does not exist' : `has ${entries} entries`} (${tensor.dims.join(' × ')}).`,
      consequence: 'Runtimes refuse the model, or read scales that are not there.',
      remedy: tensor.dims[right] === scales ? `Set axis to ${right}, the channels of ${op}.` : 'Quantize this weight again.',
      ...(tensor.dims[right] === scales ? { repair: { kind: 'axis', node: dequantize.node, axis: right } as const } : {}),
    };
  }
  if (right < 0 || axis === right || LOOKUPS.has(op)) return null;
  const repair = mislabelled(layer, axis, subject);
  return {
    ...place,
    severity: layer.kernel === 'integer' ? 'error' : 'warning',
    reason: `The scales of "${weight.tensor}" run along axis ${axis}; ${op} keeps axis ${right} apart and sums over axis ${axis}.`,
    consequence: layer.kernel === 'integer' ? 'onnxruntime computes the layer on integers as if the scales ran along the other axis: its output is wrong.' : 'No runtime can compute this layer on integers.',
    remedy: repair ? `Set axis to ${right}: the codes have been made for it.` : `Quantize this weight again with a scale for each entry of axis ${right}.`,
    ...(repair ? { repair } : {}),
  };
}

/** The weight scales of an operator on integers: it has no axis, only as many as it has channels. */
function countOfInteger({ op, node, scope, weight, tensor, name }: QuantizedLayer, { flow }: AuditSubject): Found | null {
  const input = weight.input === 0 ? null : (INTEGER_OPERATORS.get(op)?.weightScale ?? null);
  const scale = input === null ? null : flow.stored(scope, node.inputs[input] ?? '');
  const channels = tensor.dims[weight.channelAxis];
  // Stacks of matrices may have scales for each of them.
  if (scale === null || channels === undefined || (op !== 'QLinearConv' && tensor.dims.length > 2)) return null;
  const scales = elementCount(scale);
  if (scales === 1 || scales === channels) return null;
  return {
    severity: 'error',
    node: name,
    tensor: weight.tensor,
    reason: `${op} has ${scales} scales for the ${channels} channels of "${weight.tensor}".`,
    consequence: 'Runtimes refuse the model, or read scales that are not there.',
    remedy: `Quantize this weight again with one scale, or with ${channels}.`,
  };
}

/** Shares of channels that use all of their codes: nearly all along the axis that quantization went by, few along another. */
const MANY = 0.9;
const FEW = 0.5;

/**
 * Quantization stretches each channel to the ends of the codes, so the codes tell along which axis it went. When that is the
 * axis which the operator needs, only the node's attribute is wrong.
 */
function mislabelled({ tensor, weight, dequantize }: QuantizedLayer, axis: number, subject: AuditSubject): Repair | null {
  const right = weight.channelAxis;
  if (tensor.dims[axis] !== tensor.dims[right]) return null;
  const [given, wanted] = [axis, right].map((each) => rangesAlong(tensor, each, subject));
  if (!given || !wanted || shareFilled(wanted, tensor) < MANY || shareFilled(given, tensor) > FEW) return null;
  return { kind: 'axis', node: dequantize!.node, axis: right };
}

function shareFilled({ low, high }: CodeRanges, { dataType }: Tensor): number {
  const isFilled = (index: number): boolean => (dataType === 'uint8' ? low[index] === 0 && high[index] === 255 : low[index]! <= -127 || high[index] === 127);
  return Array.from(low, (_, index) => isFilled(index)).filter(Boolean).length / low.length;
}
