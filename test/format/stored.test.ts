import { describe, expect, it } from 'vitest';
import { layerHover } from '../../src/format/hover';
import { toPlainText } from '../../src/format/hoverMarkup';
import { parseQuery } from '../../src/format/query';
import { formatNumbers, formatStored, operatorCount } from '../../src/format/stored';
import type { Layer, LogicalLayer, NumberFormat } from '../../src/graph/layer';
import { makeLayers, makeWeight } from '../support/layers';

const int8: NumberFormat = { dataType: 'int8', bits: 8, granularity: 'channel', symmetric: true, scales: { low: 0.001, high: 0.0025 }, zeroPoints: { low: 0, high: 0 }, dynamic: false };
const uint8: NumberFormat = { ...int8, dataType: 'uint8', granularity: 'tensor', symmetric: false, scales: { low: 0.02, high: 0.02 }, zeroPoints: { low: 128, high: 128 } };
const dynamic: NumberFormat = { ...uint8, scales: null, zeroPoints: null, dynamic: true };
const half: NumberFormat = { dataType: 'float16', bits: 16, granularity: null, symmetric: null, scales: null, zeroPoints: null, dynamic: false };
const plain: LogicalLayer = { form: 'qdq', standsFor: ['MatMul'], weights: null, activations: null, output: null, members: [] };

function layerOf(logical: Partial<LogicalLayer> | null, dataType?: 'int8' | 'uint8'): Layer {
  const [layer] = makeLayers(['/fc/MatMul'], () => (dataType === undefined ? [] : [makeWeight({ dataType, obstacle: `it is already quantized (${dataType})` })]));
  return logical === null ? layer! : { ...layer!, logical: { ...plain, ...logical } };
}

const stored = { ...int8, elements: 4096, codeBytes: 4096, scaleBytes: 320 };

describe('formats of stored numbers', () => {
  it.each([
    [int8, 'int8 · channel'],
    [uint8, 'uint8 · tensor'],
    [{ ...int8, symmetric: false }, 'int8 · channel · asymmetric'],
    [{ ...uint8, symmetric: true }, 'uint8 · tensor · symmetric'],
    [{ ...uint8, dataType: 'uint4' as const, symmetric: null, granularity: { block: 32 } }, 'uint4 · block 32'],
    [dynamic, 'uint8 · dynamic'],
    [half, 'float16'],
  ])('%j reads %s', (format, text) => {
    expect(formatNumbers(format)).toBe(text);
  });

  it.each([
    [layerOf(null), ''],
    [layerOf({ weights: stored, activations: uint8 }, 'int8'), 'int8 · channel × uint8'],
    [layerOf({ weights: stored, activations: dynamic }, 'int8'), 'int8 · channel × uint8 · dynamic'],
    [layerOf({ weights: stored }, 'int8'), 'int8 · channel'],
    [layerOf({ activations: uint8 }, 'int8'), 'float × uint8'],
    [layerOf({ activations: uint8 }), 'uint8'],
    [layerOf({ output: uint8 }), 'uint8'],
    [layerOf({ form: 'fused' }), ''],
  ])('of a layer fit into a cell', (layer, text) => {
    expect(formatStored(layer)).toBe(text);
  });

  it('are what filters ask for, not the bytes that hold packed codes', () => {
    const layer = layerOf({ weights: { ...stored, dataType: 'uint4', bits: 4 }, activations: half }, 'uint8');
    const finds = (text: string): boolean => parseQuery(text).matches({ layer, assessment: null });
    expect(['4bit', 'uint4', 'float16', '8bit', 'uint8'].map(finds)).toEqual([true, true, true, false, false]);
  });
});

describe('the hover of a layer that is quantized already', () => {
  it('tells what it stands for, its formats and its operators', () => {
    const members = [{ name: 'fc.weight_DequantizeLinear', op: 'DequantizeLinear' }, { name: 'q', op: 'QuantizeLinear' }];
    const layer = layerOf({ standsFor: ['Conv', 'Relu'], weights: stored, activations: uint8, output: uint8, members }, 'int8');
    const assessment = { layer: 0, scheme: { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' }, state: 'skipped', reason: 'it is already quantized (int8)', sqnrDb: null, maxError: null, bytesBefore: 4416, bytesAfter: 4416 } as const;
    expect(operatorCount(layer)).toBe(3);
    expect(toPlainText(layerHover({ layer, assessment, formats: [], written: null })).split('\n').slice(2, 10)).toEqual([
      'Stands for: Conv + Relu',
      'Weights as stored: int8 · channel, scale 0.001 – 0.0025, zero point 0 · 4.10 kB and 320 B of scales',
      'Activations: uint8 · tensor, scale 0.02, zero point 128',
      'Output: uint8 · tensor, scale 0.02, zero point 128',
      '3 operators: fc.weight_DequantizeLinear, QuantizeLinear q',
      'Format: int8 · channel instead of int4 · channel',
      'Reason: it is already quantized (int8)',
      'Size: 4.42 kB',
    ]);
  });
});
