import { Flow } from '../../graph/flow';
import type { Layer } from '../../graph/layer';
import type { Node } from '../../onnx/model';
import { activationCoding } from '../../quant/activationFormat';
import type { ActivationFormat } from '../../quant/activationFormat';
import { activationRange, needsCounts } from '../../quant/observe/activationRange';
import type { ActivationRangeMethod, ActivationRanges } from '../../quant/observe/activationRange';
import type { Observation } from '../../quant/observe/tensorObserver';
import { placeActivations } from '../../targets/placement';
import type { Placement } from '../../targets/placement';
import type { Runtime } from '../../targets/target';
import type { Decisions } from '../decisions';
import type { Conversion } from '../export/conversion';
import type { ExportChanges } from '../export/layoutExport';
import { standardOpset } from '../export/raiseOpset';
import type { ModelFile } from '../modelFile';
import type { RunFacts } from '../runs/runRequest';
import { biasOf } from './biases';
import type { LayerBias } from './biases';
import { shadowModel } from './biasCorrection';
import { calibrate } from './calibrate';
import type { CalibrateRun } from './calibrateContext';
import { equalizeChannels } from './equalize';
import { GraphEdits } from './graphEdits';
import { FreshNames } from '../export/freshNames';
import { referenceOf, tryCandidates } from './candidates';
import type { Base, Candidate, TriedVariant, Variant } from './candidates';
import { withoutCulprits } from './withoutCulprits';
import { candidateLayers } from './placeableLayers';
import type { CandidateLayer } from './placeableLayers';
import type { PairNames } from './quantizedGraph';
import { parametersFor } from './quantizedGraph';
import { conversionsOf, variantChanges } from './quantizedVariant';
import type { Corrections, QuantizableModel, QuantizedVariant } from './quantizedVariant';
import { writeFloat } from './prepareModel';
import { storedTensors } from './stored';
import { writeVariant } from './variantFile';
import { quantizeWeights } from './weightCodes';

/** How the activations of a model are to be quantized. */
export interface ActivationWish {
  readonly runtime: Runtime;
  readonly format: ActivationFormat;
  /** `auto`: the one whose outputs are closest to the float model's. */
  readonly method: ActivationRangeMethod | 'auto';
  /** Whether `auto` also tries channels that are evened out before. */
  readonly even: boolean;
  /** Ranges that are known already, by value; these are not looked for. */
  readonly ranges: ActivationRanges;
  /** False for layers whose activations stay float. */
  readonly wanted: (layer: Layer) => boolean;
  /** What happens to the weights of the model, or of a float model that was made of it. */
  readonly decide: (file: ModelFile) => Decisions;
}

export interface QuantizedActivations {
  /** The float model that the changes are made to: the given one, or one whose channels have been evened out. */
  readonly file: ModelFile;
  /** With the weights that turned out not to be quantizable. */
  readonly decisions: Decisions;
  /** What has to be done to the model beside storing its weights. */
  readonly changes: ExportChanges;
  readonly conversions: readonly Conversion[];
  readonly placement: Placement;
  /** By layer output, what stands for it in the quantized model. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly chosen: TriedVariant;
  readonly tried: readonly TriedVariant[];
  /** Why activations of layers with weights stay float, by layer index, as parts of sentences. */
  readonly refused: ReadonlyMap<number, string>;
  readonly weights: QuantizableModel['weights'];
  /** Range of each value that has one of its own. */
  readonly ranges: ActivationRanges;
  /** What was seen of the values whose ranges were not known before. */
  readonly observations: ReadonlyMap<string, Observation>;
  readonly facts: RunFacts;
}

/** Samples that are enough for the mean shift of a convolution's channels, each of which brings all its positions. */
const SHIFT_SAMPLES = 8;
/** Samples that are enough to tell how close a quantized model is when there is no other to choose. */
const CHECK_SAMPLES = 8;
/** What `auto` tries. */
const AUTOMATIC_METHODS: readonly ActivationRangeMethod[] = ['minmax', 'percentile', 'mse'];

/**
 * Finds the best way to quantize the activations of a float model, judged by its outputs on the samples: as it is and with
 * its channels evened out, with every range method that may be tried.
 */
export async function quantizeActivations(file: ModelFile, wish: ActivationWish, run: CalibrateRun): Promise<QuantizedActivations> {
  const plain = await baseOf(file, wish, run, false);
  // What is named or given is taken as it is: only a free choice is worth a search.
  const searches = wish.even && wish.method === 'auto' && wish.ranges.size === 0;
  const evened = searches ? await equalizedBase(plain, wish, run) : null;
  // Where all ranges are known no method has anything to say.
  const methods = wish.method !== 'auto' ? [wish.method] : plain.observations.size === 0 ? AUTOMATIC_METHODS.slice(0, 1) : AUTOMATIC_METHODS;
  const candidates: Candidate[] = [];
  for (const base of evened === null ? [plain] : [plain, evened]) {
    for (const method of methods) candidates.push({ base, variant: await variantOf(base, method, wish, run) });
  }
  const reference = await referenceOf(plain, run);
  const all = [...(await tryCandidates(reference, candidates, candidates.length === 1 ? CHECK_SAMPLES : Infinity, run))];
  const first = all.reduce((winner, candidate) => ((candidate.tried.sqnrDb ?? -Infinity) > (winner.tried.sqnrDb ?? -Infinity) ? candidate : winner));
  const best = (searches ? await withoutCulprits(reference, first, wish.runtime.activations.placement, run) : null) ?? first;
  if (best !== first) all.push(best);
  const { model, observations, refused, facts } = best.base;
  const { placement } = best.variant;
  const { pairs, ...changes } = variantChanges(model, best.variant, []);
  return {
    file: model.file,
    decisions: model.decisions,
    changes,
    conversions: conversionsOf(model),
    placement,
    names: namesOf(model.flow, placement, pairs),
    chosen: best.tried,
    tried: all.map(({ tried }) => tried),
    refused,
    weights: model.weights,
    ranges: best.variant.ranges,
    observations,
    facts,
  };
}

/** Quantizes the weights of a float model, decides which of its values are quantized, and observes them. */
async function baseOf(file: ModelFile, wish: ActivationWish, run: CalibrateRun, equalized: boolean): Promise<Base> {
  const flow = new Flow(file.model.graph);
  const { activations: rules } = wish.runtime;
  const planned = wish.decide(file);
  const weights = await quantizeWeights(file, planned, run.ports.weights, run.scratch('weights'), run.signal);
  const decisions: Decisions = new Map([...planned, ...[...weights.refused].map(([key, reason]) => [key, { kind: 'keep', reason }] as const)]);
  const { layers, refused: unfit } = candidateLayers(file, flow, decisions, wish.runtime, wish.format, wish.wanted);
  const stored = storedTensors(file.model.graph);
  const biases = new Map<Node, LayerBias>(layers.flatMap((layer) => {
    const bias = wish.format.endsWith('16') ? null : biasOf(file, flow, stored, layer);
    return bias === null ? [] : [[layer.node, bias]];
  }));
  const { placement, float, observations, facts } = await observed(file, flow, layers, wish, run);
  const placed = new Set(placement.layers.map(({ node }) => node));
  const kept = rules.together ? withoutFloatLayers(file, decisions, placed) : decisions;
  const left = layers.flatMap(({ node, layer }) => (placed.has(node) ? [] : [[layer.index, placement.refused.get(node)!] as const]));
  const model = { file, flow, stored, decisions: kept, weights, integerBiases: rules.integerBiases, layers: new Map(layers.map((layer) => [layer.node, layer])), biases, style: styleOf(file, wish.format) };
  return { model, placement, observations, facts, refused: new Map([...unfit, ...left]), float, equalized };
}

/** Keeps weights float that a layer without quantized activations reads, for runtimes that take them together only. */
function withoutFloatLayers({ analysis, sites }: ModelFile, decisions: Decisions, placed: ReadonlySet<Node>): Decisions {
  const read = new Set(analysis.layers.flatMap(({ weights }, index) => (placed.has(sites[index]!.node) ? [] : weights.map(({ key }) => key))));
  const keep = { kind: 'keep', reason: 'activations of a layer that reads it stay float' } as const;
  return new Map([...decisions].map(([key, decision]) => [key, decision.kind === 'convert' && read.has(key) ? keep : decision] as const));
}

/** The same model with its channels evened out; null when there is nothing to even out. 16-bit codes have room enough for small channels. */
async function equalizedBase({ model: { file, flow, stored }, placement, observations }: Base, wish: ActivationWish, run: CalibrateRun): Promise<Base | null> {
  if (wish.format.endsWith('16')) return null;
  const edits = new GraphEdits(file.model, new FreshNames(file.model));
  if (equalizeChannels({ file, flow, stored, placement, observations }, edits) === 0) return null;
  return baseOf(await writeFloat(file, edits, run), wish, run, true);
}

async function variantOf({ model, placement, observations }: Base, method: ActivationRangeMethod, { runtime, format, ranges: given }: ActivationWish, run: CalibrateRun): Promise<Variant> {
  const coding = activationCoding(format, runtime.activations.symmetric);
  const found = new Map([...observations].map(([name, observation]) => [name, activationRange(observation, method, coding)] as const));
  const ranges = new Map(placement.values.flatMap(({ name }) => {
    const range = given.get(name) ?? found.get(name);
    return range === undefined ? [] : [[name, range] as const];
  }));
  const parameters = parametersFor(placement, ranges, coding);
  return { method, ranges, placement, parameters, corrections: await measureShifts(model, { placement, parameters }, run) };
}

/** What stands for each layer's output: its codes, or the value behind an activation or a sum that is fused with the layer. */
function namesOf(flow: Flow, { layers }: Placement, pairs: PairNames): ReadonlyMap<string, readonly string[]> {
  return new Map(layers.map(({ node, output }) => {
    const own = node.outputs[0]!;
    const next = flow.onlyReader(own)?.node;
    const fused = next?.op === 'Add' ? next.outputs : [];
    return [own, output === null ? fused : [output, ...(pairs.get(output) ?? [])]] as const;
  }));
}

/** Standard operators where they take what is needed: 16-bit codes since 21, scales for channels since 13. */
function styleOf({ model }: ModelFile, format: ActivationFormat): QuantizableModel['style'] {
  const needed = format.endsWith('16') ? 21 : 13;
  return { format, domain: standardOpset(model, null) >= needed ? '' : 'com.microsoft' };
}

/** Places pairs and observes their values; values that turn out not to be finite floats stay as they are. */
async function observed(file: ModelFile, flow: Flow, layers: readonly CandidateLayer[], { runtime, ranges: given, method }: ActivationWish, run: CalibrateRun): Promise<Pick<Base, 'placement' | 'float' | 'observations' | 'facts'>> {
  const rules = runtime.activations.placement;
  const first = placeActivations(flow, layers, { rules, additions: false, float: new Set() });
  const names = first.values.filter(({ name, sameAs, fixed }) => sameAs === null && fixed === null && !given.has(name)).map(({ name }) => name);
  const weights = new Map(layers.map(({ node, weight }) => [node, weight]));
  // A convolution's values have as many axes as its weight.
  const ranks = new Map(first.layers.flatMap(({ node, inputs, output }) => (node.op === 'Conv' ? [...inputs, ...(output === null ? [] : [output])] : []).map((name) => [name, weights.get(node)?.dims.length] as const)));
  const { observations, ...facts } = await calibrate(file, names.map((name) => ({ name, channelRank: ranks.get(name) ?? null })), needsCounts(method), run);
  const float = new Set(names.filter((name) => (observations.get(name)?.nonFinite ?? 1) > 0));
  if (float.size === 0) return { placement: first, float, observations, facts };
  const notes = [...float].flatMap((name) => {
    const seen = observations.get(name);
    return seen === undefined ? [] : [`"${name}" holds NaN or infinities (first in sample ${seen.firstNonFinite + 1}), so it stays floating point.`];
  });
  return { placement: placeActivations(flow, layers, { rules, additions: false, float }), float, observations, facts: { ...facts, notes: [...facts.notes, ...notes] } };
}

async function measureShifts(model: QuantizableModel, variant: Pick<QuantizedVariant, 'placement' | 'parameters'>, run: CalibrateRun): Promise<Corrections> {
  const { changes, shifts } = shadowModel(model, variant);
  if (shifts.size === 0) return new Map();
  const written = await writeVariant(model.file, [], changes, run.scratch('shadow'), run.ports, run.signal);
  const count = [...shifts.keys()].every(({ op }) => op === 'Conv') ? Math.min(run.inputs.count, SHIFT_SAMPLES) : run.inputs.count;
  const { means } = await run.ports.runner.average({ ...run.inputs, count, model: written, outputs: [...shifts.values()] }, run.report, run.signal);
  return new Map([...shifts].flatMap(([node, output]) => {
    const mean = means.get(output);
    return mean?.every(Number.isFinite) === true ? [[node, mean]] : [];
  }));
}
