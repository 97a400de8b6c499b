import { InferenceSession } from 'onnxruntime-node';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { onnx } from 'onnx-proto';
import { floatTensor, buildModel, graph, int, int64Tensor, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';

export interface ProductProbe {
  readonly opset: number;
  /** Whether blocks fill the axis, so that scales are broadcast; else they are repeated by a Gather. */
  readonly even: boolean;
  readonly half: boolean;
}

const COLUMNS = 32;
const BLOCK = 16;

/**
 * Names of the operators that onnxruntime makes, with all optimizations, of a MatMul whose weight is a product of uint4 codes
 * and scales of blocks; a text is its reason not to load or run it.
 */
export async function productOperators({ opset, even, half }: ProductProbe): Promise<readonly string[] | string> {
  const rows = even ? 48 : 40;
  const blocks = 3;
  const codeDims = even ? [blocks, BLOCK, COLUMNS] : [rows, COLUMNS];
  const scaleDims = even ? [blocks, 1, COLUMNS] : [blocks, COLUMNS];
  const bare = (from: string, to: string): onnx.INodeProto => node('DequantizeLinear', [from, 'one'], [to], { domain: 'com.microsoft' });
  const repeated = (from: string, to: string): onnx.INodeProto => node(even ? 'Identity' : 'Gather', even ? [from] : [from, 'rows'], [to], even ? {} : { attributes: { axis: int(0) } });
  const nodes = [
    bare('codes', 'q'), bare('zero', 'z'), repeated('z', 'zs'),
    ...(half ? [node('Cast', ['scale'], ['s'], { attributes: { to: int(1) } })] : []), repeated(half ? 's' : 'scale', 'ss'),
    node('Sub', ['q', 'zs'], ['d']), node('Mul', ['d', 'ss'], ['p']),
    ...(half ? [node('Cast', ['p'], ['h'], { attributes: { to: int(10) } })] : []),
    even ? node('Reshape', [half ? 'h' : 'p', 'shape'], ['w']) : node('Identity', [half ? 'h' : 'p'], ['w']),
    node('MatMul', ['x', 'w'], ['y']),
  ];
  const groups = blocks * COLUMNS;
  const type = half ? 'float16' : 'float';
  const model = buildModel({
    irVersion: 10,
    opsets: { '': opset, 'com.microsoft': 1 },
    graph: graph({
      nodes,
      initializers: [
        rawTensor('codes', 'uint4', codeDims, new Uint8Array((rows * COLUMNS) / 2).fill(0x91)),
        rawTensor('zero', 'uint4', scaleDims, new Uint8Array(groups / 2).fill(0x33)),
        half ? rawTensor('scale', 'float16', scaleDims, new Uint8Array(new Uint16Array(groups).fill(0x3c00).buffer)) : floatTensor('scale', scaleDims, new Float32Array(groups).fill(0.5)),
        floatTensor('one', [], [1]),
        rawTensor('rows', 'int32', [rows], new Uint8Array(Int32Array.from({ length: rows }, (_, row) => Math.floor(row / BLOCK)).buffer)),
        int64Tensor('shape', [2], [rows, COLUMNS]),
      ],
      inputs: [valueInfo('x', type, [4, rows])],
      outputs: [valueInfo('y', type, null)],
    }),
  });
  try {
    const plain = await InferenceSession.create(model, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 });
    await plain.release();
    const optimizedModelFilePath = join(tempFolder(), 'optimized.onnx');
    const session = await InferenceSession.create(model, { graphOptimizationLevel: 'all', optimizedModelFilePath, intraOpNumThreads: 1, logSeverityLevel: 4 });
    await session.release();
    return onnx.ModelProto.decode(readFileSync(optimizedModelFilePath)).graph!.node!.map(({ opType }) => opType!);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
