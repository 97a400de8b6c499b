import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, INTEGER_KERNELS, MOVERS } from '../../src/targets/onnxruntimePlacementFacts';
import { buildModel, floatTensor, graph, int, int64Tensor, ints, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';

/*
 * What is said of onnxruntime is measured on the installed one: it optimizes small quantized models, and what is left of them tells
 * whether an operator works on codes.
 */

interface Mover {
  readonly op: string;
  readonly dims: readonly number[];
  /** Its further inputs. */
  readonly more?: readonly onnx.ITensorProto[];
  readonly attributes?: Readonly<Record<string, onnx.IAttributeProto>>;
  /** Reads the quantized value twice. */
  readonly twice?: true;
}

const MOVING: readonly Mover[] = [
  { op: 'Concat', dims: [1, 8], twice: true, attributes: { axis: int(1) } },
  { op: 'Expand', dims: [1, 8], more: [int64Tensor('shape', [2], [4, 8])] },
  { op: 'Flatten', dims: [2, 2, 4] },
  { op: 'Gather', dims: [4, 8], more: [int64Tensor('rows', [2], [1, 3])] },
  { op: 'MaxPool', dims: [1, 2, 8, 8], attributes: { kernel_shape: ints(2, 2) } },
  { op: 'Reshape', dims: [2, 8], more: [int64Tensor('shape', [1], [16])] },
  { op: 'Resize', dims: [1, 2, 4, 4], more: [floatTensor('roi', [0], []), floatTensor('scales', [4], [1, 1, 2, 2])] },
  { op: 'Slice', dims: [4, 8], more: [int64Tensor('starts', [1], [0]), int64Tensor('ends', [1], [2])] },
  { op: 'Squeeze', dims: [1, 8], more: [int64Tensor('axes', [1], [0])] },
  { op: 'Tile', dims: [1, 8], more: [int64Tensor('repeats', [2], [3, 1])] },
  { op: 'Transpose', dims: [2, 8], attributes: { perm: ints(1, 0) } },
  { op: 'Unsqueeze', dims: [8], more: [int64Tensor('axes', [1], [0])] },
];

const scale = floatTensor('scale', [], [0.02]);
const zeroPoint = rawTensor('zero', 'uint8', [], Uint8Array.of(128));
const lowestCode = rawTensor('lowest', 'uint8', [], Uint8Array.of(0));

/** Codes `x` → `nodes`, from `float_x` to `float_y` → codes `y`: the operators that onnxruntime makes of it. */
async function optimized(dims: readonly number[], nodes: readonly onnx.INodeProto[], initializers: readonly onnx.ITensorProto[], outputZero: string): Promise<readonly string[]> {
  const model = buildModel({
    opsets: { '': 18 },
    graph: graph({
      nodes: [
        node('DequantizeLinear', ['x', 'scale', 'zero'], ['float_x']),
        ...nodes,
        node('QuantizeLinear', ['float_y', 'scale', outputZero], ['y']),
      ],
      initializers: [scale, zeroPoint, lowestCode, ...initializers],
      inputs: [valueInfo('x', 'uint8', dims)],
      outputs: [valueInfo('y', 'uint8', null)],
    }),
  });
  const path = join(tempFolder(), 'optimized.onnx');
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'extended', optimizedModelFilePath: path, intraOpNumThreads: 1, logSeverityLevel: 4 });
  await session.release();
  return onnx.ModelProto.decode(readFileSync(path)).graph!.node!.map(({ opType }) => opType!);
}

describe('operators that only move elements', () => {
  it('are each tried', () => {
    expect(MOVING.map(({ op }) => op).sort()).toEqual([...MOVERS].sort());
  });

  it.each(MOVING)('$op works on codes between equal scales', async ({ op, dims, more = [], attributes = {}, twice }) => {
    const inputs = [...(twice ? ['float_x', 'float_x'] : ['float_x']), ...more.map(({ name }) => name!)];
    const operators = await optimized(dims, [node(op, inputs, ['float_y'], { attributes })], more, 'zero');
    expect(operators).not.toContain('DequantizeLinear');
    expect(operators).not.toContain('QuantizeLinear');
  });
});

describe('layers', () => {
  const run = (op: string, after: string | null): Promise<readonly string[]> => {
    const [dims, weights] = op === 'Conv' ? [[1, 4, 6, 6], [4, 4, 3, 3]] : [[2, 16], [16, 16]];
    const codes = new Uint8Array(weights.reduce((product, dim) => product * dim, 1)).fill(3);
    const nodes = [
      node('DequantizeLinear', ['codes', 'weight_scale', 'weight_zero'], ['w']),
      node(op, ['float_x', 'w'], [after === null ? 'float_y' : 'sum']),
      ...(after === null ? [] : [node(after, after === 'Clip' ? ['sum', 'low', 'high'] : ['sum'], ['float_y'])]),
    ];
    const constants = [
      rawTensor('codes', 'int8', weights, codes),
      floatTensor('weight_scale', [], [0.01]),
      rawTensor('weight_zero', 'int8', [], Uint8Array.of(0)),
      ...(after === 'Clip' ? [floatTensor('low', [], [0]), floatTensor('high', [], [0.02 * 255])] : []),
    ];
    return optimized(dims, nodes, constants, after === null ? 'zero' : 'lowest');
  };

  it.each([...INTEGER_KERNELS])('%s computes with codes', async (op) => {
    const operators = await run(op, null);
    expect(operators).toEqual([expect.stringMatching(/^(QLinearConv|QLinearMatMul|QGemm)$/)]);
  });

  it.each([...INTEGER_KERNELS].flatMap((op) => [...ACTIVATIONS].map((after) => ({ op, after }))))('$op takes $after into its codes where the zero point is the lowest code', async ({ op, after }) => {
    const operators = await run(op, after);
    expect(operators).toEqual([expect.stringMatching(/^(QLinearConv|QLinearMatMul|QGemm)$/)]);
  });
});
