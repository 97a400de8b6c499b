import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeLimits } from '../../src/quant/coding';
import { packCodes, packedBytes, unpackCodes } from '../../src/quant/packing';
import type { WeightBits } from '../../src/quant/scheme';

describe('packCodes', () => {
  it('puts the first code into the lowest bits and pads with zeros', () => {
    expect([...packCodes([1, -2, 3, -8, 7], 4)]).toEqual([0xe1, 0x83, 0x07]);
    expect([...packCodes([1, -2, 0, -1, 1], 2)]).toEqual([0b11_00_10_01, 0b01]);
    expect([...packCodes([-1, 127], 8)]).toEqual([0xff, 0x7f]);
    expect([...packCodes([-2, 0x1234], 16)]).toEqual([0xfe, 0xff, 0x34, 0x12]);
  });

  it('is undone by unpackCodes', () => {
    const codes = fc.constantFrom<WeightBits>(2, 4, 8, 16).chain((bits) =>
      fc.boolean().chain((signed) => {
        const { lowest, highest } = codeLimits({ bits, signed });
        return fc.array(fc.integer({ min: lowest, max: highest }), { maxLength: 40 }).map((list) => ({ bits, signed, list }));
      }),
    );
    fc.assert(
      fc.property(codes, ({ bits, signed, list }) => {
        const packed = packCodes(list, bits);
        expect(packed.length).toBe(packedBytes(bits, list.length));
        expect([...unpackCodes(packed, bits, signed, list.length)]).toEqual(list);
      }),
      { seed: 10 },
    );
  });
});
