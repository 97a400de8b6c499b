import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import { formatOf } from '../quant/scheme';
import type { WeightScheme } from '../quant/scheme';
import { runsOnCodes, symmetricInt8Obstacle } from './activationRules';
import type { ActivationRules } from './activationRules';
import { OPENVINO_INTEGER_LAYERS, OPENVINO_PACKED_BITS, OPENVINO_UNKNOWN_BITS, OPENVINO_UNSHIFTED_LAYERS, OPENVINO_VERSION } from './openvinoFacts';
import { standardLoading } from './standardLoading';
import type { Loading, Runtime, StoredScheme, WeightUse } from './target';

const activations: ActivationRules = {
  formats: ['uint8'],
  widened: new Set(),
  formatReason: 'OpenVINO computes convolutions on uint8 codes; beside signed ones with a zero point, or 16 bits, they run in float.',
  symmetric: false,
  layers: OPENVINO_INTEGER_LAYERS,
  unshifted: OPENVINO_UNSHIFTED_LAYERS,
  firstOpset: 13,
  weightObstacle: (scheme) => symmetricInt8Obstacle('OpenVINO', scheme),
  reducedWeights: false,
  integerBiases: true,
  together: false,
  // Its kernels compute on codes without this, too, but then write floats, which the next layer has to turn into codes again.
  placement: { outputs: new Set(['Conv']), wholeLayers: false, shortcuts: false, jointConcat: false },
};

/** OpenVINO on x64 processors. */
export const openvino: Runtime = {
  id: 'openvino',
  name: 'OpenVINO',
  label: 'OpenVINO, CPU',
  version: OPENVINO_VERSION,
  runsHere: false,
  activations,
  loading,
  kernel,
};

function loading(scheme: StoredScheme, use: WeightUse): Loading {
  if (scheme.kind === 'integer' && OPENVINO_UNKNOWN_BITS.has(scheme.bits)) return { refusal: `OpenVINO has no codes of ${scheme.bits} bits` };
  return standardLoading('OpenVINO', scheme, use);
}

function kernel(layer: Layer, scheme: WeightScheme, _form: string, format: ActivationFormat | null): string {
  const { op, weights } = layer;
  if (runsOnCodes(activations, layer, scheme, format)) return `int8 ${op}`;
  if (weights.length === 0) return op;
  if (scheme.kind === 'float') return `float ${op}`;
  if (scheme.kind === 'integer' && (op === 'MatMul' || op === 'Gemm') && OPENVINO_PACKED_BITS.has(scheme.bits)) return `float ${op} that reads ${formatOf(scheme)} weights`;
  return `float ${op}: weights are widened when the model is loaded`;
}
