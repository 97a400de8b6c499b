import type { Layer } from '../graph/layer';
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
