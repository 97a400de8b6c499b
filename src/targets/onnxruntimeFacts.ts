/**
 * What onnxruntime's CPU provider loads and how it runs it, measured on the pinned version. `test/targets` measures every
 * line again against the installed runtime.
 */
import type { Granularity, WeightBits } from '../quant/scheme';

export const MEASURED_VERSION = '1.30.0';

/** Operator set of the standard domain from which on its DequantizeLinear has what a scheme needs. */
export interface DequantizeNeeds {
  readonly bits: WeightBits;
  readonly granularity: Granularity;
  readonly scaleType: 'float' | 'float16';
}

/** The first operator set whose DequantizeLinear in the standard domain takes these codes and scales. */
export function standardOpset({ bits, granularity, scaleType }: DequantizeNeeds): number {
  if (bits === 2) return 25;
  if (bits !== 8 || typeof granularity === 'object') return 21;
  if (scaleType === 'float16') return 19;
  return granularity === 'tensor' ? 10 : 13;
}

/** Whether the DequantizeLinear of `com.microsoft`, which works beside any operator set, takes these codes and scales. */
export function contribTakes({ bits, granularity }: DequantizeNeeds): boolean {
  return bits !== 2 && typeof granularity !== 'object';
}

/**
 * The first operator set in which codes, turned to float by a DequantizeLinear with scale 1, can be multiplied by the scales
 * of blocks: its Sub and Mul broadcast on any axis.
 */
export const PRODUCT_OPSET = 7;

/** The first operator set with a Cast from float16. */
export const CAST_OPSET = 6;

/** Standard operators that run in older operator sets but have no kernel from this one on. */
const WITHOUT_KERNEL_SINCE: ReadonlyMap<string, number> = new Map(
  ['Bernoulli', 'GlobalLpPool', 'MaxRoiPool', 'Multinomial', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'RoiAlign'].map((op) => [op, 22]),
);

/** Whether a standard operator that runs in the operator set `from` runs in the newer one `to`, too. */
export function keepsKernel(op: string, from: number, to: number): boolean {
  const since = WITHOUT_KERNEL_SINCE.get(op);
  return since === undefined || from >= since || to < since;
}

/** A weight that is the second input of a MatMul or Gemm, as [K, N]: `Gemm` with transB has the axes the other way round. */
export interface MatrixWeight {
  readonly op: string;
  readonly input: number;
  readonly dims: readonly number[];
  readonly channelAxis: number;
}

/** Whether a DequantizeLinear before this operator is fused with it into MatMulNBits, which computes on the packed codes. */
export function fusesToMatMulNBits({ op, input, dims, channelAxis }: MatrixWeight, bits: WeightBits, granularity: Granularity): boolean {
  if ((op !== 'MatMul' && op !== 'Gemm') || input !== 1 || dims.length !== 2 || channelAxis !== 1 || bits > 8) return false;
  return typeof granularity === 'string' || isPowerOfTwo(granularity.block);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
