import type { Call } from '../call';
import type { Dim } from '../dim';
import { multiply, UNKNOWN_DIM } from '../dim';
import type { Dims } from '../value';
import type { ShapeRule, ShapeRules } from './rule';
import { readWindow, transposedOutput, windowOutput } from './window';

/** Kernel extents: the attribute, else the weight's spatial axes. */
function kernelOf(call: Call, weight: Dims): readonly Dim[] {
  return call.ints('kernel_shape') ?? weight.slice(2);
}

/** Input 0 of an operator on images, wherever it has its channels. */
interface Images {
  readonly batch: Dim;
  readonly channels: Dim;
  readonly spatial: Dims;
}

/** True where the channels are the last axis: NHWC operators, and quantized ones that say so. */
function isChannelsLast(call: Call): boolean {
  return call.op.startsWith('Nhwc') || call.int('channels_last', 0) !== 0;
}

function imagesOf(call: Call): Images | null {
  const x = call.shape(0);
  if (x === null) return null;
  if (x.length < 3) return call.fail('its input does not have three or more dimensions');
  return isChannelsLast(call) ? { batch: x[0]!, channels: x.at(-1)!, spatial: x.slice(1, -1) } : { batch: x[0]!, channels: x[1]!, spatial: x.slice(2) };
}

function layOut(call: Call, { batch, channels, spatial }: Images): Dims {
  return isChannelsLast(call) ? [batch, ...spatial, channels] : [batch, channels, ...spatial];
}

/** X [N, C, …], W [M, C/g, k…] at input `weightInput` → [N, M, …]. */
function convolution(weightInput: number): ShapeRule {
  return (call) => {
    const images = imagesOf(call);
    const weight = call.shape(weightInput);
    if (images === null || weight === null) return null;
    const { batch, spatial } = images;
    if (weight.length !== spatial.length + 2) return call.fail('its input and weight do not have the same three or more dimensions');
    const window = readWindow(call, kernelOf(call, weight));
    if (window?.kernel.length !== spatial.length) return call.fail('its kernel does not match its number of spatial axes');
    return [layOut(call, { batch, channels: weight[0]!, spatial: windowOutput(spatial, window) })];
  };
}

/** X [N, C, …], W [C, M/g, k…] → [N, M, …]. */
const transposedConvolution: ShapeRule = (call) => {
  const x = call.shape(0);
  const weight = call.shape(1);
  if (x === null || weight === null) return null;
  if (x.length < 3 || weight.length !== x.length) return call.fail('its input and weight do not have the same three or more dimensions');
  const channels = multiply(weight[1]!, call.int('group', 1));
  const given = call.ints('output_shape');
  if (given !== null && given.length >= x.length - 2) return [[x[0]!, channels, ...given.slice(2 - x.length)]];
  const pads = call.op === 'ConvTransposeWithDynamicPads' && call.has(2) ? call.numbers(2) : undefined;
  if (pads === null) return [[x[0]!, channels, ...x.slice(2).map(() => UNKNOWN_DIM)]];
  const window = readWindow(call, kernelOf(call, weight), pads);
  if (window?.kernel.length !== x.length - 2) return call.fail('its kernel does not match its number of spatial axes');
  return [[x[0]!, channels, ...transposedOutput(x.slice(2), window, call.ints('output_padding') ?? [])]];
};

/** X [N, C, …] → [N, C, …]; MaxPool's second output has the same shape. */
const pooling: ShapeRule = (call) => {
  const images = imagesOf(call);
  if (images === null) return null;
  const kernel = call.ints('kernel_shape');
  if (kernel?.length !== images.spatial.length) return call.fail('its kernel does not match its number of spatial axes');
  const window = readWindow(call, kernel);
  if (window === null) return null;
  const shape = layOut(call, { ...images, spatial: windowOutput(images.spatial, window) });
  return [shape, shape];
};

const globalPooling: ShapeRule = (call) => {
  const x = call.shape(0);
  const channels = x !== null && isChannelsLast(call) ? x.length - 1 : 1;
  return x && [x.map((extent, axis) => (axis === 0 || axis === channels ? extent : 1))];
};

/** MaxUnpool: the explicit output_shape input, else the inverse of the pooling. */
const unpooling: ShapeRule = (call) => {
  const x = call.shape(0);
  if (x === null) return null;
  if (call.has(2)) {
    const given = call.elements(2);
    return given && [given];
  }
  const window = readWindow(call, call.ints('kernel_shape') ?? []);
  if (window?.kernel.length !== x.length - 2) return call.fail('its kernel does not match its number of spatial axes');
  return [[x[0]!, x[1]!, ...transposedOutput(x.slice(2), window, [])]];
};

/** X [N, M, …] (from input 0) with a region list [R, …] at input 1 → [R, C, pooled…]. */
const regionPooling: ShapeRule = (call) => {
  const x = call.shape(0);
  const regions = call.shape(1);
  if (x === null || regions === null) return null;
  const [height, width] = call.ints('pooled_shape') ?? [call.int('output_height', 1), call.int('output_width', 1)];
  return [[regions[0] ?? 1, x[1] ?? 1, height ?? 1, width ?? 1]];
};

/** DeformConv has the weight where Conv has it. */
export const convolutionShapes: ShapeRules = {
  Conv: convolution(1),
  FusedConv: convolution(1),
  NhwcConv: convolution(1),
  NhwcFusedConv: convolution(1),
  ConvInteger: convolution(1),
  DeformConv: convolution(1),
  QLinearConv: convolution(3),
  ConvTranspose: transposedConvolution,
  ConvTransposeWithDynamicPads: transposedConvolution,
  MaxPool: pooling,
  AveragePool: pooling,
  LpPool: pooling,
  MaxpoolWithMask: pooling,
  NhwcMaxPool: pooling,
  QLinearAveragePool: pooling,
  GlobalAveragePool: globalPooling,
  GlobalMaxPool: globalPooling,
  GlobalLpPool: globalPooling,
  QLinearGlobalAveragePool: globalPooling,
  MaxUnpool: unpooling,
  MaxRoiPool: regionPooling,
  RoiAlign: regionPooling,
};
