import type { DataType } from '../../onnx/dtypes';
import { dataTypeFromCode } from '../../onnx/dtypes';
import type { Node } from '../../onnx/model';
import { intOf } from '../attributes';

const DOMAINS: ReadonlySet<string> = new Set(['', 'com.microsoft']);

export function isQuantize({ op, domain }: Node): boolean {
  return op === 'QuantizeLinear' && DOMAINS.has(domain);
}

export function isDequantize({ op, domain }: Node): boolean {
  return op === 'DequantizeLinear' && DOMAINS.has(domain);
}

/** True for the operators that turn floats into codes or codes into floats. */
export function isConversion(node: Node): boolean {
  return isQuantize(node) || isDequantize(node);
}

/** The axis of a conversion's scales as the node says it, −1 being the last. Means something where there is more than one scale. */
export function conversionAxis(node: Node): number {
  return intOf(node, 'axis', 1);
}

/** How many codes of a conversion share a scale; 0: no blocks. */
export function conversionBlock(node: Node): number {
  return Math.max(0, intOf(node, 'block_size', 0));
}

/** The type of the codes that a QuantizeLinear makes: that of its zero point, else what an attribute says, else uint8. */
export function codesMade(node: Node, zeroPoint: DataType | null): DataType {
  if (zeroPoint !== null) return zeroPoint;
  const code = intOf(node, 'output_dtype', 0);
  return code === 0 ? 'uint8' : dataTypeFromCode(code);
}
