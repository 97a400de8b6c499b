import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import type { Explanation } from '../../src/graph/explanation';
import type { Analysis } from '../../src/graph/layer';
import type { MemoryProfile } from '../../src/graph/memory/memoryProfile';
import { factLines } from '../../src/format/modelFacts';
import { fakeAnalysis } from '../engine/support/fakeAnalysis';
import { sameParameters } from '../support/layers';
import { blocksFolder, chainFolder, hostileFolder, mlpFolder, sequenceFolder } from './models';
import { runCli, startCli } from './runCli';

let folder: string;
beforeEach(() => { folder = mlpFolder(); });

describe('nibble', () => {
  it('tells its version and shows help with examples', async () => {
    expect(await runCli(['--version'], folder)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    for (const args of [['--help'], ['analyze', '--help'], ['quantize', '--help']]) {
      const { code, stdout, stderr } = await runCli(args, folder);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/Examples:\n {2}nibble /);
    }
  });

  it.each([
    [[], 'Usage: nibble'],
    [['analise', 'mlp.onnx'], 'Did you mean analyze?'],
    [['analyze'], "missing required argument 'model'"],
    [['analyze', 'mlp.onnx', '--jsn'], 'Did you mean --json?'],
    [['analyze', 'mlp.onnx', '--markdown', '--csv'], 'cannot be used with'],
    [['analyze', 'mlp.onnx', 'other.onnx'], 'too many arguments'],
    [['analyze', 'mlp.onnx', '--dim', 'batch'], 'expected NAME=VALUE'],
    [['analyze', 'mlp.onnx', '--dim', 'batch=0'], 'positive whole number'],
    [['analyze', 'mlp.onnx', '--dim', 'bach=1'], 'has no dimension "bach". It has "batch".'],
    [['quantize', 'mlp.onnx', '--run', '--no-run'], "option '--run' cannot be used with option '--no-run'"],
    [['plan'], 'Usage: nibble plan'],
  ])('answers %j with exit code 2 and %s', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args, folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('nibble analyze', () => {
  it('prints the fields that programs rely on, as numbers', async () => {
    const { code, stdout, stderr } = await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=2', '--json'], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { model, totals, layers } = JSON.parse(stdout) as Analysis;
    expect(model).toMatchObject({ file: 'mlp.onnx', dimensions: { batch: 2 } });
    expect(totals).toEqual({ ...sameParameters(9_216), weightBytes: 36_864, weightTypes: { float: 36_864 }, counting: { convention: 'strict', weights: {} }, macs: 18_432, flops: expect.any(Number) as number, activationBytes: 1_792, peakActivationBytes: expect.any(Number) as number, unresolved: 0 });
    expect(layers.map(({ name, op, scope, parameters, weightBytes, macs, inputShapes, outputShapes }) => ({ name, op, scope, parameters, weightBytes, macs, inputShapes, outputShapes }))[0]).toEqual({
      name: '/enc/fc1/MatMul', op: 'MatMul', scope: ['enc', 'fc1'], parameters: 6_144, weightBytes: 24_576, macs: 12_288, inputShapes: [[2, 64], [64, 96]], outputShapes: [[2, 96]],
    });
  });

  it('shows an already quantized model by its logical layers', async () => {
    await runCli(['quantize', 'mlp.onnx', '--weights', 'int8', '-o', 'int8.onnx', '--no-run'], folder);
    const { stdout } = await runCli(['analyze', 'int8.onnx'], folder);
    expect(stdout).toMatch(/MatMul \(2\) .* int8 · channel /);
    expect(stdout).toContain('Total of 3 layers, 5 operators');
    const [layer] = (JSON.parse((await runCli(['analyze', 'int8.onnx', '--json'], folder)).stdout) as Analysis).layers;
    expect(layer).toMatchObject({ parameters: 6_144, macs: 6_144, logical: { form: 'qdq', standsFor: ['MatMul'], weights: { dataType: 'int8', granularity: 'channel', symmetric: true, elements: 6_144, codeBytes: 6_144, scaleBytes: 384 }, activations: null, members: [{ op: 'DequantizeLinear' }] } });
    const [titles, first] = (await runCli(['analyze', 'int8.onnx', '--csv'], folder)).stdout.split('\r\n');
    expect(titles).toMatch(/,storedAs,standsFor,weightFormat,activationFormat,outputFormat,operators$/);
    expect(first).toMatch(/,qdq,MatMul,int8 · channel,,,2$/);
    expect((await runCli(['analyze', 'int8.onnx', '--markdown'], folder)).stdout).toContain('Weight codes');
    expect((await runCli(['analyze', 'mlp.onnx', '--markdown'], folder)).stdout).not.toContain('Weight codes');
    expect((await runCli(['analyze', 'mlp.onnx'], folder)).stdout).not.toContain('Stored as');
  });

  it('has null for what is not known, and says why', async () => {
    const sequence = sequenceFolder();
    const { layers } = JSON.parse((await runCli(['analyze', 'sequence.onnx', '--json'], sequence)).stdout) as Analysis;
    expect(layers[0]!.macs).toBeNull();
    const { stdout } = await runCli(['analyze', 'sequence.onnx'], sequence);
    expect(stdout).toContain('dimension "length" is not set: /proj/MatMul\n');
    expect(stdout).toContain('--dim length=1\n');
    expect((JSON.parse((await runCli(['analyze', 'sequence.onnx', '--json', '--dim', 'length=5'], sequence)).stdout) as Analysis).layers[0]!.macs).toBe(5 * 64 * 64);
  });

  it('counts for a batch of one unless told otherwise, and says so', async () => {
    const { stdout, stderr } = await runCli(['analyze', 'mlp.onnx', '--json'], folder);
    expect(stderr).toBe('note: figures are for batch = 1; --dim gives it another value\n');
    expect(JSON.parse(stdout)).toMatchObject({ model: { dimensions: { batch: 1 } }, totals: { macs: 9_216, unresolved: 0 } });
  });

  it('speaks of one layer as one, and of no producer not at all', async () => {
    const { stdout } = await runCli(['analyze', 'sequence.onnx', '--dim', 'length=1'], sequenceFolder());
    expect(stdout).toMatch(/^Total of 1 layer +4\.10 k/m);
    const { model, totals } = fakeAnalysis('m.onnx', 1);
    expect(factLines({ ...model, producer: '', producerVersion: '', opsets: { '': 21, 'com.microsoft': 1 } }, totals)).toContainEqual(['Opset', '21, com.microsoft 1']);
    expect(factLines({ ...model, producer: 'torch', producerVersion: '2.1', opsets: { '': 21 } }, totals)).toContainEqual(['Producer', 'torch 2.1, opset 21']);
  });

  it('draws a table with scopes, subtotals and no escape codes when it is not on a terminal', async () => {
    const { stdout } = await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1'], folder, { FORCE_COLOR: '1' });
    expect(stdout).toMatch(/^enc +6\.14 k +24\.6 kB +6\.14 k$/m);
    expect(stdout).toMatch(/^ {2}fc1 +MatMul +1 × 96 +6\.14 k +24\.6 kB +6\.14 k +384 B$/m);
    expect(stdout).toMatch(/^Total of 3 layers +9\.22 k +36\.9 kB +9\.22 k +896 B$/m);
    expect(stdout).not.toContain('\u001b');
  });

  it('prints Markdown and CSV', async () => {
    const markdown = (await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--markdown'], folder)).stdout;
    expect(markdown).toContain('| /enc/fc1/MatMul | MatMul | 1 × 64 | 1 × 96 | 6.14 k | 24.6 kB | 6.14 k | 12.3 k | 384 B | 25.2 kB | 0.487 |\n');
    const csv = (await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--csv'], folder)).stdout;
    expect(csv.split('\r\n').slice(0, 2)).toEqual(['name,op,inputShapes,outputShapes,parameters,weightBytes,macs,flops,activationBytes,movedBytes,intensity,storedAs,standsFor,weightFormat,activationFormat,outputFormat,operators', '/enc/fc1/MatMul,MatMul,1x64; 64x96,1x96,6144,24576,6144,12288,384,25216,0.4873096446700508,,MatMul,,,,1']);
  });

  it('shows only the layers that a filter keeps', async () => {
    const { stdout, stderr } = await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--filter', 'matmul >20kB'], folder);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^1 of 3 layers +6\.14 k +24\.6 kB +6\.14 k$/m);
    expect(stdout).not.toContain('Relu');
    const json = JSON.parse((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--filter', '-[...,64]', '--json'], folder)).stdout) as Analysis;
    expect(json.layers.map(({ name }) => name)).toEqual(['/enc/Relu', '/head/fc2/MatMul']);
    expect(json.totals.parameters).toBe(9_216);
    expect((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--filter', 'size>1XB'], folder)).stderr).toBe('note: --filter: "size>1xb" is no condition that is known, so it is looked for as text\n');
  });

  it('adds up by operator', async () => {
    const { stdout } = await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--by-operator'], folder);
    expect(stdout).toMatch(/^MatMul +2 +9\.22 k +36\.9 kB +100\.0 % +9\.22 k +100\.0 % +18\.4 k +512 B$/m);
    expect(stdout).toMatch(/^Total of 2 operators +3 +9\.22 k/m);
    expect((await runCli(['analyze', 'mlp.onnx', '--by-operator', '--csv'], folder)).stdout.split('\r\n').slice(0, 2)).toEqual([
      'op,domain,layers,parameters,weightBytes,weightShare,macs,macShare,flops,activationBytes,unresolved', 'MatMul,,2,9216,36864,1,9216,1,18432,512,0',
    ]);
    expect((await runCli(['analyze', 'mlp.onnx', '--by-operator', '--markdown'], folder)).stdout).toContain('| Relu | 1 |');
    const { operators, totals } = JSON.parse((await runCli(['analyze', 'mlp.onnx', '--by-operator', '--json'], folder)).stdout) as { operators: { op: string; macs: number }[]; totals: { macs: number } };
    expect(operators.map(({ op, macs }) => [op, macs])).toEqual([['MatMul', totals.macs], ['Relu', 0]]);
  });

  it('counts operations by the convention that is asked for, and says which', async () => {
    const flopsBy = async (...options: string[]): Promise<Analysis['totals']> => (JSON.parse((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--json', ...options], folder)).stdout) as Analysis).totals;
    expect(await flopsBy('--convention', 'torchvision')).toMatchObject({ macs: 9_216, flops: 9_216, counting: { convention: 'torchvision' } });
    expect(await flopsBy('--convention', 'x2')).toMatchObject({ flops: 18_432 });
    expect(await flopsBy('--op-weight', 'Relu=10')).toMatchObject({ flops: 18_432 + 960, counting: { convention: 'strict', weights: { Relu: 10 } } });
    expect((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--convention', 'x2'], folder)).stdout).toContain('9.22 k MACs, 18.4 k FLOPs (2 × MACs)');
    expect(await runCli(['analyze', 'mlp.onnx', '--convention', 'paper'], folder)).toMatchObject({ code: 2, stdout: '' });
    expect(await runCli(['analyze', 'mlp.onnx', '--op-weight', 'Relu'], folder)).toMatchObject({ code: 2, stdout: '' });
    expect((await runCli(['analyze', 'mlp.onnx', '--op-weight', 'Reul=1'], folder)).stderr).toContain('has no weight "Reul"');
  });

  it('shows the memory of activations over time', async () => {
    const { code, stdout } = await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--memory'], folder);
    expect(code).toBe(0);
    // 64 inputs, 96 hidden values, their ReLU, 32 outputs.
    expect(stdout).toContain('Own memory       768 B at the peak, at /enc/Relu; 1.15 kB in all');
    expect(stdout).toContain('Lower bound      768 B, the inputs and outputs of /enc/Relu');
    const { memory } = JSON.parse((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--memory', '--json'], folder)).stdout) as { memory: MemoryProfile };
    expect(memory).toMatchObject({ inputBytes: 256, separate: { peak: 768, timeline: [640, 768, 512] }, inPlace: { timeline: [640, 384, 512] }, eightBit: { peak: 192 } });
    expect((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=1', '--memory', '--csv'], folder)).stdout.split('\r\n').slice(0, 2)).toEqual(['name,op,bytes,inPlaceBytes,eightBitBytes', '/enc/fc1/MatMul,MatMul,640,640,160']);
    expect(await runCli(['analyze', 'mlp.onnx', '--memory', '--by-operator'], folder)).toMatchObject({ code: 2, stdout: '' });
  });

  it('explains the figures of a layer', async () => {
    const { stdout } = await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=2', '--explain', '/enc/fc1/MatMul'], folder);
    expect(stdout).toContain('MACs: 12.3 k (12,288)\n  multiply-accumulates  192 output elements × 64 values of the shared axis = 12,288\n');
    const explanations = JSON.parse((await runCli(['analyze', 'mlp.onnx', '--dim', 'batch=2', '--explain', '/enc/Relu', '--json'], folder)).stdout) as Explanation[];
    expect(explanations.find(({ figure }) => figure === 'flops')).toMatchObject({ value: 192, counting: { convention: 'strict' } });
    expect(await runCli(['analyze', 'mlp.onnx', '--explain', '/enc/Relo'], folder)).toMatchObject({ code: 2, stdout: '' });
    expect(await runCli(['analyze', 'mlp.onnx', '--explain', '/enc/Relu', '--csv'], folder)).toMatchObject({ code: 2, stdout: '' });
  });

  it('lists the conventions with their weights', async () => {
    const { stdout } = await runCli(['conventions'], folder);
    expect(stdout).toMatch(/^strict: 2 × MACs \+ other operations$/m);
    expect(stdout).toMatch(/^strict +Sigmoid +4 +output element$/m);
    const listed = JSON.parse((await runCli(['conventions', '--json'], folder)).stdout) as { id: string; weights: { name: string; weight: number }[] }[];
    expect(listed.map(({ id }) => id)).toEqual(['strict', 'torchvision', 'x2', 'instruction-weighted']);
    expect(listed.find(({ id }) => id === 'instruction-weighted')!.weights).toContainEqual({ name: 'LayerNormalization.row', op: 'LayerNormalization', per: 'row', weight: 29 });
  });

  it('shows repeated blocks once', async () => {
    const blocks = blocksFolder(5);
    const { stdout } = await runCli(['analyze', 'blocks.onnx', '--blocks'], blocks);
    expect(stdout).toMatch(/^layer\.0 … layer\.4 +× 5 +41\.0 k +164 kB +41\.0 k$/m);
    expect(stdout).toMatch(/^ {4}fc1 +MatMul/m);
    expect(stdout).not.toContain('layer.1\n');
    expect(stdout).toContain('Total of 22 layers');
    const json = JSON.parse((await runCli(['analyze', 'blocks.onnx', '--json'], blocks)).stdout) as { blocks: unknown };
    expect(json.blocks).toEqual([{ scope: [], first: 1, entries: 1, count: 5, layers: 4 }]);
  });

  it('spells out control characters of names', async () => {
    const hostile = hostileFolder();
    for (const option of [[], ['--markdown'], ['--json']]) {
      const { code, stdout, stderr } = await runCli(['analyze', 'hostile.onnx', ...option], hostile);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).not.toMatch(/[\u001b\u0007\r]/);
    }
    expect((await runCli(['analyze', 'hostile.onnx', '--markdown'], hostile)).stdout).toContain('| \\\\u{1b}\\[2J\\\\u{1b}\\]0;owned\\\\u{7}\\<b\\>\\|\\`a\\`\\\\u{d}\\\\u{a}Total,"0" |');
    expect((await runCli(['analyze', 'hostile.onnx', '--csv'], hostile)).stdout).toContain('\r\nTotal,""0"""');
  });

  it.each([
    ['missing.onnx', null, 'missing.onnx does not exist'],
    ['.', null, 'folder'],
    ['empty.onnx', '', 'empty'],
    ['text.onnx', '# A model\nIt is not one.\n', 'not an ONNX model'],
  ])('fails on %s with exit code 1 and one sentence', async (name, content, message) => {
    if (content !== null) writeFileSync(join(folder, name), content);
    const { code, stdout, stderr } = await runCli(['analyze', name], folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).toContain(message);
  });

  it('ends quietly when the reader of its output goes away', async () => {
    const { child, result } = startCli(['analyze', 'chain.onnx', '--csv'], chainFolder(20_000));
    child.stdout!.destroy();
    const { code, stderr } = await result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
