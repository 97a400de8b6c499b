import type { DataType } from '../../onnx/dtypes';
import { bitsPerElement } from '../../onnx/dtypes';
import type { Chunk, Span } from '../chunks';
import type { Coding } from '../coding';
import type { GroupParameters, GroupRanges, ScaleType } from '../parameters';
import type { ErrorSums } from '../reference';
import { scaleTypeOf } from '../storage';
import type { CodeWriter } from './codeWriter';
import type { Kernels } from './kernels';

/** A stored tensor, as the passes see it. */
export interface TensorInput {
  readonly dataType: DataType;
  /** Fills `target` with the tensor's bytes from `offset`. */
  readonly readInto: (target: Uint8Array, offset: number) => void;
}

/** Called before every chunk; throws when the work is to stop. */
export type Checkpoint = () => void;

/** Ranges of a span's groups, and sums over its values. */
export interface SpanRanges extends GroupRanges {
  readonly signal: number;
  /** See `RangeSums`. */
  readonly magnitudeBits: number;
}

/** A coding with the parameters of a span's groups. */
export interface Candidate {
  readonly coding: Coding;
  readonly parameters: GroupParameters;
}

export const NO_ERROR: ErrorSums = { noise: 0, maxError: 0 };

export function addErrors(a: ErrorSums, b: ErrorSums): ErrorSums {
  return { noise: a.noise + b.noise, maxError: Math.max(a.maxError, b.maxError) };
}

/** Loops over the chunks of a span, each a pass over the stored values. A chunk that is still loaded is not read again. */
export class Passes {
  readonly scaleType: ScaleType;
  private readonly elementBytes: number;
  private loadedOffset = -1;
  private loadedElements = 0;

  constructor(
    readonly kernels: Kernels,
    private readonly input: TensorInput,
    private readonly checkpoint: Checkpoint,
  ) {
    this.scaleType = scaleTypeOf(input.dataType);
    this.elementBytes = bitsPerElement(input.dataType) / 8;
  }

  load(offset: number, elements: number): void {
    this.checkpoint();
    if (offset === this.loadedOffset && elements === this.loadedElements) return;
    // Not loaded if reading fails half-way.
    this.loadedOffset = -1;
    this.input.readInto(this.kernels.loadBuffer(this.input.dataType, elements * this.elementBytes), offset * this.elementBytes);
    this.kernels.loaded(this.input.dataType, elements);
    this.loadedOffset = offset;
    this.loadedElements = elements;
  }

  /** @param empty the range of a group without values: [0, 0] for quantization, [∞, −∞] for the values' own extremes. */
  ranges({ chunks, firstGroup, groups }: Span, empty: { readonly low: number; readonly high: number } = { low: 0, high: 0 }): SpanRanges {
    const ranges = { low: new Float32Array(groups).fill(empty.low), high: new Float32Array(groups).fill(empty.high) };
    let signal = 0;
    let magnitudeBits = 0;
    for (const chunk of chunks) {
      this.load(chunk.offset, chunk.elements);
      const sums = this.kernels.ranges(chunk, ranges, firstGroup);
      signal += sums.signal;
      magnitudeBits = Math.max(magnitudeBits, sums.magnitudeBits);
    }
    return { ...ranges, signal, magnitudeBits };
  }

  /** For every candidate, Σ (x − x̂)² of each group. */
  noises({ chunks, firstGroup, groups }: Span, candidates: readonly Candidate[]): Float64Array[] {
    const noises = candidates.map(() => new Float64Array(groups));
    this.each(chunks, (chunk) => {
      candidates.forEach(({ coding, parameters }, index) => {
        this.kernels.addNoises(chunk, parameters, firstGroup, coding, this.scaleType, noises[index]!);
      });
    });
    return noises;
  }

  /** For every candidate, its errors. `done` is told how many elements are finished. */
  measure({ chunks, firstGroup }: Span, candidates: readonly Candidate[], done: (elements: number) => void): ErrorSums[] {
    const sums = candidates.map(() => NO_ERROR);
    this.each(chunks, (chunk) => {
      candidates.forEach(({ coding, parameters }, index) => {
        sums[index] = addErrors(sums[index]!, this.kernels.measure(chunk, parameters, firstGroup, coding, this.scaleType));
      });
      done(chunk.elements);
    });
    return sums;
  }

  /** Writes the codes and returns the errors. */
  quantize({ chunks, firstGroup }: Span, { coding, parameters }: Candidate, writer: CodeWriter, done: (elements: number) => void): ErrorSums {
    let sums = NO_ERROR;
    this.each(chunks, (chunk) => {
      sums = addErrors(sums, this.kernels.quantize(chunk, parameters, firstGroup, coding, this.scaleType, writer.keptCount));
      writer.append(chunk.elements);
      done(chunk.elements);
    });
    return sums;
  }

  /** Runs `work` on every chunk, loaded. */
  each(chunks: readonly Chunk[], work: (chunk: Chunk) => void): void {
    for (const chunk of chunks) {
      this.load(chunk.offset, chunk.elements);
      work(chunk);
    }
  }
}
