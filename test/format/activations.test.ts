import { describe, expect, it } from 'vitest';
import { certainty, CERTAIN_DB, formatActivations, formatSurprises, layerActivations, UNCERTAIN_DB } from '../../src/format/activations';
import { alarmsOf, alarmText, MAX_LOST_ACCURACY, MIN_SAME_TOP1 } from '../../src/format/alarms';
import type { OutputError, QuantizedActivationsResult } from '../../src/jobs/records';

const result: QuantizedActivationsResult = {
  format: 'uint8', method: 'mse', equalized: true, source: 'samples', samples: 32, sqnrDb: 35.4, givenRanges: 2, tried: [], integerMacs: 0.5, verified: true,
  layers: [{ name: 'conv', op: 'Conv', output: 'quantized', why: '' }, { name: 'log', op: 'Conv', output: 'float', why: 'a logarithm follows' }, { name: 'fc', op: 'Gemm', output: 'float', why: '' }],
  float: [{ name: 'lstm', op: 'LSTM', why: 'no kernel' }],
  kernels: [{ layer: 'conv', kernel: 'QLinearConv', integer: true, predicted: 'QLinearConv' }, { layer: 'log', kernel: 'Conv', integer: false, predicted: 'float Conv: its output stays float' }, { layer: 'fc', kernel: 'Gemm', integer: false, predicted: 'QGemm' }],
};

describe('what became of activations', () => {
  it('is one line', () => {
    expect(formatActivations(result)).toBe('uint8 in 3 of 4 layers, ranges by mse of evened channels (2 given) from 32 samples: 35.4 dB, close to the float model; 50.0 % of the MACs in integer kernels');
    expect(formatActivations({ ...result, source: 'random', sqnrDb: null, integerMacs: null })).toMatch(/from random inputs, a guess: not measured$/);
  });

  it('is told layer by layer', () => {
    expect(layerActivations(result).map((row) => [row.name, row.reads, row.gives, row.kernel?.kernel, row.why])).toEqual([
      ['conv', true, true, 'QLinearConv', ''],
      ['log', true, false, 'Conv', 'a logarithm follows'],
      ['fc', true, false, 'Gemm', ''],
      ['lstm', false, false, undefined, 'no kernel'],
    ]);
  });

  it('names the first layer that runs otherwise than the rules say', () => {
    expect(formatSurprises(result.kernels)).toBe('fc runs as Gemm, and was to run as QGemm');
    expect(formatSurprises(result.kernels.slice(0, 2))).toBeNull();
  });

  it('is certain, uncertain or poor', () => {
    expect([CERTAIN_DB, CERTAIN_DB - 0.1, UNCERTAIN_DB, UNCERTAIN_DB - 0.1, null].map(certainty)).toEqual(['certain', 'uncertain', 'uncertain', 'poor', 'poor']);
  });
});

describe('alarms of a result', () => {
  const output: OutputError = { name: 'y', sqnrDb: 12, maxError: 0.5, samples: 100, source: 'samples', sameTop1: 0.9 };

  it('are told by labels, by answers that change, and by outputs that are far off', () => {
    expect(alarmsOf({ accuracy: null, outputs: [output] }).map(alarmText)).toEqual(['Only 90.0 % of 100 samples keep their top-1 in the output "y".', expect.stringContaining('"y" is far from that of the float model (12.0 dB)') as unknown]);
    expect(alarmsOf({ accuracy: { before: 0.9, after: 0.88, samples: 50 }, outputs: [output] }).map(({ kind }) => kind)).toEqual(['accuracy', 'top1']);
    expect(alarmText(alarmsOf({ accuracy: { before: 0.9, after: 0.88, samples: 50 }, outputs: [] })[0]!)).toBe('The accuracy on 50 labelled samples falls from 90.0 % to 88.0 %.');
  });

  it('are none at the bounds, on random inputs, and for outputs that are zero', () => {
    expect(alarmsOf({ accuracy: { before: 0.5, after: 0.5 - MAX_LOST_ACCURACY, samples: 100 }, outputs: [{ ...output, sameTop1: MIN_SAME_TOP1 }] })).toEqual([]);
    expect(alarmsOf({ accuracy: null, outputs: [{ ...output, sqnrDb: UNCERTAIN_DB, sameTop1: null }] })).toEqual([]);
    expect(alarmsOf({ accuracy: null, outputs: [{ ...output, source: 'random' }, { ...output, sqnrDb: null, maxError: 0, sameTop1: 1 }] })).toEqual([]);
  });
});
