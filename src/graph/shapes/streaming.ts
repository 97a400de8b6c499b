import type { Call } from '../call';
import type { Dim } from '../dim';
import { divideExactly, floorDivide, multiply, subtract } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';

/** Extents of an attention whose keys and values are summed up in a state [batch, kvHeads, keyWidth, valueWidth]. */
export interface LinearAttentionCore {
  readonly batch: Dim;
  readonly steps: Dim;
  readonly heads: number;
  readonly kvHeads: number;
  readonly keyWidth: Dim;
  readonly valueWidth: Dim;
}

/** Query [B, T, heads × dk], key and value [B, T, kv heads × d]; null (and remembered) when they do not fit. */
export function linearAttentionCore(call: Call): LinearAttentionCore | null {
  const [q, v] = [call.shape(0), call.shape(2)];
  const heads = call.int('q_num_heads', 0);
  const kvHeads = call.int('kv_num_heads', heads);
  if (q === null || v === null) return null;
  if (q.length !== 3 || v.length !== 3 || heads < 1 || kvHeads < 1) return call.fail('its inputs do not have three dimensions or its number of heads is missing');
  const width = (extent: Dim, count: number): Dim => divideExactly(extent, count) ?? floorDivide(extent, count);
  return { batch: q[0]!, steps: q[1]!, heads, kvHeads, keyWidth: width(q[2]!, heads), valueWidth: width(v[2]!, kvHeads) };
}

/** With a window the states after each of the last so many steps are kept, too. */
const windowed = (call: Call, state: Dims): Dims => (call.int('state_window', 0) > 0 ? [call.int('state_window', 0), ...state] : state);

const linearAttention: ShapeRule = (call) => {
  const core = linearAttentionCore(call);
  if (core === null) return null;
  const { batch, steps, heads, kvHeads, keyWidth, valueWidth } = core;
  return [[batch, steps, multiply(Math.max(heads, kvHeads), valueWidth)], windowed(call, [batch, kvHeads, keyWidth, valueWidth])];
};

/** X [B, C, …, L] with a kernel [C, 1, …, k] along the last axis: Y like X, and the (k − 1) × dilation values before it. */
const causalConvolution: ShapeRule = (call) => {
  const x = call.shape(0);
  const weight = call.shape(1);
  if (x === null || weight === null) return null;
  const kept = multiply(subtract(weight.at(-1) ?? 1, 1), call.int('dilation', 1));
  const last = call.int('channels_last', 0) === 0 ? x.length - 1 : x.length - 2;
  return [x, windowed(call, x.map((extent, axis) => (axis === last ? kept : extent)))];
};

/** Operators that carry a state from one step to the next. */
export const streamingShapes: ShapeRules = { LinearAttention: linearAttention, CausalConvWithState: causalConvolution };
