import { NibbleError } from '../errors';
import type { Granularity } from './scheme';

/**
 * How the values of a tensor, in storage order, fall into groups that share a scale. Every granularity is one shape:
 * `outer` units, each of `axis` rows, each of `inner` adjacent values. A group is `block` consecutive rows at one
 * inner position; the last block of a unit is shorter where `block` does not divide `axis`.
 *
 *     tensor                 1 unit,  N rows of 1, block N
 *     channel, first axis    D units, N/D rows of 1, block N/D
 *     channel, last axis     1 unit,  N/D rows of D, block N/D
 *     channel, middle axis   `cyclic`: every unit holds a run of each channel, and they share groups
 *     block, last axis       runs of `block` values
 *     block, other axis      slabs of `block` rows
 */
export interface GroupLayout {
  readonly outer: number;
  readonly axis: number;
  readonly inner: number;
  readonly block: number;
  /** True: all units use the same groups. Only with inner 1. */
  readonly cyclic: boolean;
  /** Number of groups. */
  readonly groups: number;
  /** Shape of the scale tensor as DequantizeLinear wants it; [] for one scale. */
  readonly scaleDims: readonly number[];
  /** DequantizeLinear's `axis`; null for one scale, which has no block size either. */
  readonly quantizedAxis: number | null;
}

/** A tensor's shape and the axes that its operator gives to channels and to blocks. */
export interface GroupedTensor {
  readonly dims: readonly number[];
  readonly channelAxis: number;
  readonly blockAxis: number;
}

const product = (values: readonly number[]): number => values.reduce((total, value) => total * value, 1);

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return product(dims);
}

/** Blocks in one unit. */
export function blocksPerUnit({ axis, block }: Pick<GroupLayout, 'axis' | 'block'>): number {
  return block === 0 ? 0 : Math.ceil(axis / block);
}

/** Groups that start in each unit. */
export function groupsPerUnit(layout: GroupLayout): number {
  return blocksPerUnit(layout) * layout.inner;
}

/** Throws `invalid-argument` for an axis that the tensor does not have and for a block that is no positive integer. */
export function layoutOf({ dims, channelAxis, blockAxis }: GroupedTensor, granularity: Granularity): GroupLayout {
  const elements = product(dims);
  if (granularity === 'tensor') {
    return { outer: 1, axis: elements, inner: 1, block: elements, cyclic: false, groups: 1, scaleDims: [], quantizedAxis: null };
  }
  const quantizedAxis = granularity === 'channel' ? channelAxis : blockAxis;
  if (!Number.isInteger(quantizedAxis) || quantizedAxis < 0 || quantizedAxis >= dims.length) {
    throw new NibbleError('invalid-argument', `A tensor of ${dims.length} dimensions has no axis ${quantizedAxis}; quantize it per tensor.`);
  }
  const outer = product(dims.slice(0, quantizedAxis));
  const axis = dims[quantizedAxis]!;
  const inner = product(dims.slice(quantizedAxis + 1));
  if (granularity === 'channel') {
    const common = { groups: axis, scaleDims: [axis], quantizedAxis };
    if (outer === 1) return { outer: axis, axis: inner, inner: 1, block: inner, cyclic: false, ...common };
    if (inner === 1) return { outer: 1, axis: outer, inner: axis, block: outer, cyclic: false, ...common };
    return { outer, axis: axis * inner, inner: 1, block: inner, cyclic: true, ...common };
  }
  const { block } = granularity;
  if (!Number.isInteger(block) || block < 1) throw new NibbleError('invalid-argument', `A block holds a positive number of values, not ${block}.`);
  const blocks = Math.ceil(axis / block);
  // ONNX Runtime takes a scale of shape [1] for one scale of the whole tensor and then refuses a block size.
  if (dims.length === 1 && blocks <= 1) return layoutOf({ dims, channelAxis, blockAxis }, 'tensor');
  const scaleDims = dims.map((dim, index) => (index === quantizedAxis ? blocks : dim));
  const common = { inner, cyclic: false, groups: product(scaleDims), scaleDims, quantizedAxis };
  // Blocks that fill the axis exactly are units themselves, so that work can be divided between any two of them.
  if (axis % block === 0) return { outer: outer * blocks, axis: block, block, ...common };
  return { outer, axis, block, ...common };
}

/** The group of the value at `index`, in storage order. The definition; loops go by units instead. */
export function groupAt(layout: GroupLayout, index: number): number {
  const { axis, inner, block, cyclic } = layout;
  const unit = Math.floor(index / (axis * inner));
  const row = Math.floor(index / inner) % axis;
  const first = cyclic ? 0 : unit * blocksPerUnit(layout) * inner;
  return first + Math.floor(row / block) * inner + (index % inner);
}
