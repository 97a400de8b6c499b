import { formatExact, formatSmall } from '../../format/numbers';
import { logicalOperator } from '../../graph/logical/operators';
import type { Tensor } from '../../onnx/model';
import type { Site } from '../../graph/dataFlow';
import { hasByteCodes } from '../codeFacts';
import { rangesAlong, scaleAxis, zeroPointsOf } from '../codes';
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
    for (const candidate of scalesOf(subject)) {
      if (seen.has(candidate.scale)) continue;
      seen.add(candidate.scale);
      const found = judge(candidate, subject);
      if (found !== null) yield found;
    }
  },
};

interface Candidate {
  readonly site: Site;
  readonly scale: Tensor;
  /** What the scale belongs to, when that is a Q or DQ node. */
  readonly quantizer: Quantizer | null;
  /** True for scales of weights and biases, whose codes are in the file. */
  readonly isStored: boolean;
  /** True where codes are packed for one operator, by blocks. */
  readonly isPacked: boolean;
}

function* scalesOf({ quantizers, flow }: AuditSubject): Generator<Candidate> {
  const isStored = ({ node, scope }: Site, codes: number): boolean => flow.stored(scope, node.inputs[codes] ?? '') !== null;
  for (const quantizer of quantizers) if (quantizer.scale !== null) yield { site: quantizer, scale: quantizer.scale, quantizer, isStored: quantizer.kind === 'dequantize' && isStored(quantizer, 0), isPacked: false };
  for (const site of flow.sites) {
    const operator = logicalOperator(site.node);
    if (operator === undefined) continue;
    const inputs = [...operator.coded.map(({ codes, scale }) => ({ scale, isStored: isStored(site, codes) })), { scale: operator.output?.scale ?? null, isStored: false }];
    for (const input of inputs) {
      const scale = input.scale === null ? null : flow.stored(site.scope, site.node.inputs[input.scale] ?? '');
      if (scale !== null) yield { site, scale, quantizer: null, isStored: input.isStored, isPacked: operator.form === 'packed' };
    }
  }
}

/** Says which of the values are meant, before what they are. */
type Wording = (indices: readonly number[]) => string;

function judge(candidate: Candidate, subject: AuditSubject): Found | null {
  const { scale, site: { node }, quantizer, isStored } = candidate;
  const values = subject.constants.numbers(scale);
  if (values === null) return null;
  const place = { node: subject.nameOf(node), tensor: scale.name === '' ? (node.inputs[1] ?? '') : scale.name };
  const where: Wording = (indices) => (values.length === 1 ? 'is' : `has ${formatExact(indices.length)} of ${formatExact(values.length)} values, the first at ${indices[0]!}, that are`);

  const wild = indicesOf(values, (value) => !Number.isFinite(value));
  if (wild.length > 0) {
    return { ...place, severity: 'error', reason: `The scale "${place.tensor}" ${where(wild)} ${String(values[wild[0]!])}.`, consequence: 'Every value that it touches becomes NaN or infinite.', remedy: 'Look for NaN or infinity in the weights or calibration samples, and quantize again.' };
  }
  const zeros = indicesOf(values, (value) => value === 0);
  if (zeros.length > 0) return { ...place, reason: `The scale "${place.tensor}" ${where(zeros)} 0.`, ...effectOfZeros(quantizer, lossOf(candidate, zeros, subject)) };
  const tiny = smallestNormal(scale.dataType);
  const subnormal = indicesOf(values, (value) => Math.abs(value) < tiny);
  if (subnormal.length > 0) {
    return {
      ...place,
      severity: scale.dataType === 'float16' ? 'note' : 'warning',
      reason: `The scale "${place.tensor}" ${where(subnormal)} ${String(values[subnormal[0]!])}, which is subnormal in ${scale.dataType}.`,
      consequence: scale.dataType === 'float16' ? 'It has fewer digits than other scales, and units without subnormal numbers take it for 0.' : 'Units that flush subnormal numbers to zero compute with 0.',
      remedy: scale.dataType === 'float16' ? 'Keep the scales of weights this small in float32.' : 'Treat a channel this small as zero: scale 1, all codes at the zero point.',
    };
  }
  // Weights are only multiplied: onnxruntime gives blocks negative scales to use the lowest code.
  return isStored ? null : judgeSigns(values, place, where);
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

type Effect = Pick<Found, 'severity' | 'consequence' | 'remedy'>;

function effectOfZeros(quantizer: Quantizer | null, loss: boolean | null): Effect {
  if (loss === true) {
    const divides = quantizer?.kind === 'quantize';
    return { severity: 'error', consequence: divides ? 'The runtime divides by zero: codes end up at the ends of the range or anywhere.' : 'Whatever the codes are, the values are 0.', remedy: 'Quantize again, with a scale of 1 where all values are zero.' };
  }
  const consequence = loss === false ? 'Nothing is lost, because the codes there all stand for zero; other tools may refuse it.' : 'The values there are all 0, as they should be where the float weights were; other tools may refuse it.';
  return { severity: 'note', consequence, remedy: `Use a scale of 1 for ${loss === null ? 'blocks' : 'channels'} without any weight.` };
}

/** Whether codes under zero scales stand for something else than zero; null where that is not known. Those of activations always may. */
function lossOf({ quantizer, isStored, isPacked }: Candidate, zeros: readonly number[], subject: AuditSubject): boolean | null {
  if (!isStored) return true;
  if (quantizer === null) return isPacked ? null : true;
  const layer = subject.layerBehind(quantizer);
  if (layer === null) return lossOfBias(quantizer, zeros, subject);
  const axis = scaleAxis(layer);
  const ranges = axis === null ? null : rangesAlong(layer.tensor, axis, subject);
  const zeroPoints = zeroPointsOf(layer, subject);
  // Codes of a byte are read, unless that fails: then the worst is assumed.
  if (ranges === null || zeroPoints === null) return axis !== null && hasByteCodes(layer.tensor) ? true : null;
  return zeros.some((index) => {
    const zeroPoint = zeroPoints[zeroPoints.length === 1 ? 0 : index];
    return ranges.low[index] !== zeroPoint || ranges.high[index] !== zeroPoint;
  });
}

/** Of codes that are no weight: one for each scale, or all with one. */
function lossOfBias(quantizer: Quantizer, zeros: readonly number[], { constants, flow }: AuditSubject): boolean | null {
  const { codeType, node, scope } = quantizer;
  const codes = codeType === 'int32' ? constants.numbers(flow.stored(scope, node.inputs[0] ?? '')) : null;
  if (codes === null) return null;
  return granularityOf(quantizer) === 'tensor' ? indicesOf(codes, (code) => code !== 0).length > 0 : zeros.some((index) => codes[index] !== 0);
}

function indicesOf(values: ArrayLike<number>, test: (value: number) => boolean): readonly number[] {
  const found: number[] = [];
  for (let index = 0; index < values.length; index += 1) if (test(values[index]!)) found.push(index);
  return found;
}
