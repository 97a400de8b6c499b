import type { Tensor } from '../../onnx/model';
import { elementCount } from '../../onnx/tensorData';
import { axisIn, granularityOf } from '../quantizer';
import type { Quantizer } from '../quantizer';
import type { Found, Rule } from '../rule';
import type { AuditSubject } from '../subject';

const STOPS = 'Runtimes refuse the model or stop at this node, unless they merge it with a layer without a look at it.';

/** Scales and zero points that cannot belong to the codes beside them. */
export const codeParameters: Rule = {
  id: 'code-parameters',
  title: 'Scales and zero points that do not fit their codes',
  severity: 'error',
  needs: 'scales',
  help: 'A zero point has the type of its codes, and there are as many zero points as scales: one for the tensor, or one for each entry of an axis that the codes have. The int32 codes of a bias have the zero point 0. Tools that write the parts of a quantized tensor apart get this wrong for biases above all, where the axis that is meant by default does not exist.',
  *check(subject) {
    for (const quantizer of subject.quantizers) {
      const reason = mistypes(quantizer, subject) ?? miscounts(quantizer) ?? misplaces(quantizer, subject);
      if (reason !== null) yield { ...place(quantizer, subject), severity: 'error', reason, consequence: STOPS, remedy: 'Write scale and zero point of this tensor again, with the axis that they belong to.' };
      else if (shiftsSums(quantizer, subject)) {
        yield {
          ...place(quantizer, subject),
          severity: 'warning',
          reason: 'The int32 codes of a bias have a zero point other than 0.',
          consequence: 'Integer kernels add these codes as they are: the layer runs in float, or its bias is wrong.',
          remedy: 'Subtract the zero point from the codes and leave it out.',
        };
      }
    }
  },
};

function place({ node }: Quantizer, subject: AuditSubject): Pick<Found, 'node' | 'tensor'> {
  return { node: subject.nameOf(node), tensor: node.inputs[0] ?? null };
}

function storedCodes({ kind, node, scope }: Quantizer, { flow }: AuditSubject): Tensor | null {
  return kind === 'dequantize' ? flow.stored(scope, node.inputs[0] ?? '') : null;
}

function mistypes(quantizer: Quantizer, subject: AuditSubject): string | null {
  const codes = storedCodes(quantizer, subject);
  const { zeroPoint } = quantizer;
  return codes === null || zeroPoint === null || codes.dataType === zeroPoint.dataType ? null : `The codes are ${codes.dataType}, their zero point is ${zeroPoint.dataType}.`;
}

function miscounts({ scale, zeroPoint }: Quantizer): string | null {
  if (scale === null || zeroPoint === null) return null;
  const [scales, zeroPoints] = [elementCount(scale), elementCount(zeroPoint)];
  return scales === zeroPoints ? null : `There are ${scales} scales and ${zeroPoints} zero points.`;
}

/** Scales of channels that stored codes do not have. The rule about axes judges those of a layer's weights, and knows which axis is right. */
function misplaces(quantizer: Quantizer, subject: AuditSubject): string | null {
  const codes = storedCodes(quantizer, subject);
  if (codes === null || granularityOf(quantizer) !== 'channel' || subject.layerBehind(quantizer)?.isDirect === true) return null;
  const axis = axisIn(quantizer, codes.dims.length);
  const [scales, entries] = [elementCount(quantizer.scale!), codes.dims[axis]];
  if (scales === entries) return null;
  return entries === undefined ? `Its axis is ${quantizer.axis}; the codes have ${codes.dims.length === 1 ? 'one dimension' : `${codes.dims.length} dimensions`}.` : `There are ${scales} scales for axis ${axis} of the codes, which has ${entries} entries.`;
}

function shiftsSums({ kind, codeType, zeroPoint }: Quantizer, { constants }: AuditSubject): boolean {
  const zeroPoints = kind === 'dequantize' && codeType === 'int32' ? constants.numbers(zeroPoint) : null;
  return zeroPoints !== null && Array.prototype.some.call(zeroPoints, (value) => value !== 0);
}
