import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { AuditSubject } from '../../src/audit/subject';
import { analyzeModel } from '../../src/graph/analysis';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../support/memorySource';
import { buildModel, float, floatTensor, int, node } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';
import { qdqModel, quietCodes } from './support';
import type { Codes, QdqLayer } from './support';

/*
 * The audit says of each quantized layer whether onnxruntime computes it on integers, on packed weights or in float. Here
 * onnxruntime itself optimizes the same models, and what is left of them must agree.
 */

function predicted(bytes: Uint8Array): string {
  const source = memorySource(bytes);
  const model = readModel(source);
  const readBytes = (tensor: Parameters<typeof loadBytes>[0]): Uint8Array => loadBytes(tensor, { source, siblings: memorySiblings() });
  const { analysis, sites } = analyzeModel(model, { readBytes });
  const { quantized } = new AuditSubject({ model, bytes: bytes.length, layers: analysis.layers, sites, readBytes, original: null });
  return quantized.map(({ kernel }) => kernel).join();
}

async function optimized(bytes: Uint8Array): Promise<readonly string[]> {
  const path = join(tempFolder(), 'optimized.onnx');
  const session = await InferenceSession.create(bytes, { graphOptimizationLevel: 'all', optimizedModelFilePath: path, intraOpNumThreads: 1, logSeverityLevel: 4 });
  await session.release();
  return onnx.ModelProto.decode(readFileSync(path)).graph!.node!.map(({ opType }) => opType!);
}

const PACKED = 'MatMulNBits';
const INTEGER = ['QLinearConv', 'QLinearMatMul', 'MatMulIntegerToFloat', 'QGemm'];

async function check(layer: QdqLayer): Promise<void> {
  const bytes = buildModel(qdqModel(layer));
  const operators = await optimized(bytes);
  const measured = operators.includes(PACKED) ? 'packed' : operators.some((op) => INTEGER.includes(op)) ? 'integer' : 'float';
  expect({ layer, operators, kernel: predicted(bytes) }).toEqual({ layer, operators, kernel: measured });
}

const U8: Codes = { type: 'uint8', scale: 0.02, zeroPoint: 128 };
const S8: Codes = { type: 'int8', scale: 0.02, zeroPoint: 0 };
const U16: Codes = { type: 'uint16', scale: 0.001, zeroPoint: 32768 };
const ENDS: readonly (readonly [Codes | null, Codes | null])[] = [[U8, U8], [S8, S8], [U8, null], [S8, null], [null, null], [null, U8], [U16, U16], [U8, U16]];
const SCALES = Array.from({ length: 32 }, (_, index) => 0.01 + index / 1000);

describe.each([
  { op: 'Conv', dims: [32, 32, 3, 3], input: [1, 32, 6, 6], axes: [0, 1] },
  { op: 'ConvTranspose', dims: [32, 32, 3, 3], input: [1, 32, 6, 6], axes: [0, 1] },
  { op: 'MatMul', dims: [32, 32], input: [3, 32], axes: [0, 1] },
  { op: 'MatMul', dims: [2, 32, 32], input: [2, 3, 32], axes: [2] },
  { op: 'Gemm', dims: [32, 32], input: [3, 32], axes: [0, 1] },
  { op: 'Gemm', dims: [32, 32], input: [3, 32], axes: [0, 1], attributes: { transB: int(1) } },
])('$op $dims', ({ op, dims, input, axes, attributes }) => {
  const base: QdqLayer = { op, dims, input, ...(attributes ? { attributes } : {}) };
  const codes = quietCodes(dims.reduce((product, dim) => product * dim, 1));

  it.each(['int8', 'uint8', 'int16', 'int4'] as const)('with %s weights', async (type) => {
    const small = type === 'int4' ? codes.map((code) => code % 8) : type === 'uint8' ? codes.map((code) => code + 60) : codes;
    for (const [activation, output] of ENDS) {
      await check({ ...base, activation, output, weight: { type, scale: 0.01, zeroPoint: type === 'uint8' ? 60 : 0, codes: small } });
      for (const axis of axes) await check({ ...base, activation, output, weight: { type, scale: SCALES, zeroPoint: 0, axis, codes: small } });
    }
  });
});

describe('activation functions between a layer and its codes', () => {
  const outputs: readonly Codes[] = [
    ...[0, 1, 128].map((zeroPoint) => ({ type: 'uint8' as const, scale: 0.02, zeroPoint })),
    ...[-128, -127, 0].map((zeroPoint) => ({ type: 'int8' as const, scale: 0.02, zeroPoint })),
  ];

  it.each(['Conv', 'MatMul', 'Gemm'])('Relu after %s', async (op) => {
    const shape = op === 'Conv' ? {} : { dims: [4, 4], input: [3, 4] };
    for (const output of outputs) await check({ op, ...shape, weight: { type: 'int8', scale: 0.01, zeroPoint: 0 }, activation: output.type === 'int8' ? S8 : U8, output, between: [node('Relu', ['t'], ['u'])] });
  });

  it('Clip after Conv, at scales around its bound', async () => {
    const clip = { between: [node('Clip', ['t', 'lo', 'hi'], ['u'])], initializers: [floatTensor('lo', [], [0]), floatTensor('hi', [], [6])], weight: { type: 'int8', scale: 0.01 } as const };
    for (const scale of [0.02, 6 / 255, 0.0236, 0.1]) for (const zeroPoint of [0, 10]) await check({ ...clip, output: { type: 'uint8', scale, zeroPoint } });
  });
});

describe('Gemm', () => {
  const scale = Math.fround(Math.fround(0.02) * Math.fround(0.01));
  const gemm: QdqLayer = { op: 'Gemm', dims: [4, 4], input: [3, 4], weight: { type: 'int8', scale: 0.01, zeroPoint: 0 }, bias: { scale } };

  it('with a bias, plain and scaled', async () => {
    await check(gemm);
    await check({ ...gemm, attributes: { beta: float(2) } });
    await check({ ...gemm, attributes: { alpha: float(2) } });
  });

  it('without a bias, scaled', async () => {
    await check({ ...gemm, bias: undefined, attributes: { alpha: float(2) } });
  });

  it('without zero points', async () => {
    await check({ ...gemm, weight: { type: 'int8', scale: 0.01 } });
    await check({ ...gemm, activation: { type: 'uint8', scale: 0.02 } });
    await check({ op: 'MatMul', dims: [4, 4], input: [3, 4], activation: { type: 'uint8', scale: 0.02 }, output: { type: 'uint8', scale: 0.02 }, weight: { type: 'int8', scale: 0.01 } });
    await check({ activation: { type: 'uint8', scale: 0.02 }, output: { type: 'uint8', scale: 0.02 }, weight: { type: 'int8', scale: 0.01 } });
  });

  it('with scales of channels that are not as many as the channels', async () => {
    for (const axis of [0, 1]) {
      for (const transB of [0, 1]) await check({ ...gemm, dims: transB ? [8, 4] : [4, 8], attributes: { transB: int(transB) }, bias: undefined, weight: { type: 'int8', axis, zeroPoint: 0, scale: SCALES.slice(0, (axis === 0) === (transB === 1) ? 8 : 4) } });
    }
  });
});

describe('an int32 bias whose scale is not the product', () => {
  const layers: readonly QdqLayer[] = [
    { weight: { type: 'int8', scale: 0.01, zeroPoint: 0 } },
    { op: 'Gemm', dims: [4, 4], input: [3, 4], weight: { type: 'int8', scale: 0.01, zeroPoint: 0 } },
  ];

  it.each([1, 1.001, 1.005, 1.02, 2])('times %f', async (factor) => {
    for (const layer of layers) await check({ ...layer, bias: { scale: 0.02 * 0.01 * factor } });
  });
});
