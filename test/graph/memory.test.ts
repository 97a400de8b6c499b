import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import { graph, graphAttribute, int, node, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

interface Made {
  readonly op: 'Concat' | 'Relu' | 'Identity';
  readonly from: readonly number[];
}

/** A random program over float vectors: value 0 is the input, step i makes value i + 1. */
const program: fc.Arbitrary<{ readonly size: number; readonly made: readonly Made[]; readonly outputs: readonly number[] }> = fc
  .record({
    size: fc.integer({ min: 1, max: 9 }),
    choices: fc.array(fc.record({ op: fc.constantFrom('Concat', 'Relu', 'Identity'), a: fc.nat(), b: fc.nat() }), { minLength: 1, maxLength: 12 }),
    outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
  })
  .map(({ size, choices, outputs }) => ({
    size,
    made: choices.map(({ op, a, b }, step): Made => ({ op: op, from: op === 'Concat' ? [a % (step + 1), b % (step + 1)] : [a % (step + 1)] })),
    outputs: [...new Set(outputs.map((pick) => 1 + (pick % choices.length)))],
  }));

/** Asks of every value at every step whether anything still needs its memory. */
function simulatedPeak(size: number, made: readonly Made[], outputs: readonly number[]): number {
  const sizes = [size];
  const homes = [0];
  for (const { op, from } of made) {
    sizes.push(from.reduce((sum, value) => sum + sizes[value]!, 0));
    homes.push(op === 'Identity' ? homes[from[0]!]! : homes.length);
  }
  const madeAt = (value: number): number => Math.max(0, value - 1);
  let peak = 0;
  for (let step = 0; step < made.length; step += 1) {
    const alive = new Set<number>();
    for (let value = 0; value <= made.length; value += 1) {
      const home = homes[value]!;
      if (madeAt(home) > step) continue;
      const readNow = madeAt(value) === step || outputs.includes(value) || made.some(({ from }, at) => at >= step && from.includes(value));
      if (readNow && (madeAt(value) <= step || homes[value] !== value)) alive.add(home);
    }
    peak = Math.max(peak, [...alive].reduce((sum, home) => sum + 4 * sizes[home]!, 0));
  }
  return peak;
}

function analyzedPeak(size: number, made: readonly Made[], outputs: readonly number[]): number {
  return analyzeParts({
    nodes: made.map(({ op, from }, step) => node(op, from.map((value) => `v${String(value)}`), [`v${String(step + 1)}`], { attributes: op === 'Concat' ? { axis: int(0) } : {} })),
    inputs: [valueInfo('v0', 'float', [size])],
    outputs: outputs.map((value) => valueInfo(`v${String(value)}`, 'float', null)),
  }).analysis.totals.peakActivationBytes;
}

describe('peak of activation memory', () => {
  it('is what a step by step simulation finds', () => {
    fc.assert(fc.property(program, ({ size, made, outputs }) => {
      expect(analyzedPeak(size, made, outputs)).toBe(simulatedPeak(size, made, outputs));
    }), { numRuns: 400 });
  });

  it('adds what the costlier branch of an If needs to what lives around it', () => {
    const branch = (...nodes: onnx.INodeProto[]) => graphAttribute(graph({ nodes, outputs: [valueInfo(nodes.at(-1)!.output![0]!, 'float', null)] }));
    const { totals } = analyzeParts({
      nodes: [node('If', ['c'], ['y'], {
        attributes: {
          then_branch: branch(node('Relu', ['x'], ['t'])),
          else_branch: branch(node('Relu', ['x'], ['a']), node('Neg', ['a'], ['b']), node('Abs', ['b'], ['e'])),
        },
      })],
      inputs: [valueInfo('x', 'float', [100]), valueInfo('c', 'bool', [])],
      outputs: [valueInfo('y', 'float', null)],
    }).analysis;
    // x, the condition and y around; inside a and b, then b and the branch's output, which is y.
    expect(totals.peakActivationBytes).toBe(400 + 1 + 400 + 800 - 400);
  });
});
