import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { InferenceSession } from 'onnxruntime-node';
import { packedByteLength } from '../../src/onnx/dtypes';
import type { Granularity, IntegerFormat } from '../../src/quant/scheme';
import { buildModel, graph, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';

/** How an operator uses a weight, and what else it needs to be a model. */
export interface Use {
  readonly op: string;
  readonly dims: readonly number[];
  readonly input: 0 | 1;
  readonly channelAxis: number;
  readonly blockAxis: number;
  readonly transB?: boolean;
  /** Shape of the other input. */
  readonly other: readonly number[];
}

/** Names of the operators that onnxruntime makes of `DequantizeLinear → op` with all optimizations, in order. */
export async function optimizedOperators(use: Use, format: IntegerFormat | 'float16', granularity: Granularity, zeroPoint: boolean): Promise<readonly string[]> {
  const { op, dims, input, other } = use;
  const axis = typeof granularity === 'object' ? use.blockAxis : use.channelAxis;
  const scaleDims = granularity === 'tensor' ? [] : granularity === 'channel' ? [dims[axis]!] : dims.map((dim, index) => (index === axis ? Math.ceil(dim / granularity.block) : dim));
  const groups = scaleDims.reduce((product, dim) => product * dim, 1);
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const attributes = { ...(granularity === 'tensor' ? {} : { axis: int(axis) }), ...(typeof granularity === 'object' ? { block_size: int(granularity.block) } : {}) };
  const inputs = input === 0 ? ['w', 'x'] : ['x', 'w'];
  const back =
    format === 'float16'
      ? node('Cast', ['codes'], ['w'], { attributes: { to: int(1) } })
      : node('DequantizeLinear', ['codes', 'scale', ...(zeroPoint ? ['zero'] : [])], ['w'], { attributes });
  const model = buildModel({
    irVersion: 10,
    opsets: { '': 25 },
    graph: graph({
      nodes: [back, node(op, inputs, ['y'], { attributes: use.transB ? { transB: int(1) } : {} })],
      initializers: [
        rawTensor('codes', format, dims, new Uint8Array(packedByteLength(format, elements)).fill(0x11)),
        ...(format === 'float16' ? [] : [rawTensor('scale', 'float', scaleDims, new Uint8Array(new Float32Array(groups).fill(1).buffer))]),
        ...(zeroPoint && format !== 'float16' ? [rawTensor('zero', format, scaleDims, new Uint8Array(packedByteLength(format, groups)))] : []),
      ],
      inputs: [valueInfo('x', op === 'Gather' ? 'int64' : 'float', other)],
      outputs: [valueInfo('y', 'float', null)],
    }),
  });
  const optimized = join(tempFolder(), 'optimized.onnx');
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'all', optimizedModelFilePath: optimized, intraOpNumThreads: 1, logSeverityLevel: 4 });
  await session.release();
  return onnx.ModelProto.decode(readFileSync(optimized)).graph!.node!.map(({ opType }) => opType!);
}
