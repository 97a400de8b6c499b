import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Granularity, IntegerFormat, WeightBits } from '../../src/quant/scheme';
import { contribTakes, fusesToMatMulNBits, MEASURED_VERSION, PRODUCT_OPSET, standardOpset } from '../../src/targets/onnxruntimeFacts';
import { probe } from './dequantizeProbe';
import { optimizedOperators, type Use } from './kernelProbe';
import { productOperators } from './productProbe';

const FORMATS: readonly IntegerFormat[] = ['int2', 'uint2', 'int4', 'uint4', 'int8', 'uint8', 'int16', 'uint16'];
const bitsOf = (format: IntegerFormat): WeightBits => Number(/\d+/.exec(format)![0]) as WeightBits;
const OLDEST = 7;
const NEWEST = 26;

it('is measured on the version that is installed', () => {
  const { version } = JSON.parse(readFileSync('node_modules/onnxruntime-node/package.json', 'utf8')) as { version: string };
  expect(version).toBe(MEASURED_VERSION);
});

describe.each(['tensor', 'channel', 'block'] as const)('DequantizeLinear per %s', (granularity) => {
  const asScheme: Granularity = granularity === 'block' ? { block: 16 } : granularity;

  it.each(FORMATS.flatMap((format) => (['float', 'float16'] as const).map((scaleType) => ({ format, scaleType }))))('loads and runs $format with $scaleType scales exactly from the known operator set on', async ({ format, scaleType }) => {
    const needs = { bits: bitsOf(format), granularity: asScheme, scaleType };
    const first = standardOpset(needs);
    for (const zeroPoint of [false, true]) {
      const known = { format, granularity, scaleType, zeroPoint };
      for (const opset of [OLDEST, 9, 10, 12, 13, 18, 19, 20, 21, 24, 25, NEWEST]) {
        expect({ opset, loads: (await probe({ ...known, domain: '', opset })) === '' }).toEqual({ opset, loads: opset >= first });
      }
      for (const opset of [OLDEST, 11, 17, NEWEST]) {
        expect({ opset, loads: (await probe({ ...known, domain: 'com.microsoft', opset })) === '' }).toEqual({ opset, loads: contribTakes(needs) });
      }
    }
  });
});

describe.each([true, false])('a product of codes and scales of blocks, blocks filling the axis: %s', (even) => {
  it.each([false, true])('loads from the known operator set on and stays a product, float16: %s', async (half) => {
    for (const opset of [5, 6, PRODUCT_OPSET, 9, 10, 11, 13, 17, 20, 25]) {
      const operators = await productOperators({ opset, even, half });
      if (opset < PRODUCT_OPSET) expect({ opset, operators }).toEqual({ opset, operators: expect.stringMatching(/./) as string });
      else expect({ opset, operators }).toEqual({ opset, operators: expect.arrayContaining(['DequantizeLinear', 'Sub', 'Mul', 'MatMul']) as string[] });
    }
  });
});

describe('fusion into MatMulNBits', () => {
  const uses: readonly (Use & { readonly name: string })[] = [
    { name: 'MatMul', op: 'MatMul', dims: [64, 32], input: 1, channelAxis: 1, blockAxis: 0, other: [8, 64] },
    { name: 'MatMul, weight first', op: 'MatMul', dims: [32, 64], input: 0, channelAxis: 0, blockAxis: 1, other: [64, 8] },
    { name: 'MatMul, weight of rank 3', op: 'MatMul', dims: [2, 64, 32], input: 1, channelAxis: 2, blockAxis: 1, other: [2, 8, 64] },
    { name: 'Gemm', op: 'Gemm', dims: [64, 32], input: 1, channelAxis: 1, blockAxis: 0, other: [8, 64] },
    { name: 'Gemm, transB', op: 'Gemm', dims: [32, 64], input: 1, channelAxis: 0, blockAxis: 1, transB: true, other: [8, 64] },
    { name: 'Conv', op: 'Conv', dims: [32, 64, 1, 1], input: 1, channelAxis: 0, blockAxis: 1, other: [1, 64, 4, 4] },
    { name: 'Gather', op: 'Gather', dims: [32, 64], input: 0, channelAxis: 0, blockAxis: 1, other: [3] },
  ];
  const granularities: readonly Granularity[] = ['tensor', 'channel', { block: 16 }, { block: 32 }, { block: 48 }, { block: 256 }];

  it.each(uses)('of $name is as known', async (use) => {
    for (const format of FORMATS) {
      for (const granularity of granularities) {
        const found = await optimizedOperators(use, format, granularity, format.startsWith('u'));
        const fused = fusesToMatMulNBits(use, bitsOf(format), granularity);
        expect({ format, granularity, found }).toEqual({ format, granularity, found: fused ? ['MatMulNBits'] : ['DequantizeLinear', use.op] });
      }
    }
  });

  it('widens float16 weights at load', async () => {
    expect(await optimizedOperators(uses[0]!, 'float16', 'tensor', false)).toEqual(['MatMul']);
  });
});
