import fc from 'fast-check';
import type { Tensor } from 'onnxruntime-node';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { codeLimits } from '../../src/quant/coding';
import { fromFloat16, toFloat16 } from '../../src/onnx/float16';
import type { GroupLayout } from '../../src/quant/layout';
import { elementCount, groupAt, layoutOf } from '../../src/quant/layout';
import { packCodes } from '../../src/quant/packing';
import type { GroupParameters, ScaleType } from '../../src/quant/parameters';
import { storedScale } from '../../src/quant/parameters';
import { dequantizeCodes, quantizeValues, throughFloat16 } from '../../src/quant/reference';
import type { Granularity, IntegerFormat, IntegerScheme, WeightBits } from '../../src/quant/scheme';
import { formatOf } from '../../src/quant/scheme';
import { buildModel, graph, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { testScheme, testTensor } from './arbitraries';
import { seededRandom } from './gaussian';
import { referenceParameters } from './reference';

/** Everything that is quantized: values of a shape, under a scheme, with its parameters. */
interface Case {
  readonly values: Float32Array;
  readonly dims: readonly number[];
  readonly scheme: IntegerScheme;
  readonly layout: GroupLayout;
  readonly parameters: GroupParameters;
  readonly type: ScaleType;
}

interface Outcome {
  readonly codes: readonly number[];
  /** Of our codes. */
  readonly values: readonly number[];
}

function storedFloats(values: Float32Array, type: ScaleType): Uint8Array {
  return new Uint8Array((type === 'float' ? values.slice() : Uint16Array.from(values, toFloat16)).buffer);
}

function numbers(tensor: Tensor | undefined): number[] {
  const data = tensor!.data as Float32Array | Uint16Array;
  return tensor!.type === 'float16' ? Array.from(data, fromFloat16) : [...data];
}

/**
 * What onnxruntime's own operators make of it: the codes of QuantizeLinear, shown by a DequantizeLinear with scale 1
 * because they have no type in JavaScript below 8 bits, and the values that DequantizeLinear gives for our codes.
 */
async function byOnnxruntime({ values, dims, scheme, layout, parameters, type }: Case): Promise<Outcome> {
  const format = formatOf(scheme) as IntegerFormat;
  const block = typeof scheme.granularity === 'object' ? { block_size: int(scheme.granularity.block) } : {};
  const attributes = layout.quantizedAxis === null ? {} : { axis: int(layout.quantizedAxis), ...block };
  const model = buildModel({
    irVersion: 10,
    opsets: { '': 25 },
    graph: graph({
      nodes: [
        node('QuantizeLinear', ['x', 's', 'z'], ['q'], { attributes }),
        node('DequantizeLinear', ['q', 'one'], ['codes']),
        node('DequantizeLinear', ['ours', 's', 'z'], ['values'], { attributes }),
      ],
      initializers: [
        rawTensor('x', type, dims, storedFloats(values, type)),
        rawTensor('s', type, layout.scaleDims, storedFloats(parameters.scales, type)),
        rawTensor('z', format, layout.scaleDims, packCodes(parameters.zeroPoints, scheme.bits)),
        rawTensor('ours', format, dims, packCodes(quantizeValues(values, layout, parameters, scheme), scheme.bits)),
        rawTensor('one', 'float', [], storedFloats(Float32Array.of(1), 'float')),
      ],
      outputs: [valueInfo('codes', 'float', dims), valueInfo('values', type, dims)],
    }),
  });
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 });
  const outputs = await session.run({});
  await session.release();
  return { codes: numbers(outputs['codes']), values: numbers(outputs['values']) };
}

/**
 * QuantizeLinear of onnxruntime 1.30 gives 2-bit codes that share a byte the scale of one of them, where neighbours
 * belong to different channels. Its DequantizeLinear does not, and Nibble writes no QuantizeLinear.
 */
function quantizesWrongly({ dims, scheme, layout }: Case): boolean {
  return scheme.bits === 2 && scheme.granularity === 'channel' && elementCount(dims.slice(layout.quantizedAxis! + 1)) === 1;
}

async function expectAgreement(given: Case): Promise<void> {
  const { values, scheme, layout, parameters, type } = given;
  const codes = quantizeValues(values, layout, parameters, scheme);
  const theirs = await byOnnxruntime(given);
  // Adding 0 makes −0 into 0: a code has no sign of zero.
  if (!quantizesWrongly(given)) expect(theirs.codes.map((code) => code + 0)).toEqual([...codes]);
  expect(theirs.values.map((value) => value + 0)).toEqual(Array.from(dequantizeCodes(codes, layout, parameters, type), (value) => value + 0));
}

/** QuantizeLinear saturates where the type ends, and reduced codes before. */
const comparableScheme = testScheme.filter(({ reduced }) => !reduced);

describe('onnxruntime', () => {
  it.each(['float', 'float16'] as const)('gives the same codes and values for weights of type %s as they are quantized here', async (type) => {
    await fc.assert(
      fc.asyncProperty(testTensor, comparableScheme, async (tensor, scheme) => {
        const values = type === 'float' ? tensor.values : throughFloat16(tensor.values.map((value) => Math.max(-60000, Math.min(60000, value))));
        const layout = layoutOf(tensor, scheme.granularity);
        const parameters = referenceParameters(values, layout, scheme, scheme.range, type);
        await expectAgreement({ values, dims: tensor.dims, scheme, layout, parameters, type });
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('gives the same codes and values for any scale and zero point, most of all at ties', async () => {
    const random = seededRandom(9);
    const granularities: readonly Granularity[] = ['tensor', 'channel', { block: 16 }];
    for (const bits of [2, 4, 8, 16] as const satisfies readonly WeightBits[]) {
      for (const signed of [true, false]) {
        for (const granularity of granularities) {
          const dims = [3, 129, 5];
          const scheme: IntegerScheme = { kind: 'integer', bits, signed, symmetric: false, granularity, range: 'minmax' };
          const layout = layoutOf({ dims, channelAxis: 1, blockAxis: 1 }, granularity);
          const { lowest, highest } = codeLimits(scheme);
          const parameters = {
            scales: Float32Array.from({ length: layout.groups }, () => storedScale(2 ** (Math.floor(random() * 250) - 125) * (1 + random()), 'float')),
            zeroPoints: Int32Array.from({ length: layout.groups }, () => lowest + Math.floor(random() * (highest - lowest + 1))),
          };
          const values = Float32Array.from({ length: 3 * 129 * 5 }, (_, index) => nearTie(random, parameters.scales[groupAt(layout, index)]!, 2 ** bits));
          await expectAgreement({ values, dims, scheme, layout, parameters, type: 'float' });
        }
      }
    }
  });
});

/** A value at a tie of the scale's grid or one float32 beside it, or far outside the range, yet not beyond 2^31 scales, where onnxruntime's kernels differ. */
function nearTie(random: () => number, scale: number, levels: number): number {
  const bits = new Int32Array(1);
  const value = new Float32Array(bits.buffer);
  value[0] = (Math.floor(random() * 2.5 * levels) - 1.25 * levels + 0.5) * scale * (random() < 0.1 ? 1e4 : 1);
  bits[0]! += Math.floor(random() * 3) - 1;
  return Number.isFinite(value[0]) ? value[0] : 0;
}
