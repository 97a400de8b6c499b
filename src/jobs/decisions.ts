import { NibbleError } from '../errors';
import { tensorByteLength } from '../onnx/tensorData';
import type { ResolvedPlan } from '../plan/resolve';
import type { WeightScheme } from '../quant/scheme';
import { storedBytes } from '../quant/storage';
import type { StoredScheme, Target } from '../targets/target';
import { opsetsAt, tensorPlaces } from './export/places';
import type { TensorPlace } from './export/places';
import type { ModelFile } from './modelFile';
import type { StoredWeight } from './storedWeights';

/** What happens to one stored tensor. */
export type Decision =
  | {
      readonly kind: 'convert';
      readonly scheme: StoredScheme;
      readonly place: TensorPlace;
      readonly domain: string;
      /** Bytes of codes, scales and zero points. */
      readonly bytes: number;
    }
  /** `reason` is a part of a sentence ("its type is int64"); '' when the plan itself says float. */
  | { readonly kind: 'keep'; readonly reason: string };

/** Decisions by `LayerWeight.key`. */
export type Decisions = ReadonlyMap<string, Decision>;

const FLOAT: Decision = { kind: 'keep', reason: '' };

/** Decides what a scheme means for each stored tensor of a model on a target. */
export class Decider {
  readonly #places: ReadonlyMap<number, TensorPlace>;

  constructor(private readonly file: ModelFile) {
    this.#places = tensorPlaces(file.model);
  }

  /** Decisions for all stored tensors under a resolved plan, by key. */
  all(plan: ResolvedPlan, target: Target): Decisions {
    return new Map([...this.file.weights.values()].map((stored) => [stored.key, this.decide(stored, plan.tensors.get(stored.key) ?? { kind: 'float' }, target)]));
  }

  decide(stored: StoredWeight, scheme: WeightScheme, target: Target): Decision {
    if (scheme.kind === 'float') return FLOAT;
    const { weight, tensor } = stored;
    if (weight.obstacle !== null) return { kind: 'keep', reason: weight.obstacle };
    const place = this.#places.get(tensor.span.start);
    if (place === undefined) return { kind: 'keep', reason: 'it is part of an operator' };
    const opset = opsetsAt(this.file.model, place).get('') ?? this.file.model.opsets.get('') ?? 1;
    const loading = target.loading(scheme, weight.dataType, opset);
    if ('refusal' in loading) return { kind: 'keep', reason: loading.refusal };
    const bytes = bytesUnder(stored, scheme);
    if (typeof bytes === 'string') return { kind: 'keep', reason: bytes };
    const before = tensorByteLength(tensor);
    if (bytes >= before) return { kind: 'keep', reason: `it would take ${bytes} bytes with its scales, and takes ${before} now` };
    return { kind: 'convert', scheme, place, domain: loading.domain, bytes };
  }
}

/** Bytes of a tensor under a scheme, or why it cannot have it. */
function bytesUnder({ weight }: StoredWeight, scheme: StoredScheme): number | string {
  try {
    const { codes, scales, zeroPoints } = storedBytes(weight, weight.dataType, scheme);
    return codes + scales + zeroPoints;
  } catch (error) {
    if (NibbleError.is(error, 'invalid-argument')) return error.message;
    throw error;
  }
}
