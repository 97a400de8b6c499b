import type { onnx } from 'onnx-proto';
import type { DataType } from '../../src/onnx/dtypes';
import type { Analysis } from '../../src/graph/layer';
import type { Counting } from '../../src/graph/counting';
import { float, floatTensor, floats, int, int64Tensor, ints, node, rawTensor, text, valueInfo } from '../support/onnxBuilder';
import { analyzeParts } from './support';

/** An input of an operator in a vector file: fed, or a constant. */
export interface Operand {
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly elements?: readonly number[];
  /** Stored in the model; its elements do not matter. */
  readonly constant?: boolean;
}

export type AttributeValue = number | string | readonly number[];

/** One operator of the standard domain. */
export interface SingleOperator {
  readonly op: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly inputs: readonly (Operand | null)[];
}

/** Analyzes a model of one operator. */
export function analyzeOperator({ op, opset, attributes, inputs }: SingleOperator, outputs: number, counting?: Counting): Analysis {
  const names = inputs.map((operand, index) => (operand === null ? '' : `x${String(index)}`));
  const given = inputs.flatMap((operand, index) => (operand === null ? [] : [{ operand, name: names[index]! }]));
  const isStored = ({ elements, constant }: Operand): boolean => elements !== undefined || constant === true;
  return analyzeParts({
    nodes: [node(op, names, Array.from({ length: outputs }, (_, index) => `y${String(index)}`), { attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])) })],
    initializers: given.filter(({ operand }) => isStored(operand)).map(({ name, operand }) => stored(name, operand)),
    inputs: given.filter(({ operand }) => operand.constant !== true).map(({ name, operand }) => valueInfo(name, operand.type, operand.shape)),
    outputs: Array.from({ length: outputs }, (_, index) => ({ name: `y${String(index)}` })),
  }, { opsets: { '': opset }, ...(counting && { counting }) }).analysis;
}

function attribute(value: AttributeValue): onnx.IAttributeProto {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return Number.isInteger(value) ? int(value) : float(value);
  return value.every(Number.isInteger) ? ints(...value) : floats(...value);
}

function stored(name: string, { type, shape, elements }: Operand): onnx.ITensorProto {
  const values = elements ?? new Array<number>(shape.reduce((product, dim) => product * dim, 1)).fill(1);
  if (type === 'float') return floatTensor(name, shape, values);
  return type === 'int64' ? int64Tensor(name, shape, values) : rawTensor(name, type, shape, Uint8Array.from(values));
}
