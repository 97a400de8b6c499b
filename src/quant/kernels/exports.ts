/** An address in the kernels' memory. */
export type Pointer = number;

/** Where a chunk's values are, and its shape. */
export type Shape = [values: Pointer, outer: number, axis: number, inner: number, block: number, cyclic: number];

/** How its values map to codes. */
export type Mapping = [scales: Pointer, zeroPoints: Pointer, lowest: number, highest: number, half: number];

/** What `assembly/index.ts` exports. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  heapBase(): Pointer;
  fromFloat16(from: Pointer, count: number, to: Pointer): void;
  fromBfloat16(from: Pointer, count: number, to: Pointer): void;
  fromDouble(from: Pointer, count: number, to: Pointer): void;
  ranges(...args: [...Shape, low: Pointer, high: Pointer]): void;
  clearRanges(): void;
  readonly signal: WebAssembly.Global<'f64'>;
  readonly magnitude: WebAssembly.Global<'i32'>;
  parameters(low: Pointer, high: Pointer, groups: number, lowest: number, highest: number, symmetric: number, middle: number, half: number, scales: Pointer, zeroPoints: Pointer): void;
  measure(...args: [...Shape, ...Mapping]): void;
  groupNoises(...args: [...Shape, ...Mapping, noises: Pointer]): void;
  quantizeToBytes(...args: [...Shape, ...Mapping, codes: Pointer]): void;
  quantizeToShorts(...args: [...Shape, ...Mapping, codes: Pointer]): void;
  errorsOf(...args: [...Shape, ...Mapping, errors: Pointer]): void;
  quantizeToHalves(values: Pointer, count: number, halves: Pointer): void;
  halfErrorsOf(values: Pointer, count: number, errors: Pointer): void;
  clearErrors(): void;
  readonly noise: WebAssembly.Global<'f64'>;
  readonly maxError: WebAssembly.Global<'f32'>;
  packNibbles(codes: Pointer, count: number, to: Pointer): void;
  packCrumbs(codes: Pointer, count: number, to: Pointer): void;
  statistics(values: Pointer, count: number): void;
  clearStatistics(): void;
  readonly sum: WebAssembly.Global<'f64'>;
  readonly squares: WebAssembly.Global<'f64'>;
  readonly zeros: WebAssembly.Global<'f64'>;
  readonly nonFinite: WebAssembly.Global<'f64'>;
  readonly low: WebAssembly.Global<'f32'>;
  readonly high: WebAssembly.Global<'f32'>;
  histogram(values: Pointer, count: number, low: number, high: number, bins: number, counts: Pointer): void;
}
