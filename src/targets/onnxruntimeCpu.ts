import type { Layer } from '../graph/layer';
import type { DataType } from '../onnx/dtypes';
import { scaleTypeOf } from '../quant/storage';
import type { WeightScheme } from '../quant/scheme';
import { CAST_OPSET, contribTakes, fusesToMatMulNBits, PRODUCT_OPSET, standardOpset } from './onnxruntimeFacts';
import type { Loading, StoredScheme, Target, Way } from './target';

/** onnxruntime's CPU provider: runs everywhere, and is what Nibble itself checks its files with. */
export const onnxruntimeCpu: Target = {
  id: 'onnxruntime-cpu',
  label: 'ONNX Runtime, CPU',
  loading,
  kernel,
};

function loading(scheme: StoredScheme, dataType: DataType, opset: number): Loading {
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

function kernel(layer: Layer, scheme: WeightScheme, form: Way['form']): string {
  const { op } = layer;
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
