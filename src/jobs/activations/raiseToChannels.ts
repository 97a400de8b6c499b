import { setOpsets } from '../../onnx/edits';
import { adaptNode, planRaise, standardOpset } from '../export/raiseOpset';
import type { ModelFile } from '../modelFile';
import type { GraphEdits } from './graphEdits';

/** The first operator set whose DequantizeLinear has scales for channels. */
const CHANNEL_OPSET = 13;

/**
 * Raises a model's operator set to the first that has scales for channels, where every operator means the same there.
 * onnxruntime makes such operators out of float biases whatever the model's operator set is, and then refuses them. Returns
 * 1 when something changed, else 0.
 */
export function raiseToChannels({ model, analysis, sites }: ModelFile, edits: GraphEdits): number {
  if (standardOpset(model, null) >= CHANNEL_OPSET) return 0;
  const ranks = new Map(sites.map(({ node }, index) => [node, analysis.layers[index]!.inputShapes[0]?.length ?? null]));
  const raise = planRaise(model, CHANNEL_OPSET, (node) => ranks.get(node) ?? null);
  if (raise.kind === 'impossible' || raise.nodes.some(({ owner }) => owner.graph !== model.graph)) return 0;
  for (const adapted of raise.nodes) {
    const { adaptation, node } = adapted;
    const name = adaptation.kind === 'input' ? edits.constant(`${node.outputs[0]!}_${adaptation.attribute}`, 'int64', [adaptation.values.length], BigInt64Array.from(adaptation.values, BigInt)) : '';
    edits.edit(adaptNode(adapted, name));
  }
  for (const target of [model, ...model.functions]) edits.edit(setOpsets(target, new Map([['', CHANNEL_OPSET]])));
  return 1;
}
