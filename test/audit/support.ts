import type { onnx } from 'onnx-proto';
import { auditModel } from '../../src/audit/audit';
import type { AuditedFinding } from '../../src/audit/audit';
import type { Finding } from '../../src/audit/finding';
import type { Original } from '../../src/audit/subject';
import { analyzeModel } from '../../src/graph/analysis';
import { packedByteLength } from '../../src/onnx/dtypes';
import type { DataType } from '../../src/onnx/dtypes';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { packCodes } from '../../src/quant/packing';
import type { WeightBits } from '../../src/quant/scheme';
import { memorySiblings, memorySource } from '../support/memorySource';
import { buildModel, floatTensor, graph, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import type { GraphParts, ModelParts } from '../support/onnxBuilder';

/** Audits a model in memory. */
export async function auditBytes(bytes: Uint8Array, original: Original | null = null): Promise<readonly AuditedFinding[]> {
  const source = memorySource(bytes);
  const model = readModel(source);
  const readBytes = (tensor: Parameters<typeof loadBytes>[0]): Uint8Array => loadBytes(tensor, { source, siblings: memorySiblings() });
  const { analysis, sites } = analyzeModel(model, { readBytes });
  const parts = { model, bytes: bytes.length, layers: analysis.layers, sites, readBytes, original };
  const reader = { read: (tensor: Parameters<typeof loadBytes>[0], offset: number, length: number) => Promise.resolve(readBytes(tensor).subarray(offset, offset + length)) };
  const { found, notes } = await auditModel(parts, { reader, report: () => undefined, signal: new AbortController().signal });
  if (notes.length > 0) throw new Error(notes.join('\n'));
  return found;
}

/** The findings of one rule, or of all. */
export async function findings(parts: ModelParts, rule?: string, original: Original | null = null): Promise<readonly Finding[]> {
  const found = await auditBytes(buildModel(parts), original);
  return found.map(({ finding }) => finding).filter((finding) => rule === undefined || finding.rule === rule);
}

/** Codes of one tensor with their scales; the zero point is left out when undefined. */
export interface Codes {
  readonly type: DataType;
  /** One: a scale for all. */
  readonly scale: number | readonly number[];
  readonly zeroPoint?: number;
}

/** A layer between Q and DQ nodes. */
export interface QdqLayer {
  readonly op?: string;
  readonly dims?: readonly number[];
  readonly input?: readonly number[];
  readonly weight?: Codes & { readonly codes?: readonly number[]; readonly axis?: number; readonly blockSize?: number; readonly domain?: string };
  /** Null: float. */
  readonly activation?: Codes | null;
  readonly output?: Codes | null;
  readonly bias?: undefined | { readonly scale: number | readonly number[]; readonly codes?: readonly number[] };
  /** Nodes between the layer's output `t` and the value `u`. */
  readonly between?: readonly onnx.INodeProto[];
  readonly attributes?: Readonly<Record<string, onnx.IAttributeProto>>;
  readonly initializers?: readonly onnx.ITensorProto[];
  readonly opset?: number;
}

const UINT8: Codes = { type: 'uint8', scale: 0.02, zeroPoint: 128 };

/** Codes of a quiet weight: no pair of them saturates, and each channel of 16 reaches ±60. */
export function quietCodes(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => ((index * 37) % 121) - 60);
}

/** A Conv (or another operator) with everything around it quantized to 8 bits, as a runtime wants it; options break it. */
export function qdqModel(layer: QdqLayer = {}): ModelParts {
  const { op = 'Conv', dims = [4, 4, 3, 3], input = [1, 4, 6, 6], activation = UINT8, output = UINT8, opset = 21 } = layer;
  const weight = layer.weight ?? { type: 'int8', scale: [0.01, 0.02, 0.03, 0.04], axis: 0 };
  const nodes: onnx.INodeProto[] = [];
  const initializers: onnx.ITensorProto[] = [...(layer.initializers ?? [])];
  const quantizers = (name: string, from: string, codes: Codes): string => {
    initializers.push(...scaleTensors(name, codes));
    const extra = codes.zeroPoint === undefined ? [] : [`${name}_zero`];
    nodes.push(node('QuantizeLinear', [from, `${name}_scale`, ...extra], [`${name}_codes`], { name: `${name}_Q` }), node('DequantizeLinear', [`${name}_codes`, `${name}_scale`, ...extra], [`${name}_back`], { name: `${name}_DQ` }));
    return `${name}_back`;
  };
  const x = activation === null ? 'x' : quantizers('x', 'x', activation);
  const count = dims.reduce((product, dim) => product * dim, 1);
  initializers.push(codeTensor('w_codes', weight.type, dims, weight.codes ?? quietCodes(count)), ...scaleTensors('w', weight, dims, weight));
  const attributes = { ...(weight.axis === undefined ? {} : { axis: int(weight.axis) }), ...(weight.blockSize === undefined ? {} : { block_size: int(weight.blockSize) }) };
  nodes.push(node('DequantizeLinear', ['w_codes', 'w_scale', ...(weight.zeroPoint === undefined ? [] : ['w_zero'])], ['w'], { name: 'w_DQ', attributes, ...(weight.domain ? { domain: weight.domain } : {}) }));
  const bias = layer.bias;
  if (bias) {
    const channels = dims[0]!;
    initializers.push(rawTensor('b_codes', 'int32', [channels], new Uint8Array(Int32Array.from(bias.codes ?? Array.from({ length: channels }, (_, index) => 100 * index - 150)).buffer)), ...scaleTensors('b', { type: 'int32', scale: bias.scale }));
    nodes.push(node('DequantizeLinear', ['b_codes', 'b_scale'], ['b'], { name: 'b_DQ', attributes: typeof bias.scale === 'number' ? {} : { axis: int(0) } }));
  }
  nodes.push(node(op, op === 'Gather' ? ['w', 'x'] : [x, 'w', ...(bias ? ['b'] : [])], ['t'], { name: 'layer', ...(layer.attributes ? { attributes: layer.attributes } : {}) }), ...(layer.between ?? []));
  const result = layer.between ? 'u' : 't';
  const last = output === null ? result : quantizers('y', result, output);
  return {
    opsets: { '': opset, ...(weight.domain ? { [weight.domain]: 1 } : {}) },
    irVersion: 10,
    graph: graph({ nodes, initializers, inputs: [valueInfo('x', op === 'Gather' ? 'int64' : 'float', input)], outputs: [valueInfo(last, 'float', null)] }),
  };
}

/** A model with more nodes and initializers at its end. */
export function withParts(parts: ModelParts, more: Pick<GraphParts, 'nodes' | 'initializers' | 'outputs'>): ModelParts {
  const { node: nodes, initializer, output } = parts.graph;
  return { ...parts, graph: { ...parts.graph, node: [...(nodes ?? []), ...(more.nodes ?? [])], initializer: [...(initializer ?? []), ...(more.initializers ?? [])], output: [...(output ?? []), ...(more.outputs ?? [])] } };
}

export function codeTensor(name: string, type: DataType, dims: readonly number[], codes: readonly number[]): onnx.ITensorProto {
  const bits = Number(/\d+$/.exec(type)![0]) as WeightBits;
  return rawTensor(name, type, dims, packCodes(codes, bits));
}

function scaleTensors(name: string, { type, scale, zeroPoint }: Codes, dims: readonly number[] = [], { axis = 1, blockSize = 0 }: { readonly axis?: number; readonly blockSize?: number } = {}): readonly onnx.ITensorProto[] {
  const values = typeof scale === 'number' ? [scale] : scale;
  const scaleDims = typeof scale === 'number' ? [] : blockSize > 0 ? dims.map((dim, index) => (index === axis ? Math.ceil(dim / blockSize) : dim)) : [values.length];
  const scales = floatTensor(`${name}_scale`, scaleDims, values);
  if (zeroPoint === undefined) return [scales];
  const zeros = new Uint8Array(packedByteLength(type, values.length));
  return [scales, type === 'int32' ? rawTensor(`${name}_zero`, type, scaleDims, zeros) : codeTensor(`${name}_zero`, type, scaleDims, values.map(() => zeroPoint))];
}
