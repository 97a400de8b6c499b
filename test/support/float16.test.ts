import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bfloat16sToFloats, bfloat16ToNumber, halfToNumber, halvesToFloats, numberToBfloat16, numberToHalf } from './float16';

const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
const isNaNHalf = (code: number): boolean => (code & 0x7c00) === 0x7c00 && (code & 0x3ff) !== 0;
const isNaNBfloat = (code: number): boolean => (code & 0x7f80) === 0x7f80 && (code & 0x7f) !== 0;

test('binary16 values from the standard', () => {
  expect(halfToNumber(0x3c00)).toBe(1);
  expect(halfToNumber(0xc000)).toBe(-2);
  expect(halfToNumber(0x7bff)).toBe(65504);
  expect(halfToNumber(0x0400)).toBe(6.103515625e-5);
  expect(halfToNumber(0x0001)).toBe(5.960464477539063e-8);
  expect(halfToNumber(0x3555)).toBe(0.333251953125);
  expect(halfToNumber(0x8000)).toBe(-0);
  expect(halfToNumber(0x7c00)).toBe(Infinity);
});

const formats = [
  { name: 'binary16', toNumber: halfToNumber, toCode: numberToHalf, toFloats: halvesToFloats, isNaN: isNaNHalf, largest: 0x7bff },
  { name: 'bfloat16', toNumber: bfloat16ToNumber, toCode: numberToBfloat16, toFloats: bfloat16sToFloats, isNaN: isNaNBfloat, largest: 0x7f7f },
];

test.each(formats)('every $name code survives the way to a number and back', ({ toNumber, toCode, toFloats, isNaN }) => {
  const floats = new Float32Array(65536);
  toFloats(codes, floats);
  const wrong = codes.filter((code) => {
    const value = toNumber(code);
    if (!Object.is(floats[code], value)) return true;
    return isNaN(code) ? !Number.isNaN(value) : toCode(value) !== code;
  });
  expect([...wrong]).toEqual([]);
});

test.each(formats)('between neighbouring $name codes the nearer one is taken, and the even one in the middle', ({ toNumber, toCode, largest }) => {
  const wrong = codes.subarray(0, largest).filter((code) => {
    const low = toNumber(code);
    const step = toNumber(code + 1) - low;
    const even = code % 2 === 0 ? code : code + 1;
    return (
      toCode(low + step / 2) !== even ||
      toCode(-low - step / 2) !== (even | 0x8000) ||
      toCode(low + step * 0.49) !== code ||
      toCode(low + step * 0.51) !== code + 1
    );
  });
  expect([...wrong]).toEqual([]);
});

test('a binary16 is rounded once, from the full precision of a double', () => {
  // Just above the middle of 1 and its neighbour; as a float it would be the middle, and fall to the even 1.
  expect(numberToHalf(1 + 2 ** -11 + 2 ** -40)).toBe(0x3c01);
  expect(numberToHalf(65519.999)).toBe(0x7bff);
  expect(numberToHalf(65520)).toBe(0x7c00);
  expect(numberToHalf(2 ** -25)).toBe(0);
  expect(numberToHalf(2 ** -25 * 1.0001)).toBe(1);
});

test('rounding is monotonic and never off by more than half a step', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      expect(halfToNumber(numberToHalf(low))).toBeLessThanOrEqual(halfToNumber(numberToHalf(high)));
      expect(bfloat16ToNumber(numberToBfloat16(low))).toBeLessThanOrEqual(bfloat16ToNumber(numberToBfloat16(high)));
    }),
    { seed: 7, numRuns: 2000 },
  );
  expect(halfToNumber(numberToHalf(NaN))).toBeNaN();
  expect(bfloat16ToNumber(numberToBfloat16(NaN))).toBeNaN();
});
