import { formatExact, formatSmall } from '../../format/numbers';
import type { Tensor } from '../../onnx/model';
import type { Site } from '../dataFlow';
import { rangesAlong, zeroPointsOf, scaleAxis } from '../codes';
import { INTEGER_OPERATORS } from '../integerKernels';
import { smallestNormal } from '../../quant/numbers';
import { granularityOf } from '../quantizer';
import type { Quantizer } from '../quantizer';
import type { Found, Rule } from '../rule';
import type { AuditSubject } from '../subject';

/** A scale that is zero, negative, subnormal or no number. */
export const scaleValue: Rule = {
  id: 'scale-value',
  title: 'Scale that no value can have',
  severity: 'error',
  needs: 'weights',
  help: 'A scale of zero makes QuantizeLinear divide by zero and DequantizeLinear give zeros whatever the codes are; a NaN or an infinity spreads to every output. A subnormal scale works on paper, but units that flush subnormal numbers to zero (many GPUs and NPUs, CPUs in that mode) compute with zero. A negative scale turns the order of the codes round, which the formula allows and kernels that compare or cut off codes do not expect.',
  *check(subject) {
    const seen = new Set<Tensor>();
    for (const { site, scale, quantizer } of scalesOf(subject)) {
      if (seen.has(scale)) continue;
      seen.add(scale);
      const found = judge(scale, site, quantizer, subject);
      if (found !== null) yield found;
    }
  },
};

function* scalesOf(subject: AuditSubject): Generator<{ readonly site: Site; readonly scale: Tensor; readonly quantizer: Quantizer | null }> {
  for (const quantizer of subject.quantizers) if (quantizer.scale !== null) yield { site: quantizer, scale: quantizer.scale, quantizer };
  for (const site of subject.flow.sites) {
    for (const input of INTEGER_OPERATORS.get(site.node.op)?.scales ?? []) {
      const scale = subject.flow.stored(site.scope, site.node.inputs[input] ?? '');
      if (scale !== null) yield { site, scale, quantizer: null };
    }
  }
}

/** Says which of the values are meant, before what they are. */
type Wording = (indices: readonly number[]) => string;

function judge(scale: Tensor, { node }: Site, quantizer: Quantizer | null, subject: AuditSubject): Found | null {
  const values = subject.constants.numbers(scale);
  if (values === null) return null;
  const place = { node: subject.nameOf(node), tensor: scale.name === '' ? (node.inputs[1] ?? '') : scale.name };
  const where: Wording = (indices) => (values.length === 1 ? 'is' : `has ${formatExact(indices.length)} of ${formatExact(values.length)} values, the first at ${indices[0]!}, that are`);

  const wild = indicesOf(values, (value) => !Number.isFinite(value));
  if (wild.length > 0) {
    return { ...place, severity: 'error', reason: `The scale "${place.tensor}" ${where(wild)} ${String(values[wild[0]!])}.`, consequence: 'Every value that it touches becomes NaN or infinite.', remedy: 'Look for NaN or infinity in the weights or calibration samples, and quantize again.' };
  }
  const zeros = indicesOf(values, (value) => value === 0);
  if (zeros.length > 0) {
    const loses = quantizer === null || quantizer.kind === 'quantize' ? true : losesCodes(quantizer, zeros, subject);
    const reason = `The scale "${place.tensor}" ${where(zeros)} 0.`;
    if (!loses) {
      return { ...place, severity: 'note', reason, consequence: 'Nothing is lost, because the codes there all stand for zero; other tools may refuse it.', remedy: 'Use a scale of 1 for channels without any weight.' };
    }
    const divides = quantizer?.kind === 'quantize';
    return { ...place, severity: 'error', reason, consequence: divides ? 'The runtime divides by zero: codes end up at the ends of the range or anywhere.' : 'Whatever the codes are, the values are 0.', remedy: 'Quantize again, with a scale of 1 where all values are zero.' };
  }
  const tiny = smallestNormal(scale.dataType);
  const subnormal = indicesOf(values, (value) => Math.abs(value) < tiny);
  if (subnormal.length === 0) return judgeSigns(values, place, where);
  return {
    ...place,
    severity: scale.dataType === 'float16' ? 'note' : 'warning',
    reason: `The scale "${place.tensor}" ${where(subnormal)} ${String(values[subnormal[0]!])}, which is subnormal in ${scale.dataType}.`,
    consequence: scale.dataType === 'float16' ? 'It has fewer digits than other scales, and units without subnormal numbers take it for 0.' : 'Units that flush subnormal numbers to zero compute with 0.',
    remedy: scale.dataType === 'float16' ? 'Keep the scales of weights this small in float32.' : 'Treat a channel this small as zero: scale 1, all codes at the zero point.',
  };
}

function judgeSigns(values: ArrayLike<number>, place: Pick<Found, 'node' | 'tensor'>, where: Wording): Found | null {
  const negative = indicesOf(values, (value) => value < 0);
  if (negative.length === 0) return null;
  return {
    ...place,
    severity: 'warning',
    reason: `The scale "${place.tensor}" ${where(negative)} ${formatSmall(values[negative[0]!]!)}.`,
    consequence: 'Larger codes stand for smaller values: where a runtime leaves a Relu or Clip to the ends of the codes, or compares codes, the result is wrong.',
    remedy: 'Use the scale without its sign, and mirror the codes about the zero point.',
  };
}

/** False when all codes under the zero scales stand for zero anyway. Activations, and codes that were not read, are taken to lose something. */
function losesCodes(quantizer: Quantizer, zeros: readonly number[], subject: AuditSubject): boolean {
  const layer = subject.layerBehind(quantizer);
  if (layer === null) return losesBias(quantizer, zeros, subject);
  const axis = scaleAxis(layer);
  if (axis === null) return true;
  const ranges = rangesAlong(layer.tensor, axis, subject);
  const zeroPoints = zeroPointsOf(layer, subject);
  if (ranges === null || zeroPoints === null) return true;
  return zeros.some((index) => {
    const zeroPoint = zeroPoints[zeroPoints.length === 1 ? 0 : index];
    return ranges.low[index] !== zeroPoint || ranges.high[index] !== zeroPoint;
  });
}

/** The codes of a bias, one for each scale or all with one. */
function losesBias(quantizer: Quantizer, zeros: readonly number[], { constants, flow }: AuditSubject): boolean {
  const { kind, codeType, node, scope } = quantizer;
  const codes = kind === 'dequantize' && codeType === 'int32' ? constants.numbers(flow.stored(scope, node.inputs[0] ?? '')) : null;
  if (codes === null) return true;
  return granularityOf(quantizer) === 'tensor' ? indicesOf(codes, (code) => code !== 0).length > 0 : zeros.some((index) => codes[index] !== 0);
}

function indicesOf(values: ArrayLike<number>, test: (value: number) => boolean): readonly number[] {
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1) if (test(values[index]!)) found.push(index);
  return found;
}
