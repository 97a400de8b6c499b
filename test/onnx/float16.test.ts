import { describe, expect, it } from 'vitest';
import { FLOAT16_MAX, fromBfloat16, fromFloat16, toFloat16 } from '../../src/onnx/float16';

const finite = Array.from({ length: 0x7c00 }, (_, pattern) => pattern);

describe('float16', () => {
  it('comes back unchanged for each of its 65536 patterns', () => {
    const patterns = Array.from({ length: 65536 }, (_, pattern) => pattern).filter((half) => !Number.isNaN(fromFloat16(half)));
    expect(patterns.length).toBe(65536 - 2 * 1023);
    expect(patterns.filter((half) => toFloat16(fromFloat16(half)) !== half)).toEqual([]);
  });

  it('rounds to the nearest, and ties to the even pattern', () => {
    const wrong = finite.slice(0, -1).filter((half) => {
      const low = fromFloat16(half);
      const high = fromFloat16(half + 1);
      const middle = (low + high) / 2;
      const step = (high - low) / 64;
      const tie = half % 2 === 0 ? half : half + 1;
      return toFloat16(middle) !== tie || toFloat16(middle - step) !== half || toFloat16(-middle - step) !== (0x8000 | (half + 1));
    });
    expect(wrong).toEqual([]);
  });

  it('overflows to infinity halfway beyond its largest value', () => {
    expect(fromFloat16(0x7bff)).toBe(FLOAT16_MAX);
    expect(toFloat16(Math.fround(65519.99))).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(-Infinity)).toBe(0xfc00);
    expect(toFloat16(NaN)).toBe(0x7e00);
    expect(toFloat16(2 ** -149)).toBe(0);
  });
});

describe('fromBfloat16', () => {
  it('is the upper half of a float32', () => {
    expect(fromBfloat16(0x3f80)).toBe(1);
    expect(fromBfloat16(0xc0a0)).toBe(-5);
    expect(fromBfloat16(0x7f80)).toBe(Infinity);
    expect(fromBfloat16(0x7fc0)).toBeNaN();
    expect(fromBfloat16(0x0001)).toBe(2 ** -133);
  });
});
