import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/onnx/readModel';
import { ModelFile } from '../../src/jobs/modelFile';
import type { Analysis, Granularity } from '../../src/graph/layer';
import type { DataType } from '../../src/onnx/dtypes';
import type { WeightBits } from '../../src/quant/scheme';
import { memorySource } from '../support/memorySource';
import { buildModel } from '../support/onnxBuilder';
import type { ModelParts } from '../support/onnxBuilder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { unraisable } from '../support/unraisable';
import { OPERATORS, operatorModel } from '../support/weightedModels';
import type { OperatorCase } from '../support/weightedModels';

/*
 * What Nibble writes in any of its forms opens with the layers of the model that it was made from: one DequantizeLinear of the
 * standard or of com.microsoft, products of codes and scales, and float16 behind a Cast.
 */

const BITS: readonly WeightBits[] = [2, 4, 8, 16];
const SIGNS = [{ signed: true, symmetric: true }, { signed: false, symmetric: false }];
/** 16 divides the axis of some operators and leaves a rest in others. */
const GRANULARITIES: readonly Granularity[] = ['tensor', 'channel', { block: 16 }];

function open(path: string): Analysis {
  const file = ModelFile.open(path);
  file.close();
  return file.analysis;
}

/** The model of one operator; `old`: with a node that keeps it in its operator set. */
function parts(operator: OperatorCase, opset: number, type: DataType, old: boolean): ModelParts {
  const model = operatorModel(operator, opset, type);
  if (!old) return model;
  const { nodes, initializers } = unraisable(opset);
  return { ...model, graph: { ...model.graph, node: [...model.graph.node!, ...nodes], initializer: [...model.graph.initializer!, ...initializers] } };
}

interface Asked {
  readonly bits: WeightBits;
  readonly signed: boolean;
  readonly symmetric: boolean;
  readonly granularity: Granularity;
}

async function expectReopened(operator: OperatorCase, opset: number, asked: Asked | 'float16', { type = 'float', old = false }: { readonly type?: DataType; readonly old?: boolean } = {}): Promise<void> {
  const path = modelFile(buildModel(parts(operator, opset, type, old)));
  const before = open(path);
  const written = await quantizeAll(path, asked, { run: 'no' });
  expect(written.layers.flatMap(({ weights }) => weights.filter(({ skipped }) => skipped !== ''))).toEqual([]);
  const after = open(written.output);
  const figures = ({ layers }: Analysis): unknown => layers.map(({ name, op, macs, parameters, inputShapes, outputShapes }) => ({ name, op, macs, parameters, inputShapes, outputShapes }));
  expect(figures(after)).toEqual(figures(before));
  const [layer] = after.layers.filter(({ name }) => name === 'layer');
  const elements = before.layers[0]!.weights.reduce((sum, weight) => sum + weight.elements, 0);
  expect(layer!.weights.reduce((sum, weight) => sum + weight.elements, 0)).toBe(elements);
  if (asked === 'float16') {
    expect(layer!.logical).toMatchObject({ form: 'float16', weights: { dataType: 'float16', elements } });
    return;
  }
  const { bits, signed, granularity } = asked;
  // A zero point may come out in the middle by chance.
  const symmetric: unknown = asked.symmetric || expect.any(Boolean);
  const dataType = `${signed ? '' : 'u'}int${String(bits)}`;
  expect(layer!.logical).toMatchObject({ form: 'qdq', weights: { dataType, bits, symmetric, granularity, elements, codeBytes: before.layers[0]!.weights.reduce((sum, weight) => sum + Math.ceil((weight.elements * bits) / 8), 0) }, activations: type === 'float' ? null : { dataType: type } });
  expect(layer!.logical!.members.length).toBe(after.layers.length === before.layers.length ? nodeCount(written.output) - before.layers.length : -1);
  expect(layer!.weights.map(({ obstacle }) => obstacle)).toEqual(layer!.weights.map(() => `it is already quantized (${dataType})`));
}

describe('what Nibble writes opens with the layers of its original', () => {
  const schemes = BITS.flatMap((bits) => SIGNS.flatMap((sign) => GRANULARITIES.map((granularity) => ({ bits, ...sign, granularity }))));

  describe.each(OPERATORS.map((operator): [string, OperatorCase] => [operator.op, operator]))('%s', (_, operator) => {
    it.each([25, 21])('in the standard domain, operator set %i', async (opset) => {
      for (const scheme of schemes.filter(({ bits }) => opset >= 25 || bits > 2)) await expectReopened(operator, opset, scheme);
    });

    it.each([9, 13, 19])('in the domain of com.microsoft or a newer operator set, from operator set %i', async (opset) => {
      for (const scheme of schemes.filter(({ bits, granularity }) => bits > 2 && typeof granularity === 'string')) await expectReopened(operator, opset, scheme);
    });

    it.each([11, 17])('as a product of codes and scales, operator set %i', async (opset) => {
      for (const scheme of schemes.filter(({ bits, granularity }) => bits > 2 && typeof granularity === 'object')) await expectReopened(operator, opset, scheme, { old: true });
    });

    it('as float16', async () => {
      await expectReopened(operator, 17, 'float16');
    });
  });

  it('from weights in half precision', async () => {
    const matMul = OPERATORS.find(({ op }) => op === 'MatMul')!;
    for (const scheme of schemes.filter(({ bits }) => bits === 4)) {
      await expectReopened(matMul, 21, scheme, { type: 'float16' });
      await expectReopened(matMul, 17, scheme, { type: 'float16', old: true });
    }
  });

  it('and stays as it is when it is quantized again, with the reason', async () => {
    const path = modelFile(buildModel(operatorModel(OPERATORS.find(({ op }) => op === 'MatMul')!, 17)));
    const once = await quantizeAll(path, { bits: 8, granularity: 'channel' }, { run: 'no' });
    const twice = await quantizeAll(modelFile(readFileSync(once.output)), { bits: 4, granularity: 'channel' }, { run: 'no' });
    expect(twice.layers).toMatchObject([{ name: 'layer', weights: [{ stored: 'int8', format: 'float', skipped: 'it is already quantized (int8)' }] }]);
    expect(readFileSync(twice.output).equals(readFileSync(once.output))).toBe(true);
  });
});

function nodeCount(path: string): number {
  return readModel(memorySource(readFileSync(path))).graph.nodes.filter(({ op }) => op !== 'Constant').length;
}
