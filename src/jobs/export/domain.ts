import type { DataType } from '../../onnx/dtypes';
import { scaleTypeOf } from '../../quant/storage';
import type { StoredScheme } from './dequantize';

export const CONTRIB_DOMAIN = 'com.microsoft';

/** Operator set that gave the standard DequantizeLinear what a scheme needs; null: the contrib one never has it. */
export function dequantizeDomain(scheme: StoredScheme, dataType: DataType, opset: number): { readonly domain: string } | { readonly refusal: string } {
  if (scheme.kind === 'float16') return opset >= CAST_OPSET ? { domain: '' } : { refusal: `the model's operator set ${opset} is older than ${CAST_OPSET}, whose Cast it needs` };
  const needs = [10];
  if (scheme.granularity !== 'tensor') needs.push(13);
  if (scaleTypeOf(dataType) === 'float16') needs.push(19);
  if (scheme.bits === 16 || scheme.bits === 4 || typeof scheme.granularity === 'object') needs.push(21);
  if (scheme.bits === 2) needs.push(25);
  const needed = Math.max(...needs);
  if (opset >= needed) return { domain: '' };
  if (scheme.bits !== 2 && typeof scheme.granularity === 'string') return { domain: CONTRIB_DOMAIN };
  return { refusal: `${scheme.bits === 2 ? '2-bit codes' : 'scales for blocks'} need operator set ${needed}, and the model has ${opset}` };
}

const CAST_OPSET = 6;
