import type { onnx } from 'onnx-proto';
import type { DataType } from '../../src/onnx/dtypes';
import { numberToBfloat16, numberToHalf } from './float16';
import { graph, int, ints, node, rawTensor, valueInfo } from './onnxBuilder';
import type { ModelParts } from './onnxBuilder';

/** Numbers that look like weights and are the same every time: a normal distribution with a few outliers. */
export function weightValues(count: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => 0.1 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/** A tensor of such numbers in any floating-point type. */
export function weightTensor(name: string, dims: readonly number[], type: DataType = 'float', seed = 1): onnx.ITensorProto {
  const values = weightValues(dims.reduce((product, dim) => product * dim, 1), seed);
  const data = type === 'double' ? Float64Array.from(values) : type === 'float16' ? Uint16Array.from(values, numberToHalf) : type === 'bfloat16' ? Uint16Array.from(values, numberToBfloat16) : values;
  return rawTensor(name, type, dims, new Uint8Array(data.buffer));
}

/** One operator with a weight `w`, an input `x` and an output `y`. */
export interface OperatorCase {
  readonly op: string;
  readonly dims: readonly number[];
  readonly input: readonly number[];
  readonly node: onnx.INodeProto;
  /** Type of the input; that of the weight when left out. */
  readonly inputType?: DataType;
}

/** Every operator that holds weights, in a shape whose blocks of 16 do not all come out even. */
export const OPERATORS: readonly OperatorCase[] = [
  { op: 'Conv', dims: [6, 20, 3, 3], input: [1, 20, 5, 5], node: node('Conv', ['x', 'w'], ['y'], { name: 'layer', attributes: { kernel_shape: ints(3, 3) } }) },
  { op: 'ConvTranspose', dims: [20, 6, 3, 3], input: [1, 20, 3, 3], node: node('ConvTranspose', ['x', 'w'], ['y'], { name: 'layer', attributes: { kernel_shape: ints(3, 3) } }) },
  { op: 'MatMul', dims: [40, 24], input: [3, 40], node: node('MatMul', ['x', 'w'], ['y'], { name: 'layer' }) },
  { op: 'Gemm', dims: [24, 40], input: [3, 40], node: node('Gemm', ['x', 'w'], ['y'], { name: 'layer', attributes: { transB: int(1) } }) },
  { op: 'Gather', dims: [10, 40], input: [3], inputType: 'int64', node: node('Gather', ['w', 'x'], ['y'], { name: 'layer' }) },
  { op: 'LSTM', dims: [1, 32, 20], input: [4, 1, 20], node: node('LSTM', ['x', 'w', 'r'], ['y'], { name: 'layer', attributes: { hidden_size: int(8) } }) },
];

/** A model of one operator. */
export function operatorModel(operator: OperatorCase, opset: number, type: DataType = 'float'): ModelParts {
  return {
    opsets: { '': opset },
    irVersion: opset >= 21 ? 10 : 7,
    graph: graph({
      nodes: [operator.node],
      initializers: [weightTensor('w', operator.dims, type), ...(operator.op === 'LSTM' ? [weightTensor('r', [1, 32, 8], type, 2)] : [])],
      inputs: [valueInfo('x', operator.inputType ?? type, operator.input)],
      outputs: [valueInfo('y', type, null)],
    }),
  };
}
