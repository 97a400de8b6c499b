/**
 * What TensorRT's parser and builder take, measured without a GPU. `test/vectors/targets/tensorrt.json` holds the measurements
 * (`test/tools/target_facts.py`), and `test/targets/runtimeFacts.test.ts` holds these lines against them.
 */
import type { IntegerScheme } from '../quant/scheme';

/** TensorRT for RTX, whose parser is TensorRT's. */
export const TENSORRT_VERSION = 'RTX 1.7.1';

/** Operators that have kernels on int8 codes. */
export const TENSORRT_INTEGER_LAYERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/** Operators whose weights may have scales for blocks. */
const BLOCKED: ReadonlySet<string> = new Set(['Gather', 'Gemm', 'MatMul']);

/** Why weights for these operators cannot have a scheme, as a part of a sentence; null when they can. */
export function tensorrtObstacle({ bits, signed, symmetric, granularity }: IntegerScheme, ops: readonly string[]): string | null {
  if (bits !== 8 && bits !== 4) return `TensorRT has no weights of ${bits} bits`;
  if (!signed || !symmetric) return 'TensorRT takes signed codes without zero points only';
  const unblocked = typeof granularity === 'object' ? ops.find((op) => !BLOCKED.has(op)) : undefined;
  return unblocked === undefined ? null : `TensorRT takes scales for blocks in products of matrices only, and this is a ${unblocked}`;
}
