import type { DataType } from '../../onnx/dtypes';
import type { Chunk } from '../chunks';
import type { Coding } from '../coding';
import { codeLimits, scaleLimits } from '../coding';
import type { GroupParameters, GroupRanges, ScaleType } from '../parameters';
import { middleCode } from '../parameters';
import type { ErrorSums } from '../reference';
import type { WeightBits } from '../scheme';
import type { ValueSums } from '../statistics';
import type { KernelExports, Mapping, Pointer, Shape } from './exports';

/** Vector loops read and write up to the next multiple of 16 elements. */
const PADDING = 64;

/** Most bins that a histogram can have. */
const MAX_BINS = 1024;

const PAGE = 65536;

/** Where the buffers start. The order of the fields is their order in memory. */
interface Buffers {
  /** Elements as the file has them, where they are not float32. */
  readonly raw: Pointer;
  readonly values: Pointer;
  /** Codes, float16 values, errors or the noise of groups. */
  readonly output: Pointer;
  readonly low: Pointer;
  readonly high: Pointer;
  readonly scales: Pointer;
  readonly zeroPoints: Pointer;
  readonly counts: Pointer;
}

/** Σ x² and the largest magnitude as float32 bits (0x7f800000 and above: an infinity or NaN is among the values). */
export interface RangeSums {
  readonly signal: number;
  readonly magnitudeBits: number;
}

/**
 * The SIMD kernels with their memory: buffers for one chunk of at most `capacity` elements and for its groups. One
 * instance belongs to one thread; 36 bytes for each element of capacity. Group arrays of callers hold all groups of a span; `base` is the span's first group.
 */
export class Kernels {
  private readonly call: KernelExports;
  private readonly at: Buffers;
  private readonly bytes: Uint8Array;
  private readonly floats: Float32Array;
  private readonly integers: Int32Array;

  /** @param capacity elements; a multiple of 16. */
  constructor(
    module: WebAssembly.Module,
    readonly capacity: number,
  ) {
    // The module has no imports but `abort`, which is never called: the kernels do not allocate.
    const instance = new WebAssembly.Instance(module, { env: { abort: () => undefined } });
    this.call = instance.exports as unknown as KernelExports;
    const start = Math.ceil(this.call.heapBase() / PADDING) * PADDING;
    this.at = placeBuffers(start, capacity);
    const end = this.at.counts + 4 * MAX_BINS;
    const { memory } = this.call;
    memory.grow(Math.max(0, Math.ceil((end - memory.buffer.byteLength) / PAGE)));
    this.bytes = new Uint8Array(memory.buffer);
    this.floats = new Float32Array(memory.buffer);
    this.integers = new Int32Array(memory.buffer);
  }

  /** Where to put `byteLength` bytes of elements of a type before `loaded`. */
  loadBuffer(dataType: DataType, byteLength: number): Uint8Array {
    const start = dataType === 'float' ? this.at.values : this.at.raw;
    return this.bytes.subarray(start, start + byteLength);
  }

  /** Converts what was put into `loadBuffer` to float32. */
  loaded(dataType: DataType, elements: number): void {
    if (dataType === 'float16') this.call.fromFloat16(this.at.raw, elements, this.at.values);
    else if (dataType === 'bfloat16') this.call.fromBfloat16(this.at.raw, elements, this.at.values);
    else if (dataType === 'double') this.call.fromDouble(this.at.raw, elements, this.at.values);
  }

  /** Widens the ranges of the chunk's groups by its values. */
  ranges(chunk: Chunk, { low, high }: GroupRanges, base: number): RangeSums {
    const first = chunk.firstGroup - base;
    const last = first + chunk.groups;
    this.floats.set(low.subarray(first, last), this.at.low >> 2);
    this.floats.set(high.subarray(first, last), this.at.high >> 2);
    this.call.clearRanges();
    this.call.ranges(...this.shapeOf(chunk), this.at.low, this.at.high);
    low.set(this.floatsAt(this.at.low, chunk.groups), first);
    high.set(this.floatsAt(this.at.high, chunk.groups), first);
    return { signal: this.call.signal.value, magnitudeBits: this.call.magnitude.value };
  }

  /** `groupParameters` of the reference. */
  parameters({ low, high }: GroupRanges, coding: Coding, scaleType: ScaleType): GroupParameters {
    const groups = low.length;
    const scales = new Float32Array(groups);
    const zeroPoints = new Int32Array(groups);
    const { lowest, highest } = scaleLimits(coding);
    for (let first = 0; first < groups; first += this.capacity) {
      const count = Math.min(this.capacity, groups - first);
      this.floats.set(low.subarray(first, first + count), this.at.low >> 2);
      this.floats.set(high.subarray(first, first + count), this.at.high >> 2);
      const { at } = this;
      const half = Number(scaleType === 'float16');
      this.call.parameters(at.low, at.high, count, lowest, highest, Number(coding.symmetric), middleCode(coding), half, at.scales, at.zeroPoints);
      scales.set(this.floatsAt(at.scales, count), first);
      zeroPoints.set(this.integers.subarray(at.zeroPoints >> 2, (at.zeroPoints >> 2) + count), first);
    }
    return { scales, zeroPoints };
  }

  /** Errors of the chunk. */
  measure(chunk: Chunk, parameters: GroupParameters, base: number, coding: Coding, scaleType: ScaleType): ErrorSums {
    const mapping = this.map(chunk, parameters, base, coding, scaleType);
    this.call.clearErrors();
    this.call.measure(...this.shapeOf(chunk), ...mapping);
    return this.errorSums();
  }

  /** Adds Σ (x − x̂)² of each of the chunk's groups to `noises`. */
  addNoises(chunk: Chunk, parameters: GroupParameters, base: number, coding: Coding, scaleType: ScaleType, noises: Float64Array): void {
    const first = chunk.firstGroup - base;
    const mapping = this.map(chunk, parameters, base, coding, scaleType);
    const buffer = new Float64Array(this.bytes.buffer, this.at.output, chunk.groups);
    buffer.set(noises.subarray(first, first + chunk.groups));
    this.call.clearErrors();
    this.call.groupNoises(...this.shapeOf(chunk), ...mapping, this.at.output);
    noises.set(buffer, first);
  }

  /** Errors of the chunk; its codes are written behind the first `kept` codes in the output, unpacked. */
  quantize(chunk: Chunk, parameters: GroupParameters, base: number, coding: Coding, scaleType: ScaleType, kept: number): ErrorSums {
    const mapping = this.map(chunk, parameters, base, coding, scaleType);
    this.call.clearErrors();
    if (coding.bits === 16) this.call.quantizeToShorts(...this.shapeOf(chunk), ...mapping, this.at.output + 2 * kept);
    else this.call.quantizeToBytes(...this.shapeOf(chunk), ...mapping, this.at.output + kept);
    return this.errorSums();
  }

  /** Puts x − x̂ of each value of the chunk into the output. */
  errors(chunk: Chunk, parameters: GroupParameters, base: number, coding: Coding, scaleType: ScaleType): void {
    this.call.errorsOf(...this.shapeOf(chunk), ...this.map(chunk, parameters, base, coding, scaleType), this.at.output);
  }

  /** Puts x − x̂ of each value into the output, where x̂ is the nearest float16. */
  halfErrors(elements: number): void {
    this.call.halfErrorsOf(this.at.values, elements, this.at.output);
  }

  /** The output as bytes. The view is good until the next call. */
  output(byteLength: number): Uint8Array {
    return this.bytes.subarray(this.at.output, this.at.output + byteLength);
  }

  /** Packs the first `count` codes in the output where they are. */
  pack(bits: WeightBits, count: number): void {
    if (bits === 4) this.call.packNibbles(this.at.output, count, this.at.output);
    else if (bits === 2) this.call.packCrumbs(this.at.output, count, this.at.output);
  }

  /** Puts the float16 of each value into the output and returns the errors. */
  halve(elements: number): ErrorSums {
    // The kernel takes whole vectors: what lies behind the values must not count.
    this.floats.fill(0, (this.at.values >> 2) + elements, (this.at.values >> 2) + elements + 3);
    this.call.clearErrors();
    this.call.quantizeToHalves(this.at.values, elements, this.at.output);
    return this.errorSums();
  }

  /** Sums over the loaded values. */
  sums(elements: number): ValueSums {
    this.call.clearStatistics();
    this.call.statistics(this.at.values, elements);
    const { zeros, nonFinite, sum, squares, low, high } = this.call;
    return { elements, zeros: zeros.value, nonFinite: nonFinite.value, sum: sum.value, squares: squares.value, low: low.value, high: high.value };
  }

  /** Adds the loaded values, or the errors that the last call put into the output, to a histogram of at most 1024 bins. */
  addToHistogram(what: 'values' | 'errors', elements: number, low: number, high: number, counts: Float64Array): void {
    const first = this.at.counts >> 2;
    const buffer = this.integers.subarray(first, first + counts.length);
    buffer.fill(0);
    this.call.histogram(what === 'values' ? this.at.values : this.at.output, elements, low, high, counts.length, this.at.counts);
    buffer.forEach((count, bin) => (counts[bin]! += count));
  }

  private map(chunk: Chunk, { scales, zeroPoints }: GroupParameters, base: number, coding: Coding, scaleType: ScaleType): Mapping {
    const first = chunk.firstGroup - base;
    const last = first + chunk.groups;
    this.floats.set(scales.subarray(first, last), this.at.scales >> 2);
    this.integers.set(zeroPoints.subarray(first, last), this.at.zeroPoints >> 2);
    const { lowest, highest } = codeLimits(coding);
    return [this.at.scales, this.at.zeroPoints, lowest, highest, Number(scaleType === 'float16')];
  }

  private shapeOf({ outer, axis, inner, block, cyclic }: Chunk): Shape {
    return [this.at.values, outer, axis, inner, block, Number(cyclic)];
  }

  private errorSums(): ErrorSums {
    return { noise: this.call.noise.value, maxError: this.call.maxError.value };
  }

  private floatsAt(pointer: Pointer, count: number): Float32Array {
    return this.floats.subarray(pointer >> 2, (pointer >> 2) + count);
  }
}

function placeBuffers(start: Pointer, capacity: number): Buffers {
  let next = start;
  const place = (bytesPerElement: number): Pointer => {
    const pointer = next;
    next += capacity * bytesPerElement + PADDING;
    return pointer;
  };
  return { raw: place(8), values: place(4), output: place(8), low: place(4), high: place(4), scales: place(4), zeroPoints: place(4), counts: place(0) };
}
