import { expect, it } from 'vitest';
import schema from '../../media/nibble.schema.json';
import type { IntegerScheme } from '../../src/quant/scheme';
import { onnxruntimeCpu } from '../../src/targets/onnxruntimeCpu';
import { DEFAULT_TARGET, targetOf, TARGETS } from '../../src/targets/targets';
import { makeLayers, makeWeight } from '../support/layers';

const int4: IntegerScheme = { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };
const [matmul, relu] = makeLayers(['/fc/MatMul', '/Relu'], (name) => (name === '/Relu' ? [] : [makeWeight()])) as [ReturnType<typeof makeLayers>[number], ReturnType<typeof makeLayers>[number]];

it('uses the standard domain where the operator set has it, else com.microsoft, else says why not', () => {
  expect(onnxruntimeCpu.loading(int4, 'float', 21)).toEqual({ domain: '', form: 'operator' });
  expect(onnxruntimeCpu.loading(int4, 'float', 11)).toEqual({ domain: 'com.microsoft', form: 'operator' });
  expect(onnxruntimeCpu.loading({ ...int4, bits: 2 }, 'float', 24)).toEqual({ refusal: '2-bit codes need operator set 25, and the model has 24' });
  expect(onnxruntimeCpu.loading({ ...int4, bits: 8 }, 'float16', 18)).toEqual({ domain: 'com.microsoft', form: 'operator' });
  expect(onnxruntimeCpu.loading({ kind: 'float16' }, 'float', 6)).toEqual({ domain: '', form: 'operator' });
  expect(onnxruntimeCpu.loading({ kind: 'float16' }, 'float', 5)).toHaveProperty('refusal');
  expect(onnxruntimeCpu.loading(int4, 'double', 21)).toHaveProperty('refusal');
  expect(onnxruntimeCpu.loading(int4, 'bfloat16', 21)).toHaveProperty('refusal');
});

it('multiplies codes by the scales of blocks where no DequantizeLinear does', () => {
  const blocks: IntegerScheme = { ...int4, granularity: { block: 32 } };
  expect(onnxruntimeCpu.loading(blocks, 'float', 21)).toEqual({ domain: '', form: 'operator' });
  expect(onnxruntimeCpu.loading(blocks, 'float', 20)).toEqual({ domain: 'com.microsoft', form: 'product' });
  expect(onnxruntimeCpu.loading({ ...blocks, bits: 8 }, 'float16', 10)).toEqual({ domain: '', form: 'product' });
  expect(onnxruntimeCpu.loading({ ...blocks, bits: 8 }, 'float', 9)).toEqual({ domain: 'com.microsoft', form: 'product' });
  expect(onnxruntimeCpu.loading(blocks, 'float', 6)).toEqual({ refusal: 'scales for blocks need operator set 7, and the model has 6' });
  expect(onnxruntimeCpu.loading({ ...blocks, bits: 2 }, 'float', 20)).toEqual({ refusal: '2-bit codes need operator set 25, and the model has 20' });
  expect(onnxruntimeCpu.kernel(matmul, blocks, 'operator')).toBe('MatMulNBits');
  expect(onnxruntimeCpu.kernel(matmul, blocks, 'product')).toBe('float MatMul: codes and scales of blocks are multiplied at every inference');
});

it('tells how a layer will run', () => {
  expect(onnxruntimeCpu.kernel(matmul, int4, 'operator')).toBe('MatMulNBits');
  expect(onnxruntimeCpu.kernel({ ...matmul, op: 'Conv' }, int4, 'operator')).toBe('float Conv: weights are dequantized at every inference');
  expect(onnxruntimeCpu.kernel(matmul, { kind: 'float16' }, 'operator')).toBe('float MatMul: weights are widened when the model is loaded');
  expect(onnxruntimeCpu.kernel(matmul, { kind: 'float' }, 'operator')).toBe('float MatMul');
  expect(onnxruntimeCpu.kernel(relu, { kind: 'float' }, 'operator')).toBe('Relu');
});

it('lists the targets that the schema lists', () => {
  expect(TARGETS.map(({ id }) => id)).toEqual(schema.properties.target.enum);
  expect(targetOf({ target: 'onnxruntime-cpu' })).toBe(onnxruntimeCpu);
  expect(targetOf({})).toBe(DEFAULT_TARGET);
});
