import type { Call } from '../call';
import type { Dim } from '../dim';
import { divideExactly, floorDivide, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { sameAsInput, twiceInput } from './rule';

/** Streams [.., C, H], or [.., C × H] where an attribute gives C, become one tensor [.., H]. */
const joined: ShapeRule = (call) => {
  const x = call.shape(0);
  const flat = call.int('num_branches', 0);
  if (x === null || x.length === 0) return null;
  const last = x.at(-1)!;
  return [flat > 0 ? [...x.slice(0, -1), divideExactly(last, flat) ?? floorDivide(last, flat)] : [...x.slice(0, -2), last]];
};

/** One hash for each head of every order of n-gram behind the tokens' axes, and the last tokens of each sequence. */
const hashes = (batch: (call: Call, ids: Dims) => Dim): ShapeRule => (call) => {
  const ids = call.shape(0);
  const shifts = call.int('max_ngram_size', 2) - 1;
  if (ids === null) return null;
  const kept = [batch(call, ids), shifts];
  return [[...ids, shifts * call.int('n_head_per_ngram', 1)], kept, kept];
};

/** Sequences of different lengths are packed one behind the other; their offsets are one more than they are. */
const packedBatch = (call: Call): Dim => {
  const offsets = call.value(3)?.shape?.[0];
  return typeof offsets === 'number' ? offsets - 1 : UNKNOWN_DIM;
};

/** Operators of com.microsoft on several residual streams side by side, and on tables that are looked up by n-grams. */
export const streamShapes: ShapeRules = {
  BranchwiseRMSNorm: sameAsInput,
  EngramGate: twiceInput,
  HyperConnectionPostMix: sameAsInput,
  HyperConnectionPreMix: joined,
  LinearAttentionGate: twiceInput,
  NGramHashMapping: hashes((_, ids) => ids[0] ?? UNKNOWN_DIM),
  VarlenNGramHashMapping: hashes(packedBatch),
};
