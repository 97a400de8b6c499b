import { InferenceSession } from 'onnxruntime-node';
import type { onnx } from 'onnx-proto';
import { expect, it } from 'vitest';
import { keepsKernel } from '../../src/targets/onnxruntimeFacts';
import { buildModel, graph, int, ints, node, valueInfo } from '../support/onnxBuilder';

const picture: onnx.IValueInfoProto = valueInfo('x', 'float', [1, 2, 4, 4]);
const table: onnx.IValueInfoProto = valueInfo('x', 'float', [2, 3]);

/** One node of each operator that loses its kernel, and near ones that do not. */
const CASES: readonly { readonly op: string; readonly inputs: readonly onnx.IValueInfoProto[]; readonly attributes?: Parameters<typeof node>[3]; readonly type?: 'float' | 'int32' }[] = [
  { op: 'Bernoulli', inputs: [table] },
  { op: 'GlobalLpPool', inputs: [picture] },
  { op: 'MaxRoiPool', inputs: [picture, valueInfo('rois', 'float', [1, 5])], attributes: { attributes: { pooled_shape: ints(2, 2) } } },
  { op: 'Multinomial', inputs: [table], type: 'int32' },
  { op: 'RandomNormal', inputs: [], attributes: { attributes: { shape: ints(2, 3) } } },
  { op: 'RandomNormalLike', inputs: [table] },
  { op: 'RandomUniform', inputs: [], attributes: { attributes: { shape: ints(2, 3) } } },
  { op: 'RandomUniformLike', inputs: [table] },
  { op: 'RoiAlign', inputs: [picture, valueInfo('rois', 'float', [1, 4]), valueInfo('batch', 'int64', [1])], attributes: { attributes: { output_height: int(2), output_width: int(2) } } },
  { op: 'GlobalMaxPool', inputs: [picture] },
  { op: 'LpPool', inputs: [picture], attributes: { attributes: { kernel_shape: ints(2, 2) } } },
  { op: 'Relu', inputs: [table] },
];

it.each(CASES)('$op has a kernel in newer operator sets as the table says', async ({ op, inputs, attributes, type }) => {
  const loads = async (opset: number): Promise<boolean> => {
    const model = buildModel({
      irVersion: 10,
      opsets: { '': opset },
      graph: graph({ nodes: [node(op, inputs.map(({ name }) => name!), ['y'], attributes)], inputs, outputs: [valueInfo('y', type ?? 'float', null)] }),
    });
    try {
      await (await InferenceSession.create(model, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 })).release();
      return true;
    } catch {
      return false;
    }
  };
  expect(await loads(17)).toBe(true);
  for (const opset of [21, 22, 25]) expect({ opset, loads: await loads(opset) }).toEqual({ opset, loads: keepsKernel(op, 17, opset) });
});
