import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kernels } from '../../src/quant/kernels/kernels';
import { layoutOf } from '../../src/quant/layout';
import { packCodes } from '../../src/quant/packing';
import { toFloat16 } from '../../src/onnx/float16';
import { errorSums, quantizeValues, signalOf, throughFloat16 } from '../../src/quant/reference';
import { scaleTypeOf, storedBytes } from '../../src/quant/storage';
import { WeightWorker } from '../../src/engine/weightOperations';
import type { WeightTask } from '../../src/jobs/ports';
import { unitParts } from '../../src/engine/weightSweep';
import { testScheme, testTensor } from '../quant/arbitraries';
import type { TestTensor } from '../quant/arbitraries';
import { approximate, referenceParameters } from '../quant/reference';
import { tempFolder } from '../support/tempFolder';

const module = new WebAssembly.Module(readFileSync('dist/kernels.wasm'));
const workers = new Map(
  [16, 32, 80, 2048].map((capacity) => [capacity, new WeightWorker(new Kernels(module, capacity), { checkpoint: () => undefined, finished: () => undefined })]),
);
const capacities = fc.constantFrom(...workers.keys());

type Stored = 'float' | 'float16';

function stored(values: Float32Array, dataType: Stored): Uint8Array {
  return new Uint8Array((dataType === 'float' ? values.slice() : Uint16Array.from(values, toFloat16)).buffer);
}

/** The values that a tensor of this type can hold: float16 ones stay within its range. */
function heldBy(dataType: Stored, values: Float32Array): Float32Array {
  return dataType === 'float' ? values : throughFloat16(values.map((value) => Math.max(-60000, Math.min(60000, value))));
}

function taskOf({ dims, channelAxis, blockAxis }: TestTensor, values: Float32Array, dataType: Stored): WeightTask {
  return { source: { kind: 'bytes', bytes: stored(values, dataType) }, dataType, dims, channelAxis, blockAxis };
}

/** Sums may be added up in another order. */
function expectClose(actual: number, expected: number): void {
  if (Number.isFinite(expected)) expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * expected);
  else expect(actual).toBe(expected);
}

describe('kernels', () => {
  const file = join(tempFolder(), 'out.bin');

  it('write the codes, scales and zero points of the reference, whatever the shape and wherever chunks end', () => {
    fc.assert(
      fc.property(testTensor, testScheme, capacities, fc.constantFrom<Stored>('float', 'float', 'float16'), (tensor, scheme, capacity, dataType) => {
        const values = heldBy(dataType, tensor.values);
        const task = taskOf(tensor, values, dataType);
        const layout = layoutOf(tensor, scheme.granularity);
        const parameters = referenceParameters(values, layout, scheme, scheme.range, scaleTypeOf(dataType));
        const bytes = storedBytes(tensor, dataType, { ...scheme, signed: false });
        const into = { path: file, codes: 0, scales: bytes.codes, zeroPoints: bytes.codes + bytes.scales };
        writeFileSync(file, new Uint8Array(bytes.codes + bytes.scales + bytes.zeroPoints).fill(0xaa));
        const parts = unitParts(layout, { chunk: capacity, piece: 3 * capacity, streamedGroups: 1e6 });
        const results = parts.map((part) => workers.get(capacity)!.sweep({ task, schemes: [scheme], ...part, into }));
        const codes = quantizeValues(values, layout, parameters, scheme);
        const expectedParts = [packCodes(codes, scheme.bits), stored(parameters.scales, dataType), packCodes(parameters.zeroPoints, scheme.bits)];
        expect(readFileSync(file).equals(Buffer.concat(expectedParts))).toBe(true);
        const expected = errorSums(values, approximate(values, layout, parameters, scheme, scaleTypeOf(dataType)));
        expectClose(results.reduce((sum, { signal }) => sum + signal, 0), signalOf(values));
        expectClose(results.reduce((sum, { errors }) => sum + errors[0]!.noise, 0), expected.noise);
        expect(Math.max(...results.map(({ errors }) => errors[0]!.maxError))).toBe(expected.maxError);
      }),
      { seed: 1, numRuns: 400 },
    );
  });
});
