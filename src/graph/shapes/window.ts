import type { Call } from '../call';
import { add, ceilDivide, floorDivide, multiply, subtract } from '../dim';
import type { Dim } from '../dim';
import type { Dims } from '../value';

/** What a sliding window does along each spatial axis. */
export interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin pads, then end pads; null where `auto_pad` decides. */
  readonly pads: readonly number[] | null;
  readonly autoPad: string;
  readonly ceilMode: boolean;
}

/** Reads the window's attributes; null (and remembered) when their lengths do not fit `kernel`. `given`: pads that are an input instead. */
export function readWindow(call: Call, kernel: readonly Dim[], given?: readonly number[]): Window | null {
  const axes = kernel.length;
  const strides = call.ints('strides') ?? kernel.map(() => 1);
  const dilations = call.ints('dilations') ?? kernel.map(() => 1);
  const autoPad = call.text('auto_pad', 'NOTSET');
  const explicit = autoPad === 'NOTSET' || autoPad === '';
  const pads = explicit ? (given ?? call.ints('pads') ?? new Array<number>(2 * axes).fill(0)) : null;
  if (strides.length !== axes || dilations.length !== axes || (pads !== null && pads.length !== 2 * axes)) {
    return call.fail('strides, dilations or pads do not match its number of spatial axes');
  }
  if (strides.some((stride) => stride < 1) || dilations.some((dilation) => dilation < 1)) return call.fail('a stride or dilation is below 1');
  return { kernel, strides, dilations, pads, autoPad, ceilMode: call.int('ceil_mode', 0) !== 0 };
}

/** Input positions that a dilated kernel spans. */
function reach(kernel: Dim, dilation: number): Dim {
  return add(multiply(subtract(kernel, 1), dilation), 1);
}

/**
 * Positions of the window along each axis: floor((in + pads − reach) / stride) + 1 (ceil with `ceil_mode`, less a last
 * window that would start in the end padding); with SAME padding ceil(in / stride).
 */
export function windowOutput(input: Dims, window: Window): Dims {
  return input.map((extent, axis) => {
    const stride = window.strides[axis]!;
    if (window.autoPad.startsWith('SAME')) return ceilDivide(extent, stride);
    const begin = window.pads?.[axis] ?? 0;
    const end = window.pads?.[axis + input.length] ?? 0;
    const span = subtract(add(extent, begin + end), reach(window.kernel[axis]!, window.dilations[axis]!));
    if (!window.ceilMode) return add(floorDivide(span, stride), 1);
    const positions = add(ceilDivide(span, stride), 1);
    if (typeof positions !== 'number' || typeof extent !== 'number') return positions;
    return (positions - 1) * stride >= extent + begin ? positions - 1 : positions;
  });
}

/** Extents of a transposed convolution: (in − 1) × stride + output_padding + reach − pads; with SAME padding in × stride. */
export function transposedOutput(input: Dims, window: Window, outputPadding: readonly number[]): Dims {
  return input.map((extent, axis) => {
    const stride = window.strides[axis]!;
    if (window.autoPad.startsWith('SAME')) return multiply(extent, stride);
    const padded = (window.pads?.[axis] ?? 0) + (window.pads?.[axis + input.length] ?? 0);
    const full = add(multiply(subtract(extent, 1), stride), reach(window.kernel[axis]!, window.dilations[axis]!));
    return add(full, (outputPadding[axis] ?? 0) - padded);
  });
}
