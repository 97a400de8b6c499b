import { NibbleError } from '../errors';
import type { Node } from '../onnx/model';
import { tensorByteLength } from '../onnx/tensorData';
import { KEEP_FLOAT } from '../plan/resolve';
import type { ResolvedPlan } from '../plan/resolve';
import { schemeKey } from '../quant/scheme';
import type { WeightScheme } from '../quant/scheme';
import { storedBytes } from '../quant/storage';
import type { Loading, Runtime, StoredScheme, Target, Way, WeightUse } from '../targets/target';
import { productConstantBytes } from './export/blockProduct';
import type { Conversion } from './export/conversion';
import { tensorPlaces } from './export/places';
import type { TensorPlace } from './export/places';
import { planRaise, standardOpset } from './export/raiseOpset';
import type { OpsetRaise } from './export/raiseOpset';
import type { ModelFile } from './modelFile';
import type { StoredWeight } from './storedWeights';

/** What happens to one stored tensor. */
export type Decision =
  | {
      readonly kind: 'convert';
      readonly scheme: StoredScheme;
      readonly place: TensorPlace;
      readonly way: Way;
      readonly raise: Conversion['raise'];
      /** Bytes of codes, scales, zero points and what is needed to put them together. */
      readonly bytes: number;
    }
  /** `reason` is a part of a sentence ("its type is int64"); '' when the plan itself says float. */
  | { readonly kind: 'keep'; readonly reason: string };

/** Operator sets that brought new kinds of DequantizeLinear: blocks and 4 bits, then 2 bits. */
const RAISED_OPSETS = [21, 25];

/** A function holds its tensors in Constant nodes, which take 4-bit codes since this operator set. */
const FOUR_BIT_CONSTANT_OPSET = 21;

/** Decisions by `LayerWeight.key`. */
export type Decisions = ReadonlyMap<string, Decision>;

const FLOAT: Decision = { kind: 'keep', reason: '' };

/** Decides what a scheme means for each stored tensor of a model on a target. */
export class Decider {
  readonly #places: ReadonlyMap<number, TensorPlace>;
  /** Number of axes of each node's first input. */
  readonly #ranks: ReadonlyMap<Node, number>;
  readonly #raises = new Map<number, OpsetRaise>();
  /** By target and scheme. */
  readonly #known = new Map<string, Map<StoredWeight, Decision>>();
  /** Most tensors have the same scheme as the one before. */
  #last: { readonly scheme: StoredScheme; readonly target: Target; readonly known: Map<StoredWeight, Decision> } | null = null;

  constructor(private readonly file: ModelFile) {
    this.#places = tensorPlaces(file.model);
    const { layers } = file.analysis;
    this.#ranks = new Map(file.sites.flatMap(({ node }, index) => {
      const shape = layers[index]!.inputShapes[0];
      return shape ? [[node, shape.length] as const] : [];
    }));
  }

  /** Decisions for all stored tensors under a resolved plan, by key. Remembers them: plans go back and forth between a few schemes. */
  all(plan: ResolvedPlan, target: Target): Decisions {
    const decisions = new Map<string, Decision>();
    for (const stored of this.file.weights.values()) decisions.set(stored.key, this.#remembered(stored, plan.tensors.get(stored.key) ?? KEEP_FLOAT, target));
    return decisions;
  }

  #remembered(stored: StoredWeight, scheme: WeightScheme, target: Target): Decision {
    if (scheme.kind === 'float') return FLOAT;
    const known = this.#knownUnder(scheme, target);
    const found = known.get(stored) ?? this.decide(stored, scheme, target);
    known.set(stored, found);
    return found;
  }

  #knownUnder(scheme: StoredScheme, target: Target): Map<StoredWeight, Decision> {
    if (this.#last?.scheme === scheme && this.#last.target === target) return this.#last.known;
    const key = `${target.runtime.id} ${target.format ?? 'float'} ${schemeKey(scheme)}`;
    const known = this.#known.get(key) ?? new Map<StoredWeight, Decision>();
    this.#known.set(key, known);
    this.#last = { scheme, target, known };
    return known;
  }

  /** What a scheme means for one stored tensor. Costs little, and is not remembered. */
  decide(stored: StoredWeight, scheme: WeightScheme, target: Target): Decision {
    if (scheme.kind === 'float') return FLOAT;
    const { weight, tensor } = stored;
    if (weight.obstacle !== null) return { kind: 'keep', reason: weight.obstacle };
    const place = this.#places.get(tensor.span.start);
    if (place === undefined) return { kind: 'keep', reason: 'it is part of an operator' };
    const loading = this.#loading(scheme, stored, place, target);
    if ('refusal' in loading) return { kind: 'keep', reason: loading.refusal };
    const bytes = bytesUnder(stored, scheme, loading.way);
    if (typeof bytes === 'string') return { kind: 'keep', reason: bytes };
    const before = tensorByteLength(tensor);
    if (bytes >= before) return { kind: 'keep', reason: `it would take ${bytes} bytes${scheme.kind === 'integer' ? ' with its scales' : ''}, and takes ${before} now` };
    return { kind: 'convert', scheme, place, ...loading, bytes };
  }

  /**
   * How the target takes the scheme: by one operator in the model's operator set, else in a newer one where the model means
   * the same, which runs faster than the last resort, a product.
   */
  #loading(scheme: StoredScheme, { weight: { dataType }, layers }: StoredWeight, place: TensorPlace, { runtime, format }: Target): Pick<Conversion, 'way' | 'raise'> | { readonly refusal: string } {
    const use = { dataType, format, ops: layers.map((index) => this.file.analysis.layers[index]!.op) };
    const own = this.#ownLoading(scheme, use, place, runtime);
    if ('form' in own && own.form === 'operator') return { way: own, raise: null };
    const raised = RAISED_OPSETS.flatMap((to) => {
      const way = runtime.loading(scheme, { ...use, opset: to });
      return 'form' in way && way.form === 'operator' ? [{ way, raise: this.#raiseTo(to) }] : [];
    })[0];
    if (raised?.raise.kind === 'possible') return { way: raised.way, raise: raised.raise };
    if ('form' in own) return { way: own, raise: null };
    return raised ? { refusal: `${own.refusal}, which cannot be raised: ${raised.raise.why}` } : own;
  }

  /** How the target takes the scheme beside the operator set that a tensor has around it. */
  #ownLoading(scheme: StoredScheme, use: Omit<WeightUse, 'opset'>, { owner }: TensorPlace, runtime: Runtime): Loading {
    const opset = standardOpset(this.file.model, owner.function);
    if (owner.kind === 'function' && scheme.kind === 'integer' && scheme.bits === 4 && opset < FOUR_BIT_CONSTANT_OPSET) {
      return { refusal: `4-bit codes in a function need operator set ${FOUR_BIT_CONSTANT_OPSET}, and "${owner.function.name}" has ${opset}` };
    }
    return runtime.loading(scheme, { ...use, opset });
  }

  #raiseTo(opset: number): OpsetRaise {
    const known = this.#raises.get(opset) ?? planRaise(this.file.model, opset, (node) => this.#ranks.get(node) ?? null);
    this.#raises.set(opset, known);
    return known;
  }
}

/** Bytes of a tensor under a scheme, or why it cannot have it. */
function bytesUnder({ weight }: StoredWeight, scheme: StoredScheme, { form }: Way): number | string {
  const granularity = scheme.kind === 'integer' ? scheme.granularity : 'tensor';
  if (granularity !== 'tensor' && (granularity === 'channel' ? weight.channelAxis : weight.blockAxis) < 0) {
    const possible = granularity !== 'channel' && weight.channelAxis >= 0 ? 'one scale for each channel' : 'one scale for the whole tensor';
    return `a Reshape between it and the operator mixes its ${granularity === 'channel' ? 'channels' : 'rows'}; ${possible} is possible`;
  }
  try {
    const { codes, scales, zeroPoints } = storedBytes(weight, weight.dataType, scheme);
    const constants = scheme.kind === 'integer' && form === 'product' ? productConstantBytes(weight, scheme.granularity) : 0;
    return codes + scales + zeroPoints + constants;
  } catch (error) {
    if (NibbleError.is(error, 'invalid-argument')) return error.message;
    throw error;
  }
}
