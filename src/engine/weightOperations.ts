import { NibbleError } from '../errors';
import type { StoredNumbersTask, WeightDestination, WeightTask } from '../jobs/ports';
import { packedByteLength } from '../onnx/dtypes';
import type { Span } from '../quant/chunks';
import { spansOf, unitElements } from '../quant/chunks';
import type { Coding } from '../quant/coding';
import type { DifferenceSums } from '../quant/difference';
import { NO_DIFFERENCE, addDifferences, differenceOf, placeIn } from '../quant/difference';
import { CodeWriter } from '../quant/kernels/codeWriter';
import type { Kernels } from '../quant/kernels/kernels';
import type { Candidate, SpanRanges } from '../quant/kernels/passes';
import { NO_ERROR, Passes, addErrors } from '../quant/kernels/passes';
import type { GroupLayout } from '../quant/layout';
import { elementCount, groupsPerUnit, layoutOf } from '../quant/layout';
import { packedBytes } from '../quant/packing';
import type { GroupRanges } from '../quant/parameters';
import { concatRanges } from '../quant/parameters';
import type { ErrorSums } from '../quant/reference';
import { runSearch, settleRanges } from '../quant/settle';
import type { ValueSums } from '../quant/statistics';
import { NO_VALUES, addSums } from '../quant/statistics';
import { scaleTypeOf } from '../quant/storage';
import { decodeValues } from '../quant/storedValues';
import { ParameterWriter } from './parameterWriter';
import type { OpenedDestination } from './weightFiles';
import { openDestination, openSource } from './weightFiles';
import type { ArgumentOf, Bins, ElementPart, ErrorHistogram, SpanPart, SweepResult, UnitPart, WeightOperations } from './weightMessages';

/** What a running operation reports to. */
export interface Watch {
  /** Throws `cancelled` when the call is to stop. Called before every chunk. */
  checkpoint(): void;
  /** Source bytes that are finished. */
  finished(bytes: number): void;
}

interface Writers {
  readonly codes: CodeWriter;
  readonly parameters: ParameterWriter;
}

/** Magnitudes with these float32 bits or more are not finite. */
const INFINITY_BITS = 0x7f800000;

/** The operations of one worker thread, on its own kernels. */
export class WeightWorker implements WeightOperations {
  constructor(
    private readonly kernels: Kernels,
    private readonly watch: Watch,
  ) {}

  sweep({ task, schemes, from, to, into }: ArgumentOf<'sweep'>): SweepResult {
    const layout = layoutOf(task, schemes[0]!.granularity);
    return this.reading(task, (passes) =>
      writing(into, (file) => {
        const writers = file && into ? this.writersFor({ task, from, to }, layout, schemes[0]!, file, into) : null;
        let signal = 0;
        const errors = schemes.map(() => NO_ERROR);
        for (const span of spansOf(layout, from, to, this.kernels.capacity)) {
          const ranges = finiteRanges(passes, span);
          signal += ranges.signal;
          const candidates = schemes.map((scheme) => this.candidate(passes, scheme, this.settle(passes, span, ranges, scheme)));
          const done = this.doneWith(task);
          const sums = writers ? [passes.quantize(span, candidates[0]!, writers.codes, done)] : passes.measure(span, candidates, done);
          sums.forEach((sum, index) => (errors[index] = addErrors(errors[index]!, sum)));
          writers?.parameters.append(candidates[0]!.parameters);
        }
        writers?.codes.finish();
        writers?.parameters.finish();
        return { signal, errors };
      }),
    );
  }

  errorHistogram({ task, scheme, from, to, bins }: ArgumentOf<'errorHistogram'>): ErrorHistogram {
    const layout = layoutOf(task, scheme.granularity);
    const counts = new Float64Array(bins.count);
    let first = { scale: 1, zeroPoint: 0 };
    this.reading(task, (passes) => {
      for (const span of spansOf(layout, from, to, this.kernels.capacity)) {
        const { coding, parameters } = this.candidate(passes, scheme, this.settle(passes, span, finiteRanges(passes, span), scheme));
        if (span.chunks[0]!.offset === from * layout.axis * layout.inner) first = { scale: parameters.scales[0]!, zeroPoint: parameters.zeroPoints[0]! };
        passes.each(span.chunks, (chunk) => {
          this.kernels.errors(chunk, parameters, span.firstGroup, coding, passes.scaleType);
          this.kernels.addToHistogram('errors', chunk.elements, bins.low, bins.high, counts);
        });
      }
    });
    return { counts, first };
  }

  ranges(part: SpanPart): SpanRanges {
    return this.reading(part.task, (passes) => finiteRanges(passes, this.spanOf(part)));
  }

  noises(part: ArgumentOf<'noises'>): Float64Array[] {
    return this.reading(part.task, (passes) => passes.noises(this.spanOf(part), part.candidates.map((ranges) => this.candidate(passes, part.coding, ranges))));
  }

  measure(part: ArgumentOf<'measure'>): ErrorSums[] {
    const { task, settled } = part;
    return this.reading(task, (passes) =>
      passes.measure(this.spanOf(part), settled.map(({ coding, ranges }) => this.candidate(passes, coding, ranges)), this.doneWith(task)),
    );
  }

  quantize(part: ArgumentOf<'quantize'>): ErrorSums {
    const { task, settled, into } = part;
    const span = this.spanOf(part);
    return this.reading(task, (passes) =>
      writing(into, (file) => {
        const candidate = this.candidate(passes, settled.coding, settled.ranges);
        const position = into.codes + packedBytes(settled.coding.bits, span.chunks[0]!.offset);
        const codes = new CodeWriter(this.kernels, settled.coding.bits, (bytes, at) => { file?.write(bytes, at); }, position);
        const sums = passes.quantize(span, candidate, codes, this.doneWith(task));
        codes.finish();
        return sums;
      }),
    );
  }

  storeParameters({ task, settled, into }: ArgumentOf<'storeParameters'>): void {
    this.reading(task, (passes) => {
      writing(into, (file) => {
        if (file === null) return;
        const { parameters } = this.candidate(passes, settled.coding, settled.ranges);
        const writer = new ParameterWriter(file, into, settled.coding.bits, passes.scaleType, 0, parameters.scales.length);
        writer.append(parameters);
        writer.finish();
      });
    });
  }

  halves({ task, from, to, into }: ArgumentOf<'halves'>): SweepResult {
    let signal = 0;
    let errors = NO_ERROR;
    this.reading(task, (passes) => {
      writing(into, (file) => {
        this.eachPiece(passes, from, to, (offset, elements) => {
          const sums = this.kernels.sums(elements);
          if (sums.nonFinite > 0) throw notFinite();
          signal += sums.squares;
          errors = addErrors(errors, this.kernels.halve(elements));
          if (file && into) file.write(this.kernels.output(2 * elements), into.codes + 2 * offset);
          this.doneWith(task)(elements);
        });
      });
    });
    return { signal, errors: [errors] };
  }

  halfErrorHistogram({ task, from, to, bins }: ArgumentOf<'halfErrorHistogram'>): Float64Array {
    return this.histogramOver(task, from, to, bins, 'errors');
  }

  histogram({ task, from, to, bins }: ArgumentOf<'histogram'>): Float64Array {
    return this.histogramOver(task, from, to, bins, 'values');
  }

  channelRanges({ task, granularity, from, to }: ArgumentOf<'channelRanges'>): GroupRanges {
    const spans = spansOf(layoutOf(task, granularity), from, to, this.kernels.capacity);
    const parts = this.reading(task, (passes) => Array.from(spans, (span) => passes.ranges(span, { low: Infinity, high: -Infinity })));
    return concatRanges(parts);
  }

  sums({ task, from, to }: ElementPart): ValueSums {
    let sums = NO_VALUES;
    this.reading(task, (passes) => {
      this.eachPiece(passes, from, to, (_, elements) => {
        sums = addSums(sums, this.kernels.sums(elements));
      });
    });
    return sums;
  }

  difference({ first, second, order, from, to }: ArgumentOf<'difference'>): DifferenceSums {
    const step = this.kernels.capacity;
    return decoding(first, (readFirst) =>
      decoding(second, (readSecond) => {
        const others = order === null ? null : readSecond(0, elementCount(second.values.dims));
        let sums = NO_DIFFERENCE;
        for (let offset = from; offset < to; offset += step) {
          this.watch.checkpoint();
          const end = Math.min(to, offset + step);
          const place = order === null ? null : placeIn(order);
          sums = addDifferences(sums, differenceOf(readFirst(offset, end), others ?? readSecond(offset, end), place === null ? (index) => index : (index) => place(offset + index)));
          this.watch.finished(packedByteLength(first.values.dataType, end - offset) + packedByteLength(second.values.dataType, end - offset));
        }
        return sums;
      }),
    );
  }

  private histogramOver(task: WeightTask, from: number, to: number, bins: Bins, what: 'values' | 'errors'): Float64Array {
    const counts = new Float64Array(bins.count);
    this.reading(task, (passes) => {
      this.eachPiece(passes, from, to, (_, elements) => {
        if (what === 'errors') this.kernels.halfErrors(elements);
        this.kernels.addToHistogram(what, elements, bins.low, bins.high, counts);
      });
    });
    return counts;
  }

  private eachPiece(passes: Passes, from: number, to: number, work: (offset: number, elements: number) => void): void {
    for (let offset = from; offset < to; offset += this.kernels.capacity) {
      const elements = Math.min(this.kernels.capacity, to - offset);
      passes.load(offset, elements);
      work(offset, elements);
    }
  }

  private settle(passes: Passes, span: Span, ranges: GroupRanges, scheme: Coding & { readonly range: 'minmax' | 'mse' }): GroupRanges {
    return runSearch(settleRanges(ranges, scheme), (candidates) =>
      passes.noises(span, candidates.map((candidate) => this.candidate(passes, scheme, candidate))),
    );
  }

  private candidate(passes: Passes, coding: Coding, ranges: GroupRanges): Candidate {
    return { coding, parameters: this.kernels.parameters(ranges, coding, passes.scaleType) };
  }

  private writersFor({ task, from, to }: UnitPart, layout: GroupLayout, { bits }: Coding, file: OpenedDestination, into: WeightDestination): Writers {
    const perUnit = groupsPerUnit(layout);
    const groups = layout.cyclic ? layout.groups : (to - from) * perUnit;
    const position = into.codes + packedBytes(bits, from * unitElements(layout));
    return {
      codes: new CodeWriter(this.kernels, bits, file.write, position),
      parameters: new ParameterWriter(file, into, bits, scaleTypeOf(task.dataType), from * perUnit, groups),
    };
  }

  private spanOf({ task, granularity, unit, from, to }: SpanPart): Span {
    const layout = layoutOf(task, granularity);
    const [span] = spansOf(layout, unit, unit + 1, this.kernels.capacity);
    return { ...span!, chunks: span!.chunks.slice(from, to) };
  }

  /** Runs `work` with the tensor's file open. */
  private reading<T>(task: WeightTask, work: (passes: Passes) => T): T {
    const { dataType, dims, source } = task;
    const opened = openSource(source, packedByteLength(dataType, elementCount(dims)));
    try {
      return work(new Passes(this.kernels, { dataType, readInto: opened.readInto }, () => { this.watch.checkpoint(); }));
    } finally {
      opened.close();
    }
  }

  private doneWith({ dataType }: WeightTask): (elements: number) => void {
    return (elements) => { this.watch.finished(packedByteLength(dataType, elements)); };
  }
}

/** Runs `work` with a function that reads elements as numbers. */
function decoding<T>({ source, values }: StoredNumbersTask, work: (read: (from: number, to: number) => Float32Array) => T): T {
  const opened = openSource(source, packedByteLength(values.dataType, elementCount(values.dims)));
  try {
    return work((from, to) => {
      const bytes = new Uint8Array(packedByteLength(values.dataType, to - from));
      opened.readInto(bytes, packedByteLength(values.dataType, from));
      return decodeValues(values, bytes, from, to);
    });
  } finally {
    opened.close();
  }
}

/** Runs `work` with the output open, if there is one. */
function writing<T>(into: WeightDestination | null, work: (file: OpenedDestination | null) => T): T {
  if (into === null) return work(null);
  const file = openDestination(into.path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

function finiteRanges(passes: Passes, span: Span): SpanRanges {
  const ranges = passes.ranges(span);
  if (ranges.magnitudeBits >= INFINITY_BITS) throw notFinite();
  return ranges;
}

/** The pool replaces the message by one with the count. */
function notFinite(): NibbleError {
  return new NibbleError('malformed', 'it holds NaN or an infinity, which no integer can stand for');
}
