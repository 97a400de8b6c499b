import type { Layer } from '../graph/layer';
import type { ActivationFormat } from '../quant/activationFormat';
import { scaleTypeOf } from '../quant/storage';
import type { IntegerScheme, WeightScheme } from '../quant/scheme';
import { runsOnCodes, symmetricInt8Obstacle } from './activationRules';
import type { ActivationRules } from './activationRules';
import { CAST_OPSET, contribTakes, fusesToMatMulNBits, MEASURED_VERSION, PRODUCT_OPSET, standardOpset } from './onnxruntimeFacts';
import { INTEGER_KERNELS, KERNELS_WITH_QUANTIZED_OUTPUTS } from './onnxruntimePlacementFacts';
import type { Loading, Runtime, StoredScheme, Way, WeightUse } from './target';

const activations: ActivationRules = {
  formats: ['uint8', 'int8', 'uint16', 'int16'],
  widened: new Set(['uint16', 'int16']),
  formatReason: '',
  symmetric: false,
  layers: INTEGER_KERNELS,
  unshifted: new Set(),
  // In older models it makes integer operators all the same, and then does not know them.
  firstOpset: 10,
  weightObstacle,
  reducedWeights: false,
  integerBiases: true,
  together: false,
  placement: { outputs: KERNELS_WITH_QUANTIZED_OUTPUTS, wholeLayers: false, shortcuts: false, jointConcat: false },
};

/** onnxruntime's CPU provider: runs everywhere, and is what Nibble itself checks its files with. */
export const onnxruntimeCpu: Runtime = {
  id: 'onnxruntime-cpu',
  name: 'onnxruntime',
  label: 'ONNX Runtime, CPU',
  version: MEASURED_VERSION,
  runsHere: true,
  activations,
  loading,
  kernel,
};

/** With 16-bit activations layers run in float whatever their weights are. */
function weightObstacle(scheme: IntegerScheme, format: ActivationFormat): string | null {
  return format.endsWith('16') ? null : symmetricInt8Obstacle('onnxruntime', scheme);
}

function loading(scheme: StoredScheme, { dataType, opset }: WeightUse): Loading {
  if (dataType !== 'float' && dataType !== 'float16') return { refusal: `its type is ${dataType}, which no DequantizeLinear of onnxruntime gives back` };
  if (scheme.kind === 'float16') {
    return opset >= CAST_OPSET ? { domain: '', form: 'operator' } : { refusal: `it needs operator set ${CAST_OPSET} for Cast, and the model has ${opset}` };
  }
  const needs = { bits: scheme.bits, granularity: scheme.granularity, scaleType: scaleTypeOf(dataType) };
  const needed = standardOpset(needs);
  if (opset >= needed) return { domain: '', form: 'operator' };
  if (contribTakes(needs)) return { domain: 'com.microsoft', form: 'operator' };
  if (scheme.bits === 2) return { refusal: `2-bit codes need operator set ${needed}, and the model has ${opset}` };
  if (opset < PRODUCT_OPSET) return { refusal: `scales for blocks need operator set ${PRODUCT_OPSET}, and the model has ${opset}` };
  return { domain: opset >= standardOpset({ ...needs, ...BARE_CODES }) ? '' : 'com.microsoft', form: 'product' };
}

/** What a product asks of DequantizeLinear: to give codes as float32. */
const BARE_CODES = { granularity: 'tensor', scaleType: 'float' } as const;

/** What its optimizer makes of a layer whose inputs, weights and, where it matters, output are 8-bit codes. */
const INTEGER_OPERATORS: Readonly<Record<string, string>> = { Conv: 'QLinearConv', Gemm: 'QGemm', MatMul: 'MatMulIntegerToFloat' };

function kernel(layer: Layer, scheme: WeightScheme, form: Way['form'], format: ActivationFormat | null): string {
  const { op } = layer;
  if (runsOnCodes(activations, layer, scheme, format)) return INTEGER_OPERATORS[op]!;
  if (layer.weights.length === 0) return op;
  switch (scheme.kind) {
    case 'float':
      return `float ${op}`;
    case 'float16':
      return `float ${op}: weights are widened when the model is loaded`;
    case 'integer':
      if (form === 'product') return `float ${op}: codes and scales of blocks are multiplied at every inference`;
      return layer.weights.every((weight) => fusesToMatMulNBits({ op, ...weight }, scheme.bits, scheme.granularity)) ? 'MatMulNBits' : `float ${op}: weights are dequantized at every inference`;
  }
}
