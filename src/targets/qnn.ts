import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import { formatOf } from '../quant/scheme';
import type { WeightScheme } from '../quant/scheme';
import { runsOnCodes, symmetricInt8Obstacle } from './activationRules';
import type { ActivationRules } from './activationRules';
import { QNN_INTEGER_LAYERS, QNN_VERSION, qnnFloatObstacle } from './qnnFacts';
import { standardLoading } from './standardLoading';
import type { Loading, Runtime, StoredScheme, WeightUse } from './target';

const activations: ActivationRules = {
  formats: ['uint8', 'uint16'],
  widened: new Set(),
  formatReason: 'QNN computes best on unsigned codes, and signed ones of some operators come back wrong.',
  symmetric: false,
  layers: QNN_INTEGER_LAYERS,
  unshifted: new Set(),
  firstOpset: 10,
  weightObstacle: (scheme) => symmetricInt8Obstacle('QNN', scheme),
  reducedWeights: false,
  integerBiases: true,
  together: true,
  placement: { outputs: QNN_INTEGER_LAYERS, wholeLayers: true, shortcuts: false, jointConcat: false },
};

/** Qualcomm's NPU, through onnxruntime's QNN plugin. What is not quantized runs there in float16. */
export const qnn: Runtime = {
  id: 'qnn',
  name: 'QNN',
  label: 'Qualcomm QNN, HTP',
  version: QNN_VERSION,
  runsHere: false,
  activations,
  loading,
  kernel,
};

function loading(scheme: StoredScheme, use: WeightUse): Loading {
  const quantized = use.format !== null && use.ops.every((op) => QNN_INTEGER_LAYERS.has(op));
  const obstacle = scheme.kind === 'integer' && !quantized ? qnnFloatObstacle(scheme) : null;
  return obstacle === null ? standardLoading('QNN', scheme, use) : { refusal: obstacle };
}

function kernel(layer: Layer, scheme: WeightScheme, _form: string, format: ActivationFormat | null): string {
  const { op, weights } = layer;
  if (runsOnCodes(activations, layer, scheme, format)) return `${format} ${op}`;
  if (weights.length === 0) return op;
  if (scheme.kind !== 'integer') return `float16 ${op}`;
  return `float16 ${op}: ${formatOf(scheme)} weights are dequantized at every inference`;
}
