import type { Flow } from '../../graph/flow';
import type { ModelFile } from '../modelFile';
import type { GraphEdits } from './graphEdits';
import type { StoredTensor } from './stored';

/**
 * Makes a Gemm of a product of two matrices and the Add that follows with a bias. onnxruntime does so itself when it loads a
 * model, but then with a float bias, which keeps the product out of integer kernels. Returns how many there were.
 */
export function joinBiases({ analysis, sites, model }: ModelFile, flow: Flow, stored: ReadonlyMap<string, StoredTensor>, edits: GraphEdits): number {
  const own = new Set(model.graph.nodes);
  let joined = 0;
  analysis.layers.forEach((layer, index) => {
    const { node } = sites[index]!;
    if (layer.op !== 'MatMul' || layer.domain !== '' || !own.has(node) || layer.inputShapes[0]?.length !== 2) return;
    const weight = stored.get(node.inputs[1]!);
    const next = flow.onlyReader(node.outputs[0]!);
    if (weight?.tensor.dims.length !== 2 || next?.node.op !== 'Add' || next.node.domain !== '') return;
    const bias = next.node.inputs[1 - next.input]!;
    const { dims } = stored.get(bias)?.tensor ?? { dims: [] };
    if (dims.length !== 1 || dims[0] !== weight.tensor.dims[1] || weight.tensor.dataType !== 'float') return;
    edits.setOp(node, 'Gemm');
    edits.setInput(node, 2, bias);
    edits.setOutput(node, 0, next.node.outputs[0]!);
    edits.remove(next.node);
    joined += 1;
  });
  return joined;
}
