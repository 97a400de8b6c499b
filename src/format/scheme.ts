import type { Shape } from '../graph/layer';
import { formatOf, type Granularity, type WeightScheme } from '../quant/scheme';
import { UNKNOWN } from './numbers';

/** "int8 · channel", "uint4 · block 32 · mse", "int8 · channel · asymmetric", "float16", "float". */
export function formatScheme(scheme: WeightScheme): string {
  const format = formatOf(scheme);
  if (scheme.kind !== 'integer') return format;
  const parts = [format, formatGranularity(scheme.granularity)];
  // Signed symmetric and unsigned asymmetric are what people expect of each; only the other two need a word.
  if (scheme.symmetric !== scheme.signed) parts.push(scheme.symmetric ? 'symmetric' : 'asymmetric');
  if (scheme.range === 'mse') parts.push('mse');
  return parts.join(' · ');
}

/** "tensor", "channel", "block 32" */
export function formatGranularity(granularity: Granularity): string {
  return typeof granularity === 'string' ? granularity : `block ${granularity.block}`;
}

/** Everything about a scheme, spelled out for a hover or a screen reader: "4-bit signed, symmetric, one scale per 32 weights, range by least squared error". */
export function describeScheme(scheme: WeightScheme): string {
  if (scheme.kind === 'float') return 'kept as it is';
  if (scheme.kind === 'float16') return 'half precision';
  const { bits, signed, symmetric, granularity, range } = scheme;
  const scales = granularity === 'tensor' ? 'one scale' : granularity === 'channel' ? 'one scale per channel' : `one scale per ${granularity.block} weights`;
  return [`${bits}-bit ${signed ? 'signed' : 'unsigned'}`, symmetric ? 'symmetric' : 'asymmetric', scales, range === 'mse' ? 'range by least squared error' : 'range from smallest to largest'].join(', ');
}

/** "256 × 14 × 14", "batch × 3 × 224 × 224"; a scalar reads "scalar". */
export function formatShape(shape: Shape): string {
  if (shape === null) return UNKNOWN;
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}
