import { expect, it } from 'vitest';
import schema from '../../media/nibble.schema.json';
import manifest from '../../package.json';
import type { DataType } from '../../src/onnx/dtypes';
import type { IntegerScheme } from '../../src/quant/scheme';
import { onnxruntimeCpu } from '../../src/targets/onnxruntimeCpu';
import type { WeightUse } from '../../src/targets/target';
import { DEFAULT_TARGET, RUNTIMES, targetOf } from '../../src/targets/targets';
import { makeLayers, makeWeight } from '../support/layers';

const int4: IntegerScheme = { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };
const [matmul, relu] = makeLayers(['/fc/MatMul', '/Relu'], (name) => (name === '/Relu' ? [] : [makeWeight()])) as [ReturnType<typeof makeLayers>[number], ReturnType<typeof makeLayers>[number]];
const use = (opset: number, dataType: DataType = 'float'): WeightUse => ({ dataType, opset, ops: ['MatMul'], format: null });

it('uses the standard domain where the operator set has it, else com.microsoft, else says why not', () => {
  expect(onnxruntimeCpu.loading(int4, use(21))).toEqual({ domain: '', form: 'operator' });
  expect(onnxruntimeCpu.loading(int4, use(11))).toEqual({ domain: 'com.microsoft', form: 'operator' });
  expect(onnxruntimeCpu.loading({ ...int4, bits: 2 }, use(24))).toEqual({ refusal: '2-bit codes need operator set 25, and the model has 24' });
  expect(onnxruntimeCpu.loading({ ...int4, bits: 8 }, use(18, 'float16'))).toEqual({ domain: 'com.microsoft', form: 'operator' });
  expect(onnxruntimeCpu.loading({ kind: 'float16' }, use(6))).toEqual({ domain: '', form: 'operator' });
  expect(onnxruntimeCpu.loading({ kind: 'float16' }, use(5))).toHaveProperty('refusal');
  expect(onnxruntimeCpu.loading(int4, use(21, 'double'))).toHaveProperty('refusal');
  expect(onnxruntimeCpu.loading(int4, use(21, 'bfloat16'))).toHaveProperty('refusal');
});

it('multiplies codes by the scales of blocks where no DequantizeLinear does', () => {
  const blocks: IntegerScheme = { ...int4, granularity: { block: 32 } };
  expect(onnxruntimeCpu.loading(blocks, use(21))).toEqual({ domain: '', form: 'operator' });
  expect(onnxruntimeCpu.loading(blocks, use(20))).toEqual({ domain: 'com.microsoft', form: 'product' });
  expect(onnxruntimeCpu.loading({ ...blocks, bits: 8 }, use(10, 'float16'))).toEqual({ domain: '', form: 'product' });
  expect(onnxruntimeCpu.loading({ ...blocks, bits: 8 }, use(9))).toEqual({ domain: 'com.microsoft', form: 'product' });
  expect(onnxruntimeCpu.loading(blocks, use(6))).toEqual({ refusal: 'scales for blocks need operator set 7, and the model has 6' });
  expect(onnxruntimeCpu.loading({ ...blocks, bits: 2 }, use(20))).toEqual({ refusal: '2-bit codes need operator set 25, and the model has 20' });
  expect(onnxruntimeCpu.kernel(matmul, blocks, 'operator', null)).toBe('MatMulNBits');
  expect(onnxruntimeCpu.kernel(matmul, blocks, 'product', null)).toBe('float MatMul: codes and scales of blocks are multiplied at every inference');
});

it('tells how a layer will run', () => {
  expect(onnxruntimeCpu.kernel(matmul, int4, 'operator', null)).toBe('MatMulNBits');
  expect(onnxruntimeCpu.kernel({ ...matmul, op: 'Conv' }, int4, 'operator', null)).toBe('float Conv: weights are dequantized at every inference');
  expect(onnxruntimeCpu.kernel(matmul, { kind: 'float16' }, 'operator', null)).toBe('float MatMul: weights are widened when the model is loaded');
  expect(onnxruntimeCpu.kernel(matmul, { kind: 'float' }, 'operator', null)).toBe('float MatMul');
  expect(onnxruntimeCpu.kernel({ ...matmul, op: 'Conv' }, { ...int4, bits: 8 }, 'operator', 'uint8')).toBe('QLinearConv');
  expect(onnxruntimeCpu.kernel({ ...matmul, op: 'Conv' }, { ...int4, bits: 8 }, 'operator', 'uint16')).toBe('float Conv: weights are dequantized at every inference');
  expect(onnxruntimeCpu.kernel(relu, { kind: 'float' }, 'operator', null)).toBe('Relu');
});

it('lists the targets that the schema and the settings list', () => {
  expect(manifest.contributes.configuration.flatMap(({ properties }) => ('nibble.target' in properties ? properties['nibble.target'].enum : []))).toEqual(RUNTIMES.map(({ id }) => id));
  expect(RUNTIMES.map(({ id }) => id)).toEqual(schema.properties.target.enum);
  expect(targetOf({ target: 'onnxruntime-cpu' }).runtime).toBe(onnxruntimeCpu);
  expect(targetOf({})).toEqual(DEFAULT_TARGET);
});
