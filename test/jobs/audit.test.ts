import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditFile } from '../../src/jobs/audit';
import type { AuditReport } from '../../src/audit/finding';
import type { Granularity, WeightBits } from '../../src/quant/scheme';
import { caught } from '../support/caught';
import { buildModel, externalTensor, graph, node, valueInfo } from '../support/onnxBuilder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { tempFolder } from '../support/tempFolder';
import { OPERATORS, operatorModel, weightTensor, weightValues } from '../support/weightedModels';
import { qdqModel } from '../audit/support';

const audit = (path: string, against: string | null = null, signal = new AbortController().signal): Promise<AuditReport> => auditFile({ path, against }, () => undefined, signal);

const FORMATS: readonly { readonly bits: WeightBits; readonly signed: boolean; readonly symmetric: boolean }[] = [8, 4, 16, 2].flatMap((bits) => [
  { bits: bits as WeightBits, signed: true, symmetric: true },
  { bits: bits as WeightBits, signed: false, symmetric: false },
]);
const GRANULARITIES: readonly Granularity[] = ['tensor', 'channel', { block: 16 }];

describe.each(OPERATORS)('what Nibble writes for $op', (operator) => {
  it.each([10, 13, 21, 25])('has no errors at opset %i', async (opset) => {
    for (const format of FORMATS) {
      for (const granularity of GRANULARITIES) {
        // Clipped ranges and half scales, where they differ: one of each is enough.
        const variants = format.bits === 8 && granularity === 'channel' ? [{ type: 'float' }, { type: 'float', range: 'mse' }, { type: 'float16' }] as const : [{ type: 'float' }] as const;
        for (const { type, ...range } of variants) {
          const { output } = await quantizeAll(modelFile(buildModel(operatorModel(operator, opset, type))), { ...format, granularity, ...range }, { run: 'no' });
          const { findings, notes } = await audit(output);
          const bad = findings.filter(({ severity, rule }) => severity === 'error' || rule === 'lowest-code' || rule === 'unpaired');
          expect({ format, granularity, type, notes, bad }).toEqual({ format, granularity, type, notes: [], bad: [] });
        }
      }
    }
  });
});

it('compares whole files with the float model, external data included', async () => {
  const folder = tempFolder();
  const model = buildModel({ graph: graph({ nodes: [node('MatMul', ['x', 'w'], ['y'])], initializers: [externalTensor('w', 'float', [64, 64], { location: 'w.bin' })], inputs: [valueInfo('x', 'float', [1, 64])], outputs: [valueInfo('y', 'float', null)] }) });
  writeFileSync(join(folder, 'w.bin'), new Uint8Array(weightValues(4096).buffer));
  const path = modelFile(model, folder);
  const { output } = await quantizeAll(path, 'float16', { run: 'no' });
  expect((await audit(output, path)).findings).toEqual([]);
  expect((await audit(path, output)).findings).toMatchObject([{ rule: 'larger-than-original', reason: expect.stringContaining('out.onnx') as string }]);
});

it('says which weights it could not read, and judges the rest', async () => {
  const parts = qdqModel({ weight: { type: 'int8', scale: [0, 1, 1, 1], axis: 0 } });
  parts.graph.initializer = parts.graph.initializer!.map((tensor) => (tensor.name === 'w_codes' ? externalTensor('w_codes', 'int8', [4, 4, 3, 3], { location: 'gone.bin' }) : tensor));
  const { findings, notes } = await audit(modelFile(buildModel(parts)));
  expect(notes).toEqual([expect.stringContaining('gone.bin') as string]);
  expect(findings).toMatchObject([{ rule: 'scale-value', severity: 'error' }]);
});

it('stops when it is cancelled, and reports bytes', async () => {
  const path = modelFile(buildModel(qdqModel({ dims: [64, 4, 3, 3], weight: { type: 'int8', scale: 0.01 } })));
  expect(await caught(() => audit(path, null, AbortSignal.abort()))).toMatchObject({ reason: 'cancelled' });
  const seen: object[] = [];
  await auditFile({ path, against: null }, (progress) => { seen.push(progress); }, new AbortController().signal);
  expect(seen).toEqual([{ step: 'Reading weights', done: 0, total: 2304, unit: 'bytes' }, { step: 'Reading weights', done: 2304, total: 2304, unit: 'bytes' }]);
});

it('reads a large weight piece by piece', async () => {
  // 9 MiB of codes, three readings; the last channel alone has −128.
  const codes = new Array<number>(9 * 2 ** 20).fill(1);
  for (let channel = 0; channel < 9; channel += 1) codes[channel * 2 ** 20] = channel === 8 ? -128 : -127;
  const path = modelFile(buildModel(qdqModel({ op: 'Gemm', dims: [9, 2 ** 20], input: [1, 2 ** 20], activation: null, output: null, weight: { type: 'int8', axis: 0, scale: Array<number>(9).fill(0.1), codes } })));
  const { findings } = await audit(path);
  expect(findings.filter(({ rule }) => rule === 'lowest-code')).toMatchObject([{ reason: expect.stringContaining('1 of 9 channels') as string }]);
});

it('finds a copy in another file than the model', async () => {
  const folder = tempFolder();
  const values = new Uint8Array(weightValues(1024).buffer);
  writeFileSync(join(folder, 'w.bin'), Buffer.concat([values, values]));
  const external = (name: string, offset: number) => externalTensor(name, 'float', [32, 32], { location: 'w.bin', offset, length: 4096 });
  const model = (...initializers: Parameters<typeof graph>[0]['initializers'] & object) =>
    buildModel({ graph: graph({ nodes: [node('MatMul', ['x', 'a'], ['h']), node('MatMul', ['h', 'b'], ['y'])], initializers, inputs: [valueInfo('x', 'float', [1, 32])], outputs: [valueInfo('y', 'float', null)] }) });
  expect((await audit(modelFile(model(external('a', 0), external('b', 4096)), folder))).findings).toMatchObject([{ rule: 'copied-weights', tensor: 'b' }]);
  expect((await audit(modelFile(model(weightTensor('a', [32, 32]), external('b', 4096)), folder))).findings).toMatchObject([{ rule: 'copied-weights', tensor: 'b' }]);
  // Two names for one place are stored once.
  expect((await audit(modelFile(model(external('a', 0), external('b', 0)), folder))).findings).toEqual([]);
});

it('leaves the model as it is', async () => {
  const path = modelFile(buildModel(qdqModel()));
  const before = readFileSync(path);
  await audit(path);
  expect(readFileSync(path).equals(before)).toBe(true);
});
