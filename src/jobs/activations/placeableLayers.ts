import { intOf } from '../../graph/attributes';
import type { Flow } from '../../graph/flow';
import type { Layer, LayerWeight } from '../../graph/layer';
import type { Node } from '../../onnx/model';
import type { ActivationFormat } from '../../quant/activationFormat';
import { FIXED_RANGES } from '../../targets/onnxruntimePlacementFacts';
import type { PlaceableLayer } from '../../targets/placement';
import type { Runtime } from '../../targets/target';
import type { Decisions } from '../decisions';
import { standardOpset } from '../export/raiseOpset';
import type { ModelFile } from '../modelFile';

/** A layer whose activations can be quantized. */
export interface CandidateLayer extends PlaceableLayer {
  readonly layer: Layer;
  /** Its quantized weight; null where both of its inputs are activations. */
  readonly weight: LayerWeight | null;
}

/** Layers whose activations can be quantized, and why those of other layers with weights cannot, as parts of sentences by layer index. */
export interface CandidateLayers {
  readonly layers: readonly CandidateLayer[];
  readonly refused: ReadonlyMap<number, string>;
}

/**
 * Finds the layers of the main graph that a runtime can compute on codes of a format.
 * @param wanted false for layers whose activations the plan leaves float.
 */
export function candidateLayers(file: ModelFile, flow: Flow, decisions: Decisions, runtime: Runtime, format: ActivationFormat, wanted: (layer: Layer) => boolean): CandidateLayers {
  const layers: CandidateLayer[] = [];
  const refused = new Map<number, string>();
  const own = new Set(file.model.graph.nodes);
  const { layers: kernels, firstOpset } = runtime.activations;
  const opset = standardOpset(file.model, null);
  file.analysis.layers.forEach((layer, index) => {
    if (layer.domain !== '' || !kernels.has(layer.op)) return;
    const { node } = file.sites[index]!;
    const found = opset < firstOpset ? `${runtime.name} computes on codes from operator set ${firstOpset} on, and the model has ${opset}` : !wanted(layer) ? 'the plan leaves them float' : !own.has(node) ? 'it is in the body of another operator' : candidateOf(layer, node, flow, decisions, runtime, format);
    if (typeof found !== 'string') layers.push(found);
    else if (layer.weights.length > 0) refused.set(layer.index, found);
  });
  return { layers, refused };
}

function candidateOf(layer: Layer, node: Node, flow: Flow, decisions: Decisions, runtime: Runtime, format: ActivationFormat): CandidateLayer | string {
  const factors = layer.op === 'MatMul' ? [0, 1] : [0];
  const activations = factors.filter((input) => !layer.weights.some((weight) => weight.input === input));
  if (activations.some((input) => flow.isStored(node.inputs[input] ?? ''))) return 'one of its inputs is a constant that is not quantized';
  const weight = layer.weights.find(({ input }) => input === 1) ?? null;
  if (layer.op === 'Gemm' && !isPlainGemm(node)) return `${runtime.name} has no integer kernel for a Gemm with factors or a transposed input`;
  if (layer.op === 'ConvTranspose' && intOf(node, 'group', 1) > 1) return 'the channels of its groups share their scales';
  if (weight === null) return layer.op === 'MatMul' && activations.length === 2 ? { layer, node, activations, weight } : 'its weights are computed by other operators';
  if (layer.weights.length > 1) return 'both of its inputs are weights';
  if (!flow.isStored(flow.origin(node.inputs[1]!))) return 'other operators stand between it and its weights';
  if (runtime.activations.unshifted.has(layer.op) && !isNeverNegative(node.inputs[0]!, flow)) return `${runtime.name} computes it on codes only where nothing that it reads is negative`;
  const obstacle = obstacleOf(weight, decisions, runtime, format);
  return obstacle ?? { layer, node, activations, weight };
}

/** Why the way in which a weight is stored keeps integer kernels away; null when it does not. */
function obstacleOf({ key, dataType }: LayerWeight, decisions: Decisions, runtime: Runtime, format: ActivationFormat): string | null {
  const decision = decisions.get(key);
  if (decision?.kind !== 'convert' || decision.scheme.kind !== 'integer') return 'its weights stay floating point';
  if (dataType !== 'float') return `its weights are ${dataType}, and activations are quantized in float models only`;
  return runtime.activations.weightObstacle(decision.scheme, format);
}

/** Whether the operator that makes a value makes nothing below zero. */
function isNeverNegative(name: string, flow: Flow): boolean {
  const producer = flow.producer(name);
  return producer?.domain === '' && (producer.op === 'Relu' || (FIXED_RANGES.get(producer.op)?.low ?? -1) >= 0);
}

function isPlainGemm({ attributes }: Node): boolean {
  const is = (name: string, usual: number): boolean => {
    const attribute = attributes.get(name);
    return attribute === undefined || ((attribute.kind === 'float' || attribute.kind === 'int') && attribute.value === usual);
  };
  return is('alpha', 1) && is('beta', 1) && is('transA', 0);
}
