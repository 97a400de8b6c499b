import { scaleTypeOf } from '../quant/storage';
import { CAST_OPSET, standardOpset } from './onnxruntimeFacts';
import type { Loading, StoredScheme, WeightUse } from './target';

/**
 * How a runtime loads a weight that knows nothing but the operators of the ONNX standard. Which codes it takes is for the caller
 * to know.
 */
export function standardLoading(runtime: string, scheme: StoredScheme, { dataType, opset }: WeightUse): Loading {
  if (dataType !== 'float' && dataType !== 'float16') return { refusal: `its type is ${dataType}, which no DequantizeLinear gives back` };
  const needed = scheme.kind === 'float16' ? CAST_OPSET : standardOpset({ bits: scheme.bits, granularity: scheme.granularity, scaleType: scaleTypeOf(dataType) });
  return opset >= needed ? { domain: '', form: 'operator' } : { refusal: `${runtime} needs operator set ${needed} for it, and the model has ${opset}` };
}
