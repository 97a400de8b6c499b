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
