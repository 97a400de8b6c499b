import type { Flow } from '../../graph/flow';
import type { Node } from '../../onnx/model';
import { layoutOf } from '../../quant/layout';
import { packedBytes } from '../../quant/packing';
import type { Placement } from '../../targets/placement';
import type { Decisions } from '../decisions';
import type { Conversion } from '../export/conversion';
import { FreshNames } from '../export/freshNames';
import type { ExportChanges } from '../export/layoutExport';
import type { ModelFile } from '../modelFile';
import type { LayerBias } from './biases';
import { fitWeights } from './fitWeights';
import { GraphEdits } from './graphEdits';
import type { CandidateLayer } from './placeableLayers';
import { addIntegerBias, addPairs, quantizeBias } from './quantizedGraph';
import type { PairNames, PairStyle, ValueParameters } from './quantizedGraph';
import type { StoredTensor } from './stored';
import { scalesOf } from './weightCodes';
import type { QuantizedWeights, WeightCodes } from './weightCodes';

/** A float model that is to be quantized, with all that does not depend on ranges. */
export interface QuantizableModel {
  readonly file: ModelFile;
  readonly flow: Flow;
  readonly decisions: Decisions;
  readonly stored: ReadonlyMap<string, StoredTensor>;
  readonly weights: QuantizedWeights;
  readonly layers: ReadonlyMap<Node, CandidateLayer>;
  readonly biases: ReadonlyMap<Node, LayerBias>;
  /** Whether layers add codes of 32 bits; else biases are float. */
  readonly integerBiases: boolean;
  readonly style: PairStyle;
}

/** What is added to each channel of a layer, so that its mean stays what it was. */
export type Corrections = ReadonlyMap<Node, Float64Array>;

/** One way of quantizing a model's activations. */
export interface QuantizedVariant {
  readonly placement: Placement;
  readonly parameters: ValueParameters;
  readonly corrections: Corrections;
}

/** Operator set of the domain that DequantizeLinear beside old operator sets comes from. */
const CONTRIB_VERSION = 1;

/** What is done to the model for a variant. `exposed`: values that are given out besides its outputs. */
export function variantChanges(model: QuantizableModel, { placement, parameters, corrections }: QuantizedVariant, exposed: readonly string[]): ExportChanges & { readonly pairs: PairNames } {
  const { file, flow, stored, weights, layers, biases, integerBiases, style } = model;
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  const pairs = addPairs(edits, flow, placement, parameters, style);
  const wanted = placement.layers.flatMap(({ node, inputs }) => {
    const bias = biases.get(node);
    const { weight } = layers.get(node)!;
    const correction = corrections.get(node);
    if (bias === undefined || weight === null || (bias.stored === null && correction === undefined)) return [];
    const values = correction === undefined ? bias.values : bias.values.map((value, channel) => value + correction[channel]!);
    return [{ bias, weight, input: inputs[0]!, values }];
  });
  const fitted = fitWeights(weights, model.decisions, wanted.filter(({ bias }) => bias.inside && integerBiases), parameters);
  const contentOf = (key: string): WeightCodes => fitted.get(key) ?? weights.weights.get(key)!;
  for (const { bias, weight, input, values } of wanted) {
    const codes = bias.inside && integerBiases ? quantizeBias(values, parameters.get(input)!.scale, scalesOf(contentOf(weight.key))) : null;
    const value = codes === null ? edits.constant(`${bias.node.outputs[0]!}_bias`, 'float', [values.length], values) : addIntegerBias(edits, bias.node, codes, style.domain);
    edits.replaceInput(flow, stored, bias.node, bias.input, value);
  }
  edits.expose(exposed);
  const withZeroPoints = explicitZeroPoints(model);
  return {
    pairs,
    edits: edits.finish(),
    names: edits.names,
    opsets: new Map(style.domain === '' ? [] : [[style.domain, CONTRIB_VERSION]]),
    contents: new Map([...weights.weights.keys()].map((key) => [key, withZeroPoints.has(key) ? { ...contentOf(key), zeroPoints: zeroPointsOf(model, key) } : contentOf(key)])),
  };
}

/** The weights that are stored in another way. */
export function conversionsOf(model: QuantizableModel): readonly Conversion[] {
  const { file, decisions, weights } = model;
  const withZeroPoints = explicitZeroPoints(model);
  return [...file.weights.values()].flatMap((stored) => {
    const decision = decisions.get(stored.key);
    return decision?.kind === 'convert' && weights.weights.has(stored.key) ? [{ stored, ...decision, explicitZeroPoints: withZeroPoints.has(stored.key) }] : [];
  });
}

/** Weights of layers that onnxruntime computes on codes only when it sees zero points, which have none of their own. */
function explicitZeroPoints({ layers, weights }: QuantizableModel): ReadonlySet<string> {
  return new Set([...layers.values()].flatMap(({ node, weight }) => (node.op === 'Gemm' && weight !== null && weights.weights.get(weight.key)?.zeroPoints.length === 0 ? [weight.key] : [])));
}

/** Zero points of a weight, all 0. */
function zeroPointsOf({ file, decisions }: QuantizableModel, key: string): Uint8Array {
  const { weight } = file.weights.get(key)!;
  const decision = decisions.get(key);
  if (decision?.kind !== 'convert' || decision.scheme.kind !== 'integer') return new Uint8Array(0);
  return new Uint8Array(packedBytes(decision.scheme.bits, layoutOf(weight, decision.scheme.granularity).groups));
}
