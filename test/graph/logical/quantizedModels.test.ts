import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../../src/graph/analysis';
import type { Analysis, Layer, NumberFormat } from '../../../src/graph/layer';
import { readModel } from '../../../src/onnx/readModel';
import { loadBytes } from '../../../src/onnx/tensorData';
import type { Model } from '../../../src/onnx/model';
import { memorySiblings, memorySource } from '../../support/memorySource';
import { quantizedModels } from '../../support/quantizedModels';

interface FloatLayer {
  readonly name: string;
  readonly op: string;
  readonly macs: number;
  readonly parameters: number;
}

// Written by test/tools/quantized_models.py with onnxruntime's and NNCF's own quantizers.
const folder = new URL('../../vectors/quantized/', import.meta.url);
const originals = JSON.parse(readFileSync(new URL('float.json', folder), 'utf8')) as Readonly<Record<string, readonly FloatLayer[]>>;

interface Variant {
  readonly title: string;
  readonly original: string;
  readonly model: Model;
  readonly analysis: Analysis;
}

const variants = [...quantizedModels()].map((bytes): Variant => {
  const source = memorySource(bytes);
  const model = readModel(source);
  const { analysis } = analyzeModel(model, { readBytes: (tensor) => loadBytes(tensor, { source, siblings: memorySiblings() }) });
  const { variant, original, tool } = Object.fromEntries(model.metadata) as Readonly<Record<string, string>>;
  return { title: `${original!}: ${tool!} ${variant!}`.replace('  ', ' '), original: original!, model, analysis };
});

/** The name that the layer had before the tool renamed it. */
function originalName({ name }: Layer): string {
  return name.replace(/(_MatMul_quant|_quant|_matmul_Q4|_Q4|_compressed_matmul|\/MatMulAddFusion|\/MatmulTransposeFusion\/?)$/, '');
}

/** The module that a layer is a part of: a product and its bias may be one layer or two. */
const moduleOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));

/** Sums by module; what has neither products nor parameters is left out. */
function byModule(layers: readonly Pick<FloatLayer, 'name' | 'macs' | 'parameters'>[]): Readonly<Record<string, readonly [number, number]>> {
  const sums: Record<string, [number, number]> = {};
  for (const { name, macs, parameters } of layers) {
    if (macs === 0 && parameters === 0) continue;
    const sum = (sums[moduleOf(name)] ??= [0, 0]);
    sum[0] += macs;
    sum[1] += parameters;
  }
  return sums;
}

interface Formats {
  /** Form, weights and activations of the layers with weights. */
  readonly all: string;
  /** Layers that the tool leaves out or treats in another way. */
  readonly but?: Readonly<Record<string, string>>;
}

const U8 = 'uint8 tensor asymmetric';
const DYNAMIC = 'dynamic: int8 tensor symmetric × uint8 dynamic';
// No tool has a dynamic ConvTranspose, and the script asks for no dynamic lookups.
const NOT_DYNAMIC = { '/up/ConvTranspose': 'float', '/embed/Gather': 'float' };
const QDQ_8 = `qdq: int8 channel symmetric × ${U8}`;
const NOT_PRODUCTS = { '/embed/Gather': 'float', '/lstm/LSTM': 'float' };

const FORMATS: Readonly<Record<string, Formats>> = {
  'convolutional: float': { all: 'float' },
  'text: float': { all: 'float' },
  'attention: float': { all: 'float' },
  'convolutional: onnxruntime static QDQ per channel': { all: QDQ_8 },
  'convolutional: onnxruntime static QDQ per tensor': { all: `qdq: int8 tensor symmetric × ${U8}` },
  'convolutional: onnxruntime static QOperator': { all: `integer: int8 channel symmetric × ${U8}`, but: { '/up/ConvTranspose': `qdq: float × ${U8}` } },
  'convolutional: onnxruntime static QDQ 16-bit activations': { all: 'qdq: int8 tensor symmetric × uint16 tensor asymmetric' },
  'convolutional: onnxruntime static QDQ 4-bit weights': { all: `qdq: int4 tensor symmetric × ${U8}` },
  'convolutional: onnxruntime dynamic': { all: DYNAMIC, but: NOT_DYNAMIC },
  'convolutional: onnxruntime float16': { all: 'float16: float16 × float16' },
  'convolutional: onnxruntime float16 with islands': { all: 'float16: float16 × float16', but: { '/fc/Gemm': 'float: float × float' } },
  'convolutional: onnxruntime optimized': { all: 'float', but: { '/conv1/Conv': 'fused: float × float', '/dw/Conv': 'fused: float × float' } },
  'convolutional: onnxruntime static QDQ optimized': { all: `integer: int8 channel symmetric × ${U8}`, but: { '/up/ConvTranspose': QDQ_8 } },
  'convolutional: onnxruntime dynamic optimized': { all: DYNAMIC, but: NOT_DYNAMIC },
  // What follows a Relu or Clip has no sign.
  'convolutional: nncf static': { all: 'qdq: int8 channel symmetric × int8 tensor symmetric', but: { '/dw/Conv': QDQ_8, '/pw/Conv': QDQ_8 } },
  'convolutional: nncf 8-bit weights': { all: 'qdq: uint8 channel asymmetric × float' },
  'text: onnxruntime static QDQ': { all: `qdq: int8 tensor symmetric × ${U8}`, but: { '/embed/Gather': `qdq: ${U8} × float`, '/down/MatMul': 'qdq: int8 tensor symmetric × uint8 tensor symmetric', '/lstm/LSTM': `qdq: float × ${U8}` } },
  'text: onnxruntime static QOperator': { all: `integer: int8 tensor symmetric × ${U8}`, but: { '/embed/Gather': `qdq: ${U8} × float`, '/down/MatMul': 'integer: int8 tensor symmetric × uint8 tensor symmetric', '/lstm/LSTM': `qdq: float × ${U8}` } },
  'text: onnxruntime dynamic': { all: DYNAMIC, but: NOT_DYNAMIC },
  'text: onnxruntime dynamic optimized': { all: DYNAMIC, but: NOT_DYNAMIC },
  'text: onnxruntime 4-bit packed': { all: 'packed: uint4 block 16 × float', but: { '/embed/Gather': 'packed: uint4 block 16 asymmetric × float', '/lstm/LSTM': 'float' } },
  'text: onnxruntime 4-bit packed symmetric': { all: 'packed: uint4 block 16 symmetric × float', but: NOT_PRODUCTS },
  'text: onnxruntime 4-bit QDQ': { all: 'qdq: int4 block 16 symmetric × float', but: NOT_PRODUCTS },
  'text: onnxruntime float16': { all: 'float16: float16 × float16', but: { '/embed/Gather': 'float16: float16 × float' } },
  'text: onnxruntime optimized': { all: 'float' },
  'text: nncf static': { all: 'qdq: int8 channel symmetric × int8 tensor symmetric', but: { '/embed/Gather': 'qdq: int8 channel symmetric × float', '/lstm/LSTM': 'float' } },
  'text: nncf 4-bit weights': { all: 'packed: uint4 block 16 symmetric × float', but: NOT_PRODUCTS },
  'attention: onnxruntime dynamic': { all: DYNAMIC },
};

const HELPERS = new Set(['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear', 'Cast']);

describe.each(variants.map((variant): [string, Variant] => [variant.title, variant]))('%s', (title, { original, model, analysis }) => {
  const expected = originals[original]!;
  const layers = analysis.layers.map((layer) => ({ ...layer, name: originalName(layer) }));

  it('has the layers, products and parameters of its float original', () => {
    expect(byModule(layers.map(({ name, macs, parameters }) => ({ name, macs: macs!, parameters })))).toEqual(byModule(expected));
    expect(analysis.totals).toMatchObject({ unresolved: 0, macs: expected.reduce((sum, { macs }) => sum + macs, 0), parameters: expected.reduce((sum, { parameters }) => sum + parameters, 0) });
    for (const { name, op, macs } of expected.filter((layer) => layer.macs > 0)) {
      const rows = layers.filter((layer) => layer.name === name);
      expect(rows, name).toHaveLength(1);
      const standsFor = rows[0]!.logical?.standsFor ?? [rows[0]!.op];
      // A product and a bias beside it may have become a Gemm, and a Gemm a product with a bias.
      expect([[op], ...(op === 'MatMul' ? [['Gemm']] : []), [op === 'Gemm' ? 'MatMul' : op, 'Add'], ...[['Relu'], ['Clip']].map((more) => [op, ...more])], name).toContainEqual([...standsFor]);
      expect(rows[0]!.macs).toBe(macs);
    }
  });

  it('has every operator in exactly one row, and no row for a helper alone', () => {
    const inRows = analysis.layers.flatMap(({ name, logical }) => [name, ...(logical?.members ?? []).map((member) => member.name)]);
    expect(new Set(inRows).size).toBe(inRows.length);
    expect(inRows).toHaveLength(model.graph.nodes.filter(({ op }) => op !== 'Constant').length);
    expect(analysis.layers.filter(({ op, unfolded }) => HELPERS.has(op) || unfolded !== undefined).map(({ name }) => name)).toEqual([]);
  });

  it('tells in what formats its weights and activations are, as the tool was asked for', () => {
    const described = layers.filter((layer) => layer.weights.length > 0).map(({ name, logical }) => [name, logical === undefined ? 'float' : `${logical.form}: ${formatText(logical.weights)} × ${formatText(logical.activations)}`]);
    const { all, but = {} } = FORMATS[title]!;
    expect(described).toEqual(described.map(([name]) => [name, but[name!] ?? all]));
  });
});

function formatText(numbers: NumberFormat | null): string {
  if (numbers === null) return 'float';
  const { dataType, granularity, symmetric, dynamic } = numbers;
  const shared = granularity !== null && typeof granularity === 'object' ? `block ${String(granularity.block)}` : granularity;
  return [dataType, ...(dynamic ? ['dynamic'] : [shared, symmetric === null ? null : symmetric ? 'symmetric' : 'asymmetric'].filter((part) => part !== null))].join(' ');
}
