import { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import type { DataType } from '../../src/onnx/dtypes';
import { numberToHalf } from '../support/float16';
import type { PlannedWeights } from '../../src/plan/plan';
import type { Granularity, WeightBits } from '../../src/quant/scheme';
import { nativeRuntime } from '../../src/runtime/native';
import type { TensorValue } from '../../src/runtime/tensorValue';
import { numberAt } from '../../src/jobs/samples/convert';
import { randomSamples } from '../../src/jobs/samples/random';
import { dequantizedWeights } from '../support/floatTwin';
import { buildModel, rawTensor } from '../support/onnxBuilder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { OPERATORS, operatorModel, weightValues } from '../support/weightedModels';
import type { OperatorCase } from '../support/weightedModels';

/*
 * For every format, granularity, operator set and operator: the written file loads, the weights that its nodes give are
 * close to the original ones (a wrong axis, order or offset is far off), and it computes exactly what the float model
 * computes with those weights in it.
 */

const FORMATS: readonly { readonly bits: WeightBits; readonly signed: boolean; readonly symmetric: boolean }[] = [
  { bits: 8, signed: true, symmetric: true },
  { bits: 8, signed: false, symmetric: false },
  { bits: 4, signed: true, symmetric: true },
  { bits: 4, signed: false, symmetric: false },
  { bits: 16, signed: true, symmetric: true },
  { bits: 16, signed: false, symmetric: false },
];
const GRANULARITIES: readonly Granularity[] = ['tensor', 'channel', { block: 16 }];

/** A step of 1/15 of the range at 4 bits; per-tensor ranges hold values up to about 4 deviations. */
const WORST_STEP: Readonly<Record<WeightBits, number>> = { 2: 0.4, 4: 0.08, 8: 0.005, 16: 0.00003 };

async function run(path: string, feeds: ReadonlyMap<string, TensorValue>): Promise<TensorValue> {
  const session = await (await nativeRuntime()).load(path, { threads: 1, optimization: 'none', externalFiles: [] });
  const outputs = await session.run(feeds);
  await session.release();
  return outputs.get('y')!;
}

/** The original with the values that the quantized file stands for in the place of its weights. */
function twin(path: string, quantizedPath: string): string {
  const model = onnx.ModelProto.decode(readFileSync(path));
  const values = new Map(dequantizedWeights(quantizedPath).map((weight) => [weight.name, weight]));
  model.graph!.initializer = model.graph!.initializer!.map((tensor) => {
    const found = values.get(tensor.name!);
    if (!found) return tensor;
    const type: DataType = tensor.dataType === onnx.TensorProto.DataType.FLOAT16 ? 'float16' : 'float';
    const data = type === 'float16' ? Uint16Array.from(found.values, numberToHalf) : found.values;
    return rawTensor(found.name, type, found.dims, new Uint8Array(data.buffer));
  });
  return modelFile(onnx.ModelProto.encode(model).finish());
}

async function check(operator: OperatorCase, opset: number, weights: Exclude<PlannedWeights, string>, type: DataType = 'float'): Promise<void> {
  const path = modelFile(buildModel(operatorModel(operator, opset, type)));
  const result = await quantizeAll(path, weights, { run: 'no' });
  const isRaised = typeof weights.granularity === 'object' && opset < 21;
  expect(result.notes).toEqual(isRaised ? [expect.stringContaining(`from ${opset} to 21`)] : []);
  const [weight] = dequantizedWeights(result.output);
  const original = weightValues(weight!.values.length);
  const worst = Math.max(...weight!.values.map((value, index) => Math.abs(value - original[index]!)));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(WORST_STEP[weights.bits!] + (type === 'float16' ? 0.001 : 0));
  expect(result.layers[0]!.weights[0]!.maxError).toBeCloseTo(worst, type === 'float16' ? 3 : 6);

  const feeds = [...randomSamples([{ name: 'x', dataType: operator.inputType ?? type, shape: operator.input }]).read()][0]!.feeds;
  expectSame(await run(result.output, feeds), await run(twin(path, result.output), feeds));
}

/** Equal up to the last places of a sum: constants are laid out for another kernel than computed values. */
function expectSame(actual: TensorValue, expected: TensorValue): void {
  expect(actual.dims).toEqual(expected.dims);
  const numbers = [actual, expected].map((value) => Array.from({ length: value.data.length }, (_, index) => numberAt(value, index)));
  const worst = Math.max(...numbers[0]!.map((value, index) => Math.abs(value - numbers[1]![index]!)));
  expect(worst).toBeLessThan((expected.dataType === 'float16' ? 2e-3 : 1e-6) * Math.max(...numbers[1]!.map(Math.abs)));
}

describe.each(OPERATORS)('$op', (operator) => {
  it.each([13, 21, 25].flatMap((opset) => FORMATS.map((format) => ({ opset, ...format }))))('opset $opset, $bits bits, signed $signed', async ({ opset, ...format }) => {
    for (const granularity of GRANULARITIES) {
      await check(operator, opset, { ...format, granularity });
    }
  });

  it('float16 weights keep the graph\'s types', async () => {
    if (operator.op === 'LSTM' || operator.op === 'ConvTranspose') return;
    for (const opset of [13, 21]) await check(operator, opset, { bits: 8, granularity: 'channel' }, 'float16');
  });
});

describe.each([8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25])('opset %i', (opset) => {
  it.each(['tensor', 'channel'] as const)('MatMul with a scale for each %s', async (granularity) => {
    const operator = OPERATORS.find(({ op }) => op === 'MatMul')!;
    for (const format of FORMATS) await check(operator, opset, { ...format, granularity });
  });
});
