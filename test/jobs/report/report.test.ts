import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { version } from '../../../package.json';
import { OpenedModel } from '../../../src/jobs/openModel';
import { MAX_MARKS } from '../../../src/jobs/report/charts';
import { MAX_LAYERS_IN_HTML } from '../../../src/jobs/report/html';
import { REPORT_FORMATS } from '../../../src/jobs/report/records';
import { renderReport } from '../../../src/jobs/report/render';
import type { Report } from '../../../src/jobs/report/records';
import type { Assessment, QuantizeResult } from '../../../src/jobs/records';
import { plainWeights } from '../../support/plainWeights';
import { vgg16 } from '../../support/models/convolutional';
import { buildModel, externalTensor, graph, node, valueInfo } from '../../support/onnxBuilder';
import { tempFolder } from '../../support/tempFolder';
import { chainModel, HOSTILE_NAMES, rendered, reportOf } from './models';

const small = chainModel(['first', 'second', 'third']);

const assessment: Assessment = {
  revision: 1,
  layers: [0, 1, 2].map((layer) => ({ layer, scheme: { kind: 'float16' }, state: layer === 1 ? 'none' : 'computed', reason: '', sqnrDb: layer === 1 ? null : 73.5, maxError: 0.001, bytesBefore: 256, bytesAfter: 128 })),
  totals: { bytesBefore: 256, bytesAfter: 128, sqnrDb: 73.5, averageBits: 16, pending: 0 },
};

const result: QuantizeResult = {
  output: 'model.float16.onnx', externalData: null, bytes: { before: 1_000, after: 600 }, weightBytes: { before: 256, after: 128 }, activations: null, layers: [],
  outputs: [{ name: 'v3', sqnrDb: 70.2, maxError: 0.01, samples: 16, source: 'random', sameTop1: null }], notRun: '', accuracy: null, notes: ['"second" has no weights.'], milliseconds: 5,
};

describe('a report', () => {
  it('names what it takes to get the same figures: file, version, dimensions and convention', async () => {
    const sha256 = createHash('sha256').update(small).digest('hex');
    for (const format of REPORT_FORMATS) {
      const text = await rendered(small, format);
      for (const needed of [sha256, version, 'batch', format === 'json' ? '"convention": "strict"' : '2 × MACs + other operations']) expect(text).toContain(needed);
    }
  });

  it('names the data files that its hash does not cover', async () => {
    const model = (files: number) => buildModel({ graph: graph({
      nodes: [node('MatMul', ['x', 'w0'], ['y'])],
      initializers: Array.from({ length: files + 1 }, (_, index) => externalTensor(`w${index}`, 'float', [8, 8], { location: `${Math.min(index, files - 1)}.bin` })),
      inputs: [valueInfo('x', 'float', [1, 8])],
      outputs: [valueInfo('y', 'float', null)],
    }) });
    const report = await reportOf(model(2));
    expect(report.dataFiles).toEqual(['0.bin', '1.bin']);
    for (const format of ['md', 'html'] as const) expect(renderReport(report, format)).toContain('0.bin, 1.bin; not part of the hash');
    expect(await rendered(model(5), 'md')).toContain('4.bin; not');
    expect(await rendered(model(7), 'md')).toContain('4.bin and 2 more; not part of the hash');
  });

  it('does not tell where the file lies, nor when it was made: it is the same for everyone', async () => {
    for (const format of REPORT_FORMATS) {
      const text = await rendered(small, format);
      expect(text).not.toContain('nibble-test-');
      expect(await rendered(small, format)).toBe(text);
    }
  });

  it('has every figure in its JSON', async () => {
    const { totals, layers, memory, conventions, operators } = JSON.parse(await rendered(small, 'json')) as Report;
    expect(totals).toMatchObject({ parameters: 64, macs: 128, flops: 264, peakActivationBytes: 64 });
    expect(layers.map(({ name }) => name)).toEqual(['first', 'second', 'third']);
    expect(memory.separate.timeline).toEqual([64, 64, 64]);
    expect(conventions).toEqual([{ id: 'strict', flops: 264 }, { id: 'torchvision', flops: 128 }, { id: 'x2', flops: 256 }, { id: 'instruction-weighted', flops: 136 }]);
    expect(operators.map(({ op, layers: count }) => [op, count])).toEqual([['MatMul', 2], ['Relu', 1]]);
  });

  it('has a row for each layer in its CSV, with what the figures depend on', async () => {
    const [head, first, ...rest] = (await rendered(small, 'csv')).trimEnd().split('\r\n');
    expect(head).toBe('name,op,inputShapes,outputShapes,parameters,weightBytes,macs,flops,activationBytes,movedBytes,intensity,storedAs,standsFor,weightFormat,activationFormat,outputFormat,operators,aliveBytes,aliveBytesInPlace,dimensions,convention,sha256,nibble');
    expect(first).toMatch(/^first,MatMul,1x8; 8x8,1x8,64,256,64,128,32,320,0\.4,,MatMul,,,,1,64,64,batch=1,2 × MACs \+ other operations,[0-9a-f]{64},/);
    expect(rest).toHaveLength(2);
  });

  it('tells what the plan and the written file came to', async () => {
    const report = await reportOf(small, { assessment, result });
    const markdown = renderReport(report, 'md');
    expect(markdown).toContain('- **Weights by the plan**: 256 B → 128 B (2×), 16.0 bits on average, error 73.5 dB (computed over all weights)\n');
    expect(markdown).toContain('- **Output v3**: 70.2 dB (16 random inputs), measured by running both models\n');
    expect(markdown).toMatch(/^\| first \|.* float16 \| 128 B \| 73\.5 dB \|$/m);
    expect(markdown).toMatch(/^\| second \|.*\|  \|  \|  \|$/m);
    expect(renderReport(report, 'csv').split('\r\n')[0]).toContain(',format,bytesAfter,sqnrDb,');
    expect(await rendered(small, 'md')).not.toContain('Quantization');
  });

  it('explains other figures for VGG-16 at 500 pixels', async () => {
    const markdown = await rendered(vgg16(500), 'md');
    expect(markdown).toContain('| MACs | 76.1 G | 76,110,');
    expect(markdown).toMatch(/\| FLOPs, x2 \| 152 G \|/);
    expect(markdown).toContain('128 MB (128,000,000 bytes) at the peak');
    expect(markdown).toMatch(/\*\*Own memory\*\*: .* 573 MB in all/);
    expect(markdown).toMatch(/\*\*In place\*\*: .* 303 MB in all/);
  });

  it('is what the engine gives, too', async () => {
    const path = join(tempFolder(), 'model.onnx');
    writeFileSync(path, small);
    const opened = OpenedModel.open(path, {}, plainWeights);
    expect(await opened.report('md', { assessment: null, result: null }, new AbortController().signal)).toBe(await rendered(small, 'md'));
    opened.close();
  });
});

describe('a page', () => {
  it('keeps every name in its place', async () => {
    const page = await rendered(chainModel(HOSTILE_NAMES), 'html');
    expect(page).not.toMatch(/<(img|script|b|a|link|iframe)\b/i);
    expect(page.match(/<h1>/g)).toHaveLength(1);
    expect(page.match(/<\/title><\/rect>|<\/title>/g)!.length).toBe((page.match(/<title>/g) ?? []).length);
    expect(page).toContain('&lt;img src=x onerror=&quot;document.title=1&quot;&gt;');
    expect(page).toContain('\\u{202e}gnp.exe|`x`');
    expect(await rendered(small, 'html')).not.toMatch(/(src|href)=|url\(|https?:/i);
  });

  it('holds its limits: rows of the table, marks of a chart', async () => {
    const page = await rendered(chainModel(Array.from({ length: MAX_LAYERS_IN_HTML + 1 }, (_, index) => `layer${String(index)}`)), 'html');
    expect(page).toContain(`The first 5,000 of 5,001 layers; the CSV and JSON reports have all.`);
    expect(page).toContain('<td>layer4999</td>');
    expect(page).not.toContain('<td>layer5000</td>');
    expect(page.match(/<rect /g)!.length).toBeLessThanOrEqual(2 * MAX_MARKS);
    expect(await rendered(small, 'html')).not.toContain('the CSV and JSON reports have all');
  });

  it('is complete for a model without layers', async () => {
    expect(await rendered(chainModel([]), 'html')).toMatch(/<\/main>/);
  });
});
