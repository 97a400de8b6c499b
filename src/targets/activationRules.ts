import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import type { IntegerScheme, WeightScheme } from '../quant/scheme';

/** Which values of a graph are quantized beside what layers read. */
export interface PlacementRules {
  /** Layers that compute on codes only when their outputs are quantized, too. */
  readonly outputs: ReadonlySet<string>;
  /** Whether those of them whose outputs have to stay float are left float as a whole, because the runtime refuses them half quantized. */
  readonly wholeLayers: boolean;
  /**
   * Whether the shortcut of a residual sum is quantized. The branch that ends in a convolution is not: the sum is computed with it, before
   * anything is rounded.
   */
  readonly shortcuts: boolean;
  /** Whether what a Concat joins, and what it makes of it, gets one scale. */
  readonly jointConcat: boolean;
}

/** How a runtime computes on quantized activations. */
export interface ActivationRules {
  /** Types of codes that it takes; of each width, the first is what serves it best. */
  readonly formats: readonly ActivationFormat[];
  /** Of these, what it takes and turns into floats before it computes. */
  readonly widened: ReadonlySet<ActivationFormat>;
  /** Why it takes no other types, as a sentence. */
  readonly formatReason: string;
  /** Whether the code of zero has to be 0. */
  readonly symmetric: boolean;
  /** Operators that have kernels on codes. */
  readonly layers: ReadonlySet<string>;
  /** Of these, the ones that do so only where the code of zero is 0; unsigned codes have it where nothing is negative. */
  readonly unshifted: ReadonlySet<string>;
  /** The oldest operator set in which it does. Below 13, where the standard has no scales for channels, operators of onnxruntime stand in. */
  readonly firstOpset: number;
  /** Why weights in a scheme keep a layer from computing on codes, as a part of a sentence; null when they do not. */
  readonly weightObstacle: (scheme: IntegerScheme, format: ActivationFormat) => string | null;
  /** Whether int8 weights of layers on codes keep to 7 bits, because sums of their products saturate in 16 bits. */
  readonly reducedWeights: boolean;
  /** Whether biases become 32-bit codes; else they stay float. */
  readonly integerBiases: boolean;
  /** Whether quantized weights are refused where activations are float. */
  readonly together: boolean;
  readonly placement: PlacementRules;
}

/** Whether a runtime computes a layer on codes of a format (null: floats), with its weights, if it has any, in a scheme. */
export function runsOnCodes({ layers, widened, weightObstacle }: Pick<ActivationRules, 'layers' | 'widened' | 'weightObstacle'>, { op, weights }: Pick<Layer, 'op' | 'weights'>, scheme: WeightScheme, format: ActivationFormat | null): boolean {
  if (format === null || widened.has(format) || !layers.has(op)) return false;
  return weights.length === 0 || (scheme.kind === 'integer' && weightObstacle(scheme, format) === null);
}

/** Why a runtime takes only symmetric int8 weights beside 8-bit activations; null for these. */
export function symmetricInt8Obstacle(runtime: string, { bits, signed, symmetric, granularity }: IntegerScheme): string | null {
  if (bits !== 8) return `${runtime} has no integer kernel for weights of ${bits} bits`;
  if (typeof granularity === 'object') return `${runtime} has no integer kernel for weights in blocks`;
  if (!symmetric || !signed) return `${runtime} has no integer kernel for weights with zero points; symmetric int8 has one`;
  return null;
}
