/**
 * What OpenVINO's processor plugin loads and how it runs it, on x64. `test/vectors/targets/openvino.json` holds the measurements
 * (`test/tools/target_facts.py`), and `test/targets/runtimeFacts.test.ts` holds these lines against them.
 */
import type { WeightBits } from '../quant/scheme';

export const OPENVINO_VERSION = '2026.4.1';

/** Widths of codes that it has no type for. */
export const OPENVINO_UNKNOWN_BITS: ReadonlySet<WeightBits> = new Set([2]);

/** Operators that have kernels on uint8 codes. */
export const OPENVINO_INTEGER_LAYERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Of these, what has them for zero points of 0 only: what it reads must not be negative. */
export const OPENVINO_UNSHIFTED_LAYERS: ReadonlySet<string> = new Set(['ConvTranspose']);

/** Widths of the codes that products of matrices read as they are stored. */
export const OPENVINO_PACKED_BITS: ReadonlySet<WeightBits> = new Set([4, 8]);
