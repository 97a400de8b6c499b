import { describe, expect, it } from 'vitest';
import { layerHover, modelHover, outputError } from '../../src/format/hover';
import { escapeMarkdown, toMarkdown, toPlainText } from '../../src/format/hoverMarkup';
import type { FormatOption, LayerAssessment, LayerKernel, QuantizeResult } from '../../src/jobs/records';
import type { IntegerScheme } from '../../src/quant/scheme';
import { makeLayers } from '../support/layers';

const int8: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };
const int4: IntegerScheme = { ...int8, bits: 4, granularity: { block: 32 } };
const [layer] = makeLayers(['/fc/MatMul']) as [ReturnType<typeof makeLayers>[number]];
const assessment: LayerAssessment = { layer: 0, scheme: int8, state: 'computed', reason: '', sqnrDb: 41.87, maxError: 0.00123, bytesBefore: 16_384, bytesAfter: 4_352 };
const option = (fields: Partial<FormatOption>): FormatOption => ({ scheme: int4, chosen: false, sqnrDb: 20.3, maxError: 0.1, bytes: 2_560, kernel: 'MatMulNBits', refusal: '', ...fields });

describe('the hover of a layer', () => {
  it('says format, error, largest error, sizes, other formats and where the figures come from', () => {
    const formats = [option({ scheme: int8, chosen: true }), option({}), option({ scheme: { ...int4, bits: 2 }, refusal: 'not loaded by onnxruntime' }), option({ scheme: { kind: 'float16' }, sqnrDb: null, maxError: null, bytes: 8_192 })];
    expect(toPlainText(layerHover({ layer, assessment, formats, written: null }))).toBe(
      [
        '/fc/MatMul',
        'Operator: MatMul → 1 × 64',
        'Format: int8 · channel',
        'Weight error: 41.9 dB',
        'Largest error: 0.00123',
        'Size: 16.4 kB → 4.35 kB (3.76×)',
        'As int4 · block 32: 20.3 dB · 2.56 kB',
        'As float16: being computed · 8.19 kB',
        'Errors are computed over all 4,096 weights, not estimated. Sizes are computed from shapes and format. Nothing here is measured by running the model.',
      ].join('\n'),
    );
  });

  it('says what becomes of activations and what computes the layer', () => {
    const lines = (activations: NonNullable<LayerAssessment['activations']>, kernel?: LayerKernel): readonly string[] =>
      layerHover({ layer, assessment: { ...assessment, activations }, formats: [], written: null, ...(kernel ? { kernel } : {}) }).lines.map((line) => line.join(': ')).filter((line) => /^(Activations|Kernel)/.test(line));
    expect(lines({ format: 'uint8', byPlan: false, why: '', kernel: 'QGemm' })).toEqual(['Activations: uint8', 'Kernel, by the target’s rules: QGemm']);
    expect(lines({ format: null, byPlan: true, why: 'the plan leaves them float', kernel: 'float Conv' }, { layer: '/fc/MatMul', kernel: 'QLinearMatMul', integer: true, predicted: 'MatMul' })).toEqual([
      'Activations: float: the plan leaves them float', 'Kernel, by the target’s rules: float Conv', 'Kernel in the written file: QLinearMatMul; MatMul was expected',
    ]);
  });

  it('tells pending, skipped, kept and weightless layers apart', () => {
    const line = (fields: Partial<LayerAssessment>, label: string): string | undefined =>
      layerHover({ layer, assessment: { ...assessment, ...fields }, formats: [], written: null }).lines.find(([name]) => name === label)?.[1];
    expect(line({ state: 'pending', sqnrDb: null, maxError: null }, 'Weight error')).toBe('being computed');
    expect(line({ state: 'skipped', reason: 'it holds NaN' }, 'Format')).toBe('float instead of int8 · channel');
    expect(line({ state: 'skipped', reason: 'it holds NaN' }, 'Reason')).toBe('it holds NaN');
    expect(line({ state: 'float', scheme: { kind: 'float' }, bytesAfter: 16_384 }, 'Size')).toBe('16.4 kB');
    expect(line({ state: 'none' }, 'Format')).toBe('no weights to quantize');
    expect(line({ sqnrDb: null, maxError: 0 }, 'Weight error')).toBe('none: all weights are zero');
  });

  it('says that a branch of an If that does not run is left out of the totals', () => {
    const lines = layerHover({ layer: { ...layer, untaken: true }, assessment, formats: [], written: null }).lines;
    expect(lines.at(-1)).toEqual(['Not counted', 'only one branch of an If runs, and totals take the other one']);
  });

  it('names what was read back from a written file', () => {
    const written = { name: layer.name, op: 'MatMul', weights: [{ tensor: 'w', stored: 'float', format: 'int8', symmetric: true, granularity: 'channel', sqnrDb: 41.87, maxError: 0.00123, bytes: { before: 16_384, after: 4_352 }, skipped: '' }] } as const;
    const hover = layerHover({ layer, assessment, formats: [], written });
    expect(hover.lines).toContainEqual(['In the written file', '16.4 kB → 4.35 kB (3.76×)']);
    expect(hover.provenance).toContain('read back');
  });

  it('translates its words through the function given', () => {
    const hover = layerHover({ layer, assessment, formats: [], written: null }, (message) => message.toUpperCase());
    expect(hover.lines.map(([label]) => label)).toEqual(['OPERATOR', 'FORMAT', 'WEIGHT ERROR', 'LARGEST ERROR', 'SIZE']);
  });

  it('lets no name become markup', () => {
    const [hostile] = makeLayers(['<img src=x onerror=alert(1)>](command:x) | $(zap)\n# `a`']) as [typeof layer];
    const markdown = toMarkdown(layerHover({ layer: hostile, assessment: null, formats: [], written: null }));
    expect(markdown.split('\n')[0]).toBe('**\\<img src\\=x onerror\\=alert\\(1\\)\\>\\]\\(command\\:x\\) \\| \\$\\(zap\\) \\# \\`a\\`**');
    expect(escapeMarkdown('a\u0000\r\nb')).toBe('a b');
  });
});

describe('the hover of a model file', () => {
  const summary = { fileBytes: 46_827_520, weightBytes: 46_827_520, parameters: 11_689_512, macs: 1_814_073_344, unresolved: 0 };

  it('says size, parameters and compute', () => {
    expect(modelHover({ fileName: 'resnet.onnx', summary, totals: null, result: null }).lines).toEqual([['File', '46.8 MB'], ['Parameters', '11.7 M'], ['MACs', '1.81 G']]);
    expect(modelHover({ fileName: 'a', summary: { ...summary, unresolved: 2 }, totals: null, result: null }).lines[2]).toEqual(['MACs', '1.81 G (2 layers not counted)']);
  });

  it('adds the plan and what was measured', () => {
    const output = { name: 'logits', sqnrDb: 38.21, maxError: 0.1, samples: 200, source: 'random', sameTop1: 0.99 } as const;
    const result: QuantizeResult = { output: 'a.int8.onnx', externalData: null, bytes: { before: 40e6, after: 10e6 }, weightBytes: { before: 40e6, after: 10e6 }, activations: null, layers: [], outputs: [output], notRun: '', accuracy: null, notes: [], milliseconds: 1 };
    const totals = { bytesBefore: 40e6, bytesAfter: 10e6, sqnrDb: 39.8, averageBits: 8.1, pending: 0 };
    const hover = modelHover({ fileName: 'a.onnx', summary, totals, result });
    expect(hover.lines.slice(3)).toEqual([
      ['Weights by the plan', '40.0 MB → 10.0 MB (4×)'],
      ['Weight error', '39.8 dB'],
      ['Written file', '40.0 MB → 10.0 MB (4×)'],
      ['Output logits', '38.2 dB, top-1 equal in 99.0 % (200 random inputs)'],
    ]);
    expect(hover.provenance).toContain('measured by running both models');
    expect(outputError({ ...output, source: 'samples', sameTop1: null, sqnrDb: null })).toBe('– (200 samples)');
  });
});
