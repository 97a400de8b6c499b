import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import { formatOf } from '../quant/scheme';
import type { WeightScheme } from '../quant/scheme';
import { runsOnCodes, symmetricInt8Obstacle } from './activationRules';
import type { ActivationRules } from './activationRules';
import { standardLoading } from './standardLoading';
import type { Loading, Runtime, StoredScheme, WeightUse } from './target';
import { TENSORRT_INTEGER_LAYERS, TENSORRT_VERSION, tensorrtObstacle } from './tensorrtFacts';

const activations: ActivationRules = {
  formats: ['int8'],
  widened: new Set(),
  formatReason: 'TensorRT computes on int8 codes without zero points only.',
  symmetric: true,
  layers: TENSORRT_INTEGER_LAYERS,
  unshifted: new Set(),
  firstOpset: 13,
  weightObstacle: (scheme) => symmetricInt8Obstacle('TensorRT', scheme),
  reducedWeights: false,
  // The parser refuses codes of 32 bits.
  integerBiases: false,
  together: false,
  placement: { outputs: new Set(), wholeLayers: false, shortcuts: true, jointConcat: true },
};

/** TensorRT with explicit quantization: it moves and fuses the pairs itself, and wants them on the inputs of layers only. */
export const tensorrt: Runtime = {
  id: 'tensorrt',
  name: 'TensorRT',
  label: 'TensorRT',
  version: TENSORRT_VERSION,
  runsHere: false,
  activations,
  loading,
  kernel,
};

function loading(scheme: StoredScheme, use: WeightUse): Loading {
  const obstacle = scheme.kind === 'integer' ? tensorrtObstacle(scheme, use.ops) : null;
  return obstacle === null ? standardLoading('TensorRT', scheme, use) : { refusal: obstacle };
}

function kernel(layer: Layer, scheme: WeightScheme, _form: string, format: ActivationFormat | null): string {
  const { op, weights } = layer;
  if (runsOnCodes(activations, layer, scheme, format)) return `int8 ${op}`;
  if (weights.length === 0) return op;
  if (scheme.kind !== 'integer') return `float ${op}`;
  return `float ${op} with ${formatOf(scheme)} weights`;
}
