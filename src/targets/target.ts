import type { Layer, LayerWeight } from '../graph/layer';
import type { DataType } from '../onnx/dtypes';
import type { WeightScheme } from '../quant/scheme';

/** A scheme that changes what is stored. */
export type StoredScheme = Exclude<WeightScheme, { readonly kind: 'float' }>;

/** How a stored weight becomes a value of the graph again. */
export interface Way {
  /** The domain whose operator reads the codes; '' is the standard one. */
  readonly domain: '' | 'com.microsoft';
  /** `operator`: one operator gives the weight. `product`: codes and scales of blocks are multiplied by operators of their own. */
  readonly form: 'operator' | 'product';
}

/** A way to load a weight, or why there is none, as a part of a sentence. */
export type Loading = Way | { readonly refusal: string };

/** A place where a quantized model can run. */
export interface Target {
  /** What plans call it. */
  readonly id: string;
  readonly label: string;
  /** How a weight of `dataType` in a scheme is loaded beside operator set `opset` of the standard domain. */
  loading(scheme: StoredScheme, dataType: DataType, opset: number): Loading;
  /** How the layer will be computed with the scheme, when its weights are loaded in that form, for a person: "MatMulNBits". */
  kernel(layer: Layer, scheme: WeightScheme, form: Way['form']): string;
}

/** Why a layer cannot have a scheme on a target, as a part of a sentence; '' when it can. `opset`: of the standard domain. */
export function refusalOf(target: Target, layer: Layer, scheme: WeightScheme, opset: number): string {
  if (scheme.kind === 'float') return '';
  if (layer.weights.length === 0) return 'it has no weights';
  const reasons = layer.weights.map((weight) => weightRefusal(target, weight, scheme, opset));
  // A layer with several tensors can have a scheme as soon as one of them can.
  return reasons.includes('') ? '' : reasons[0]!;
}

function weightRefusal(target: Target, weight: LayerWeight, scheme: StoredScheme, opset: number): string {
  if (weight.obstacle !== null) return weight.obstacle;
  const loading = target.loading(scheme, weight.dataType, opset);
  return 'refusal' in loading ? loading.refusal : '';
}
