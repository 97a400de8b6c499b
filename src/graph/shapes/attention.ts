import type { Call } from '../call';
import type { Dim } from '../dim';
import { add, divideExactly, floorDivide, multiply, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { sameAsInput } from './rule';

/** Extents of an attention core: N × heads × queries × keys products of width `qkWidth`, then of width `vWidth`. */
export interface AttentionCore {
  readonly batch: Dim;
  readonly heads: Dim;
  readonly queries: Dim;
  readonly keys: Dim;
  readonly qkWidth: Dim;
  readonly vWidth: Dim;
  /** Width of the hidden state that a fused projection multiplies, 0 where Q, K and V come ready. */
  readonly projection: Dim;
  readonly kvHeads: Dim;
}

const divided = (a: Dim, b: Dim): Dim => divideExactly(a, b) ?? floorDivide(a, b);

/** The standard's Attention (operator set 23): Q, K, V [B, heads, L, d] or [B, L, heads × d], past at inputs 4 and 5. */
export function standardAttention(call: Call): AttentionCore | null {
  const [q, k, v] = [call.shape(0), call.shape(1), call.shape(2)];
  if (q === null || k === null || v === null) return null;
  const past = call.value(4)?.shape?.[2] ?? 0;
  if (q.length === 4) {
    return { batch: q[0]!, heads: q[1]!, queries: q[2]!, keys: add(k[2] ?? UNKNOWN_DIM, past), qkWidth: q[3]!, vWidth: v[3] ?? UNKNOWN_DIM, projection: 0, kvHeads: k[1] ?? UNKNOWN_DIM };
  }
  const heads = call.int('q_num_heads', 0);
  const kvHeads = call.int('kv_num_heads', heads);
  if (q.length !== 3 || heads < 1 || kvHeads < 1) return call.fail('its inputs have neither four dimensions nor a number of heads');
  return {
    batch: q[0]!, heads, queries: q[1]!, keys: add(k[1] ?? UNKNOWN_DIM, past), qkWidth: divided(q[2]!, heads), vWidth: divided(v[2] ?? UNKNOWN_DIM, kvHeads), projection: 0, kvHeads,
  };
}

/** Inputs with the keys and values of earlier calls, whose lengths come on top; of those that hold both, the first axis tells which. */
const PAST: Readonly<Record<string, number>> = {
  Attention: 4, QAttention: 8, DecoderMaskedSelfAttention: 4, MultiHeadAttention: 6, DecoderMaskedMultiHeadAttention: 5, GroupQueryAttention: 3, SparseAttention: 3,
};

/** com.microsoft Attention and its relatives: X [B, L, hidden] × W [hidden, 3 × width], split into heads. */
export function fusedAttention(call: Call): AttentionCore | null {
  const x = call.shape(0);
  const weight = call.shape(1);
  if (x === null || weight === null) return null;
  const heads = call.int('num_heads', 0);
  const [batch, queries, hidden] = x;
  if (batch === undefined || queries === undefined || hidden === undefined || heads < 1) return call.fail('its input does not have three dimensions or its number of heads is missing');
  const sizes = call.ints('qkv_hidden_sizes');
  const width = sizes?.[0] ?? divided(weight[1] ?? UNKNOWN_DIM, 3);
  const past = call.value(PAST[call.op] ?? 4)?.shape?.[3] ?? 0;
  return {
    batch, heads, queries, keys: add(queries, past), qkWidth: divided(width, heads), vWidth: divided(sizes?.[2] ?? width, heads), projection: hidden, kvHeads: heads,
  };
}

/** com.microsoft MultiHeadAttention, GroupQueryAttention and their relatives: Q [B, L, heads × d], K and V the same or with heads apart. */
export function multiHeadAttention(call: Call): AttentionCore | null {
  const q = call.shape(0);
  if (q === null) return null;
  const heads = call.int('num_heads', 0);
  const kvHeads = call.int('kv_num_heads', heads);
  const [batch, queries, width] = q;
  if (batch === undefined || queries === undefined || width === undefined || heads < 1 || kvHeads < 1) return call.fail('its query does not have three dimensions or its number of heads is missing');
  const grouped = call.op === 'GroupQueryAttention' || call.op === 'SparseAttention';
  const past = call.value(PAST[call.op] ?? 6)?.shape?.[2] ?? 0;
  // Its caches have room for all tokens from the start, and are written in place.
  const total = (added: Dim): Dim => (call.op === 'SparseAttention' ? past : add(added, past));
  if (!call.has(1)) {
    // Q, K and V packed into one input.
    const packed = q.length === 5 ? q[4]! : divided(width, grouped ? heads + 2 * kvHeads : 3 * heads);
    return { batch, heads, queries, keys: total(queries), qkWidth: packed, vWidth: packed, projection: 0, kvHeads };
  }
  const k = call.shape(1);
  const v = call.has(2) ? call.shape(2) : k;
  if (k === null || v === null) return null;
  const apart = k.length === 4;
  const keys = apart ? k[2]! : (k[1] ?? UNKNOWN_DIM);
  const vWidth = v.length === 4 ? v[3]! : divided(v[2] ?? UNKNOWN_DIM, kvHeads);
  return { batch, heads, queries, keys: total(keys), qkWidth: divided(width, heads), vWidth, projection: 0, kvHeads };
}

/**
 * com.microsoft PackedAttention and PackedMultiHeadAttention: tokens [T, width] of several sequences, whose offsets [B, L]
 * tell how many there are. Every sequence counts as L long.
 */
function packedAttention(call: Call): AttentionCore | null {
  const projects = call.op === 'PackedAttention';
  const x = call.shape(0);
  const offsets = call.shape(projects ? 3 : 4);
  const heads = call.int('num_heads', 0);
  if (x === null || offsets === null) return null;
  const [batch, length] = offsets;
  if (batch === undefined || length === undefined || heads < 1) return call.fail('its token offsets do not have two dimensions or its number of heads is missing');
  const sizes = call.ints('qkv_hidden_sizes');
  const width = projects ? (sizes?.[0] ?? divided(call.shape(1)?.[1] ?? UNKNOWN_DIM, 3)) : x.length === 4 ? multiply(x[1]!, x[3]!) : (x[1] ?? UNKNOWN_DIM);
  const vWidth = projects ? (sizes?.[2] ?? width) : call.has(2) ? (call.shape(2)?.[1] ?? UNKNOWN_DIM) : width;
  return {
    batch, heads, queries: length, keys: length, qkWidth: divided(width, heads), vWidth: divided(vWidth, heads), projection: projects ? (x[1] ?? UNKNOWN_DIM) : 0, kvHeads: heads,
  };
}

/**
 * com.microsoft PagedAttention: the tokens of all sequences, Q, K and V apart or side by side, and a cache of blocks [blocks,
 * block size, kv heads, width]. Every token counts with as many keys as the table of blocks [batch, most blocks] gives a sequence.
 */
function pagedCore(call: Call): AttentionCore | null {
  const [q, cache, table] = [call.shape(0), call.shape(3), call.shape(7)];
  const heads = call.int('num_heads', 0);
  const kvHeads = call.int('kv_num_heads', heads);
  if (q === null || cache === null || table === null) return null;
  const [tokens, width] = q;
  if (tokens === undefined || width === undefined || heads < 1 || kvHeads < 1) return call.fail('its query does not have two dimensions or its number of heads is missing');
  const own = divided(width, call.has(1) ? heads : heads + 2 * kvHeads);
  const narrow = call.int('v_head_size', 0);
  return { batch: 1, heads, queries: tokens, keys: multiply(table[1] ?? UNKNOWN_DIM, cache[1] ?? UNKNOWN_DIM), qkWidth: own, vWidth: narrow > 0 ? narrow : own, projection: 0, kvHeads };
}

const CORES: Readonly<Record<string, (call: Call) => AttentionCore | null>> = {
  FlexAttention: standardAttention,
  MultiHeadAttention: multiHeadAttention,
  DecoderMaskedMultiHeadAttention: multiHeadAttention,
  GroupQueryAttention: multiHeadAttention,
  SparseAttention: multiHeadAttention,
  QAttention: fusedAttention,
  DecoderMaskedSelfAttention: fusedAttention,
  PackedAttention: packedAttention,
  PackedMultiHeadAttention: packedAttention,
  PagedAttention: pagedCore,
};

/** The core of any operator of the family. `Attention` means different things in the two domains. */
export function attentionCore(call: Call): AttentionCore | null {
  const core = CORES[call.op] ?? (call.step.node.domain === 'com.microsoft' ? fusedAttention : standardAttention);
  return core(call);
}

const attention: ShapeRule = (call) => {
  const core = attentionCore(call);
  if (core === null) return null;
  const { batch, heads, kvHeads, queries, keys, qkWidth, vWidth } = core;
  const apart = call.step.node.domain !== 'com.microsoft' && call.shape(0)?.length === 4;
  const output: Dims = apart ? [batch, heads, queries, vWidth] : [batch, queries, multiply(heads, vWidth)];
  return [output, [batch, kvHeads, keys, qkWidth], [batch, kvHeads, keys, vWidth], [batch, heads, queries, keys]];
};

/** The keys and values of all calls so far come out as one tensor. */
const projectedAttention: ShapeRule = (call) => {
  const core = fusedAttention(call);
  if (core === null) return null;
  const { batch, heads, queries, keys, qkWidth, vWidth } = core;
  return [[batch, queries, multiply(heads, vWidth)], [2, batch, heads, keys, qkWidth]];
};

const eitherAttention: ShapeRule = (call) => (call.step.node.domain === 'com.microsoft' ? projectedAttention(call) : attention(call));

/** The angles come first, then query and key with their rotated copies. */
const rotated: ShapeRule = (call) => {
  const q = call.shape(1);
  const k = call.shape(3);
  return q && k && [q, k];
};

export const attentionShapes: ShapeRules = {
  Attention: eitherAttention,
  FlexAttention: attention,
  MultiHeadAttention: attention,
  DecoderMaskedMultiHeadAttention: attention,
  GroupQueryAttention: attention,
  SparseAttention: attention,
  QAttention: projectedAttention,
  DecoderMaskedSelfAttention: projectedAttention,
  RotaryEmbedding: sameAsInput,
  GemmaRotaryEmbedding: rotated,
};
