import { describe, expect, it } from 'vitest';
import type { Coding } from '../../src/quant/coding';
import { codeLimits } from '../../src/quant/coding';
import { parametersOf, storedScale } from '../../src/quant/parameters';
import { codeOf, valueOf } from '../../src/quant/reference';
import vectors from '../vectors/scales.json';

type Row = [type: string, symmetric: boolean, low: number, high: number, scale: number, zeroPoint: number];

function codingOf(type: string, symmetric: boolean): Coding {
  return { bits: Number(/\d+/.exec(type)![0]) as Coding['bits'], signed: !type.startsWith('u'), symmetric };
}

describe('parametersOf', () => {
  it.each(['uint8', 'int8', 'uint16', 'int16', 'uint4', 'int4'])(`gives the scales and zero points of onnxruntime ${vectors.onnxruntime} for %s`, (wanted) => {
    const rows = (vectors.rows as Row[]).filter(([type]) => type === wanted);
    expect(rows.length).toBeGreaterThan(100);
    for (const [type, symmetric, low, high, scale, zeroPoint] of rows) {
      expect({ low, high, symmetric, ...parametersOf(low, high, codingOf(type, symmetric), 'float') }).toEqual({ low, high, symmetric, scale, zeroPoint });
    }
  });

  // compute_scale_zp of onnxruntime 1.31.1 with reduce_range.
  it.each([
    ['int8', true, -1, 1, 0.015625, 0],
    ['int8', true, -0.75, 0.5, 0.01171875, 0],
    ['int8', true, 0, 3, 0.046875, 0],
    ['int8', false, -0.75, 0.5, 0.009765625, 13],
    ['int8', false, 0, 3, 0.0234375, -64],
    ['int8', false, -4, 0, 0.03125, 64],
    ['uint8', true, -0.75, 0.5, 0.011811023578047752, 64],
    ['uint8', false, -1, 1, 0.015748031437397003, 64],
    ['uint8', false, -0.75, 0.5, 0.009842519648373127, 76],
    ['uint8', false, 0, 3, 0.023622047156095505, 0],
    ['uint8', false, -4, 0, 0.031496062874794006, 127],
  ] as const)('gives those of onnxruntime for %s in 7 bits, symmetric %s, from %d to %d', (type, symmetric, low, high, scale, zeroPoint) => {
    const coding: Coding = { ...codingOf(type, symmetric), reduced: true };
    expect(parametersOf(low, high, coding, 'float')).toEqual({ scale, zeroPoint });
    for (const value of [low, high, 2 * low, 2 * high]) {
      const code = codeOf(value, scale, zeroPoint, coding);
      expect(code).toBeGreaterThanOrEqual(codeLimits(coding).lowest);
      expect(code).toBeLessThanOrEqual(codeLimits(coding).highest);
    }
  });

  it('treats 2 bits as the tools treat 4 bits', () => {
    expect(parametersOf(-3, 2, codingOf('int2', true), 'float')).toEqual({ scale: 2, zeroPoint: 0 });
    expect(parametersOf(-3, 2, codingOf('uint2', true), 'float')).toEqual({ scale: 2, zeroPoint: 2 });
    expect(parametersOf(0, 3, codingOf('uint2', false), 'float')).toEqual({ scale: 1, zeroPoint: 0 });
    expect(parametersOf(0, 3, codingOf('int2', false), 'float')).toEqual({ scale: 1, zeroPoint: -2 });
  });

  it('represents zero exactly whatever the range', () => {
    for (const [type, symmetric, low, high] of vectors.rows as Row[]) {
      const coding = codingOf(type, symmetric);
      const { scale, zeroPoint } = parametersOf(low, high, coding, 'float');
      const { lowest, highest } = codeLimits(coding);
      expect(zeroPoint).toBeGreaterThanOrEqual(lowest);
      expect(zeroPoint).toBeLessThanOrEqual(highest);
      expect(valueOf(codeOf(0, scale, zeroPoint, coding), scale, zeroPoint, 'float') === 0).toBe(true);
    }
  });
});

describe('storedScale', () => {
  it('rounds to the stored type and never to zero', () => {
    expect(storedScale(0.1, 'float')).toBe(Math.fround(0.1));
    expect(storedScale(0.1, 'float16')).toBe(0.0999755859375);
    expect(storedScale(1e-30, 'float16')).toBe(2 ** -24);
  });
});
