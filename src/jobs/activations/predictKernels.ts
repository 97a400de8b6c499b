import type { Node } from '../../onnx/model';
import type { WeightScheme } from '../../quant/scheme';
import type { Placement } from '../../targets/placement';
import type { Target } from '../../targets/target';
import type { Decisions } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { PredictedKernel } from './kernels';

/** What the rules of a target say of each layer of a model whose values are quantized as placed. */
export function predictKernels({ analysis, sites }: ModelFile, { runtime, format }: Target, placement: Placement, decisions: Decisions): readonly PredictedKernel[] {
  const { layers, widened, placement: { outputs } } = runtime.activations;
  const placed = new Map<Node, boolean>(placement.layers.map(({ node, output }) => [node, output !== null || !outputs.has(node.op)]));
  return analysis.layers.map((layer, index) => {
    const weight = layer.weights[0];
    const decision = weight === undefined ? undefined : decisions.get(weight.key);
    const scheme: WeightScheme = decision?.kind === 'convert' ? decision.scheme : { kind: 'float' };
    const integer = placed.get(sites[index]!.node) === true && layers.has(layer.op) && format !== null && !widened.has(format);
    return { kernel: runtime.kernel(layer, scheme, decision?.kind === 'convert' ? decision.way.form : 'operator', integer ? format : null), integer };
  });
}
