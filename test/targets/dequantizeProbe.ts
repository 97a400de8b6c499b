import { InferenceSession } from 'onnxruntime-node';
import { packedByteLength } from '../../src/onnx/dtypes';
import type { IntegerFormat } from '../../src/quant/scheme';
import { buildModel, graph, int, node, rawTensor, valueInfo } from '../support/onnxBuilder';

export interface Probe {
  readonly domain: '' | 'com.microsoft';
  readonly opset: number;
  readonly format: IntegerFormat;
  readonly granularity: 'tensor' | 'channel' | 'block';
  readonly scaleType: 'float' | 'float16';
  readonly zeroPoint: boolean;
}

const ROWS = 4;
const COLUMNS = 32;
const BLOCK = 16;

/** Whether onnxruntime loads and runs a DequantizeLinear of this kind whose inputs are constants: '' or its reason not to. */
export async function probe({ domain, opset, format, granularity, scaleType, zeroPoint }: Probe): Promise<string> {
  const scaleDims = { tensor: [], channel: [ROWS], block: [ROWS, COLUMNS / BLOCK] }[granularity];
  const groups = scaleDims.reduce((product, dim) => product * dim, 1);
  const attributes = { tensor: {}, channel: { axis: int(0) }, block: { axis: int(1), block_size: int(BLOCK) } }[granularity];
  const one = scaleType === 'float' ? Uint8Array.of(0, 0, 128, 63) : Uint8Array.of(0, 60);
  const scales = Uint8Array.from({ length: groups * one.length }, (_, index) => one[index % one.length]!);
  // Every byte 0x11: the code 1 in each half of a byte, and 0x11 or 0x1111 in wider formats.
  const codes = new Uint8Array(packedByteLength(format, ROWS * COLUMNS)).fill(0x11);
  const model = buildModel({
    irVersion: 10,
    opsets: { '': opset, ...(domain === '' ? {} : { [domain]: 1 }) },
    graph: graph({
      nodes: [node('DequantizeLinear', ['codes', 'scale', ...(zeroPoint ? ['zero'] : [])], ['w'], { domain, attributes }), node('Identity', ['w'], ['y'])],
      initializers: [
        rawTensor('codes', format, [ROWS, COLUMNS], codes),
        rawTensor('scale', scaleType, scaleDims, scales),
        ...(zeroPoint ? [rawTensor('zero', format, scaleDims, new Uint8Array(packedByteLength(format, groups)))] : []),
      ],
      outputs: [valueInfo('y', scaleType, [ROWS, COLUMNS])],
    }),
  });
  try {
    // Without optimization nothing is folded at load time: the operator itself has to be there.
    const session = await InferenceSession.create(model, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 });
    try {
      const { y } = await session.run({});
      return y?.size === ROWS * COLUMNS ? '' : 'no output';
    } finally {
      await session.release();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
