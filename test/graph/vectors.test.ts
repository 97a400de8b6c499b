import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { onnx } from 'onnx-proto';
import type { DataType } from '../../src/onnx/dtypes';
import { float, floatTensor, floats, int, int64Tensor, ints, node, rawTensor, text, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

interface Operand {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly elements?: readonly number[];
}

interface Vector {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, number | string | readonly number[]>>;
  readonly inputs: readonly (Operand | null)[];
  readonly outputs: readonly { readonly type: string; readonly shape: readonly number[] }[];
}

// Written by test/vectors/shapes.py with onnx's reference evaluator.
const vectors = JSON.parse(readFileSync(new URL('../vectors/shapes.json', import.meta.url), 'utf8')) as readonly Vector[];

function attribute(value: number | string | readonly number[]): onnx.IAttributeProto {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Number.isInteger(value) ? int(value) : float(value);
  return value.every(Number.isInteger) ? ints(...value) : floats(...value);
}

function constant(name: string, { type, shape, elements = [] }: Operand): onnx.ITensorProto {
  if (type === 'float') return floatTensor(name, shape, elements);
  return type === 'int64' ? int64Tensor(name, shape, elements) : rawTensor(name, type, shape, Uint8Array.from(elements));
}

describe('shapes and types of single operators', () => {
  it.each(vectors.map((vector): [string, Vector] => [`${vector.op} ${String(vector.opset)} ${JSON.stringify(vector.attributes)}`, vector]))('%s', (_, { op, opset, attributes, inputs, outputs }) => {
    const names = inputs.map((operand, index) => (operand === null ? '' : `x${String(index)}`));
    const fed = inputs.map((operand, index) => ({ operand, name: names[index]! })).filter((input): input is { operand: Operand; name: string } => input.operand !== null);
    const { analysis } = analyzeParts({
      nodes: [node(op, names, outputs.map((__, index) => `y${String(index)}`), { attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])) })],
      initializers: fed.filter(({ operand }) => operand.elements).map(({ name, operand }) => constant(name, operand)),
      inputs: fed.map(({ name, operand }) => valueInfo(name, operand.type, operand.shape)),
      outputs: outputs.map((__, index) => ({ name: `y${String(index)}` })),
    }, { opsets: { '': opset } });
    expect(analysis.model.outputs.map(({ dataType, shape }) => ({ type: dataType, shape }))).toEqual(outputs.map(({ type, shape }) => ({ type, shape })));
    expect(analysis.totals.unresolved).toBe(0);
  });
});
