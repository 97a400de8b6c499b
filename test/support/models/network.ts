import type { onnx } from 'onnx-proto';
import type { DataType } from '../../../src/onnx/dtypes';
import { buildModel, externalTensor, graph, int, int64Tensor, ints, node, valueInfo } from '../onnxBuilder';

type Attributes = Readonly<Record<string, onnx.IAttributeProto>>;

/**
 * Writes a network's structure, one operator after the other, with weights that are declared but not there: external
 * tensors of a file that nobody reads. So a model of hundreds of megabytes is some kilobytes.
 */
export class Network {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly initializers: onnx.ITensorProto[] = [];
  private readonly inputs: onnx.IValueInfoProto[] = [];
  private offset = 0;
  private values = 0;

  input(name: string, type: DataType, shape: readonly (number | string)[]): string {
    this.inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** A float weight. */
  weight(...dims: number[]): string {
    const name = `w${String(this.initializers.length)}`;
    const length = 4 * dims.reduce((product, dim) => product * dim, 1);
    this.initializers.push(externalTensor(name, 'float', dims, { location: 'weights.bin', offset: this.offset, length }));
    this.offset += length;
    return name;
  }

  /** A small int64 constant: axes, shapes, indices. */
  integers(...values: number[]): string {
    const name = `k${String(this.initializers.length)}`;
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }

  /** Adds an operator and returns its first output. */
  add(op: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): string {
    const names = Array.from({ length: outputs }, () => {
      this.values += 1;
      return `v${String(this.values)}`;
    });
    this.nodes.push(node(op, inputs, names, { name: `${op}_${String(this.nodes.length)}`, attributes }));
    return names[0]!;
  }

  /** A square convolution with its weights; the padding keeps the size at stride 1. */
  conv(x: string, from: number, to: number, kernel: number, options: { stride?: number; groups?: number; bias?: boolean; pad?: number } = {}): string {
    const { stride = 1, groups = 1, bias = true, pad = (kernel - 1) / 2 } = options;
    const weights = [this.weight(to, from / groups, kernel, kernel), ...(bias ? [this.weight(to)] : [])];
    return this.add('Conv', [x, ...weights], { pads: ints(pad, pad, pad, pad), strides: ints(stride, stride), group: int(groups), kernel_shape: ints(kernel, kernel) });
  }

  batchNorm(x: string, channels: number): string {
    return this.add('BatchNormalization', [x, this.weight(channels), this.weight(channels), this.weight(channels), this.weight(channels)]);
  }

  maxPool(x: string, kernel: number, stride: number, pad = 0): string {
    return this.add('MaxPool', [x], { kernel_shape: ints(kernel, kernel), strides: ints(stride, stride), pads: ints(pad, pad, pad, pad) });
  }

  /** x × W + b for tensors of any rank. */
  linear(x: string, from: number, to: number, bias = true): string {
    const product = this.add('MatMul', [x, this.weight(from, to)]);
    return bias ? this.add('Add', [product, this.weight(to)]) : product;
  }

  /** The classifier's fully connected layer. */
  gemm(x: string, from: number, to: number): string {
    return this.add('Gemm', [x, this.weight(to, from), this.weight(to)], { transB: int(1) });
  }

  layerNorm(x: string, width: number): string {
    return this.add('LayerNormalization', [x, this.weight(width), this.weight(width)], { axis: int(-1) });
  }

  embedding(ids: string, rows: number, width: number): string {
    return this.add('Gather', [this.weight(rows, width), ids]);
  }

  build(output: string, opset = 17): Uint8Array {
    return buildModel({
      graph: graph({ nodes: this.nodes, initializers: this.initializers, inputs: this.inputs, outputs: [valueInfo(output, 'float', null)] }),
      opsets: { '': opset },
    });
  }
}

