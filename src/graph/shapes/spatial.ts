import type { Call } from '../call';
import type { Dim } from '../dim';
import { floor, multiply, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { resolveAxes } from './rule';

/** Resize takes sizes or scales for all axes or some; before operator set 11 its scales are input 1. */
const resize: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  const axes = resolveAxes(call, call.ints('axes') ?? x.map((_, axis) => axis), x.length);
  if (axes === null) return null;
  const sizesGiven = call.has(3) && call.value(3)?.shape?.[0] !== 0;
  const factors = sizesGiven ? call.elements(3) : scalesOf(call);
  if (factors === null) return [x.map((extent, axis) => (axes.includes(axis) ? UNKNOWN_DIM : extent))];
  if (factors.length !== axes.length) return call.fail('its sizes or scales do not have one entry for each axis');
  return [x.map((extent, axis) => {
    const at = axes.indexOf(axis);
    if (at < 0) return extent;
    return sizesGiven ? keptAspect(call, x, axes, factors, at) : scaled(extent, factors[at]!);
  })];
};

/** The extent that `keep_aspect_ratio_policy` makes of the wanted sizes. */
function keptAspect(call: Call, x: Dims, axes: readonly number[], sizes: Dims, at: number): Dim {
  const policy = call.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return sizes[at]!;
  const ratios = axes.map((axis, index) => {
    const [size, extent] = [sizes[index]!, x[axis]!];
    return typeof size === 'number' && typeof extent === 'number' && extent > 0 ? size / extent : Number.NaN;
  });
  const ratio = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  const extent = x[axes[at]!]!;
  return typeof extent === 'number' && !Number.isNaN(ratio) ? Math.floor(extent * ratio + 0.5) : UNKNOWN_DIM;
}

function scalesOf(call: Call): Dims | null {
  return call.floats('scales') ?? call.elements(call.op === 'Upsample' || call.inputs.length === 2 ? 1 : 2);
}

/** floor(extent × scale), the product taken in float32 as runtimes do. */
function scaled(extent: Dim, scale: Dim): Dim {
  if (typeof extent === 'number' && typeof scale === 'number') return Math.floor(Math.fround(extent * Math.fround(scale)));
  return floor(multiply(extent, scale));
}

/** X [N, C, spatial…] sampled at grid [N, spatial out…, rank] → [N, C, spatial out…]. */
const gridSample: ShapeRule = (call) => {
  const x = call.shape(0);
  const grid = call.shape(1);
  if (x === null || grid === null) return null;
  return [[x[0] ?? 1, x[1] ?? 1, ...grid.slice(1, -1)]];
};

/** theta [N, 2, 3] or [N, 3, 4] and size [N, C, spatial…] → [N, spatial…, 2 or 3]. */
const affineGrid: ShapeRule = (call) => {
  const size = call.elements(1);
  return size && [[size[0] ?? 1, ...size.slice(2), size.length - 2]];
};

const centerCropPad: ShapeRule = (call) => {
  const x = call.shape(0);
  const wanted = call.elements(1);
  if (x === null || wanted === null) return null;
  const axes = resolveAxes(call, call.ints('axes') ?? x.map((_, axis) => axis), x.length);
  return axes && [x.map((extent, axis) => (axes.includes(axis) ? (wanted[axes.indexOf(axis)] ?? UNKNOWN_DIM) : extent))];
};

export const spatialShapes: ShapeRules = {
  Resize: resize,
  Upsample: resize,
  GridSample: gridSample,
  AffineGrid: affineGrid,
  CenterCropPad: centerCropPad,
};
