import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatTensor, int, ints, node, text, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

interface Sliding {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
}

const sliding: fc.Arbitrary<Sliding> = fc.record({
  size: fc.integer({ min: 1, max: 24 }),
  kernel: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 4 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  begin: fc.integer({ min: 0, max: 3 }),
  end: fc.integer({ min: 0, max: 3 }),
});

/** The last input position that a window starting at `start` touches, counted from the padded beginning. */
const lastTouched = ({ kernel, dilation }: Sliding, start: number): number => start + (kernel - 1) * dilation;

/** Slides the window over the padded line, one stride at a time, and counts where it fits. */
function positions(line: Sliding, ceilMode: boolean): number {
  const padded = line.begin + line.size + line.end;
  let count = 0;
  for (let start = 0; lastTouched(line, start) < padded; start += line.stride) count += 1;
  if (!ceilMode) return count;
  // One more window where some padded positions are left, unless it would start in the end padding.
  const next = count * line.stride;
  const covered = count === 0 ? 0 : lastTouched(line, next - line.stride) + 1;
  return covered < padded && next < line.begin + line.size ? count + 1 : count;
}

const fits = (line: Sliding): boolean => lastTouched(line, 0) < line.begin + line.size + line.end;

/** Output extents along the two spatial axes. */
function outputOf(op: string, x: Sliding, y: Sliding, attributes: Readonly<Record<string, ReturnType<typeof int>>> = {}, padded = true): readonly (number | string)[] | null {
  const both = (pick: (line: Sliding) => number) => ints(pick(x), pick(y));
  const { analysis } = analyzeParts({
    nodes: [node(op, op.endsWith('Pool') ? ['x'] : ['x', 'w'], ['y'], {
      attributes: {
        kernel_shape: both((line) => line.kernel),
        strides: both((line) => line.stride),
        dilations: both((line) => line.dilation),
        ...(padded && { pads: ints(x.begin, y.begin, x.end, y.end) }),
        ...attributes,
      },
    })],
    initializers: op.endsWith('Pool') ? [] : [floatTensor('w', [2, 2, x.kernel, y.kernel], new Array<number>(4 * x.kernel * y.kernel).fill(0))],
    inputs: [valueInfo('x', 'float', [1, 2, x.size, y.size])],
    outputs: [valueInfo('y', 'float', null)],
  });
  return analysis.layers[0]!.outputShapes[0]?.slice(2) ?? null;
}

describe('sliding windows', () => {
  it('of a convolution are as many as fit', () => {
    fc.assert(fc.property(sliding, sliding, (x, y) => {
      fc.pre(fits(x) && fits(y));
      expect(outputOf('Conv', x, y)).toEqual([positions(x, false), positions(y, false)]);
    }), { numRuns: 150 });
  });

  it('of a pooling with ceil_mode take what is left, but do not start in the end padding', () => {
    fc.assert(fc.property(sliding, sliding, (x, y) => {
      // Runtimes refuse to pool padding alone.
      fc.pre(fits(x) && fits(y) && [x, y].every(({ kernel, begin, end }) => begin < kernel && end < kernel));
      expect(outputOf('MaxPool', x, y, { ceil_mode: int(1) })).toEqual([positions(x, true), positions(y, true)]);
    }), { numRuns: 150 });
  });

  it('of a transposed convolution reach as far as the last input spreads', () => {
    fc.assert(fc.property(sliding, sliding, fc.integer({ min: 0, max: 1 }), (x, y, extra) => {
      const extent = (line: Sliding): number => {
        let last = 0;
        for (let from = 0; from < line.size; from += 1) last = Math.max(last, lastTouched(line, from * line.stride));
        return last + 1 - line.begin - line.end + extra;
      };
      fc.pre(extent(x) >= 0 && extent(y) >= 0);
      expect(outputOf('ConvTranspose', x, y, { output_padding: ints(extra, extra) })).toEqual([extent(x), extent(y)]);
    }), { numRuns: 150 });
  });

  it('with SAME padding start at every stride', () => {
    fc.assert(fc.property(sliding, sliding, fc.constantFrom('SAME_UPPER', 'SAME_LOWER'), (x, y, policy) => {
      const starts = (line: Sliding): number => Array.from({ length: line.size }, (_, at) => at).filter((at) => at % line.stride === 0).length;
      expect(outputOf('Conv', x, y, { auto_pad: text(policy) }, false)).toEqual([starts(x), starts(y)]);
    }), { numRuns: 100 });
  });

  it('that do not fit leave the output unknown', () => {
    const line = { size: 2, kernel: 5, stride: 1, dilation: 1, begin: 0, end: 0 };
    expect(outputOf('Conv', line, line)).toBeNull();
  });
});
