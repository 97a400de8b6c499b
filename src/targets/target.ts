import type { Layer } from '../graph/layer';
import type { DataType } from '../onnx/dtypes';
import type { ActivationFormat } from '../quant/activationFormat';
import type { WeightScheme } from '../quant/scheme';
import type { ActivationRules } from './activationRules';

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

/** What a stored weight is to a runtime. */
export interface WeightUse {
  readonly dataType: DataType;
  /** Operator set of the standard domain around it. */
  readonly opset: number;
  /** Operators of the layers that use it. */
  readonly ops: readonly string[];
  /** Type of the activations; null: float. */
  readonly format: ActivationFormat | null;
}

/** A place where a quantized model can run. */
export interface Runtime {
  /** What plans call it. */
  readonly id: string;
  /** What sentences call it. */
  readonly name: string;
  readonly label: string;
  /** The version that its rules were measured on. */
  readonly version: string;
  readonly activations: ActivationRules;
  /** Whether the onnxruntime that Nibble has runs models as it does, so that what it makes of them can be looked at. */
  readonly runsHere: boolean;
  /** How a weight is loaded in a scheme. */
  loading(scheme: StoredScheme, use: WeightUse): Loading;
  /**
   * How the layer will be computed with the scheme, when its weights are loaded in that form, for a person: "MatMulNBits".
   * @param format type of the layer's activations; null: float.
   */
  kernel(layer: Layer, scheme: WeightScheme, form: Way['form'], format: ActivationFormat | null): string;
}

/** A runtime as a plan uses it. */
export interface Target {
  readonly runtime: Runtime;
  /** Type of the activations; null: they stay float. */
  readonly format: ActivationFormat | null;
}
