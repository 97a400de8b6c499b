import { NibbleError } from '../errors';
import type { CallOptions, WeightDestination, WeightTask } from '../jobs/ports';
import { packedByteLength } from '../onnx/dtypes';
import type { Chunk, Span } from '../quant/chunks';
import { fitsChunks, spansOf, unitElements } from '../quant/chunks';
import { NO_ERROR, addErrors } from '../quant/kernels/passes';
import type { GroupLayout } from '../quant/layout';
import { elementCount, groupsPerUnit, layoutOf } from '../quant/layout';
import type { GroupRanges } from '../quant/parameters';
import { concatRanges, mergeRanges } from '../quant/parameters';
import type { ErrorSums } from '../quant/reference';
import type { IntegerScheme } from '../quant/scheme';
import { runSearchAsync, settleRanges } from '../quant/settle';
import { together } from './together';
import type { Part, SpanPart, SweepResult } from './weightMessages';
import type { WorkerPool } from './workerPool';

/** How a tensor's work is divided; small in tests, so that small tensors are divided too. */
export interface Division {
  /** Elements in a chunk: what a worker's buffers hold. */
  readonly chunk: number;
  /** Elements in one message's work. */
  readonly piece: number;
  /** Most groups whose values may be spread over more than a chunk. */
  readonly streamedGroups: number;
}

/** Units in a piece are a multiple of this, so that 2-bit codes and zero points of two pieces share no byte. */
const UNITS_ALIGNMENT = 4;

/** Splits [0, count) into pieces of `step`. */
export function partsOf(count: number, step: number): Part[] {
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => ({ from: index * step, to: Math.min(count, (index + 1) * step) }));
}

/** The units of a layout in pieces whose work is independent. */
export function unitParts(layout: GroupLayout, division: Division): Part[] {
  // The units of a cyclic layout share their groups.
  if (layout.cyclic && !fitsChunks(layout, division.chunk)) return [{ from: 0, to: layout.outer }];
  const units = Math.floor(division.piece / Math.max(1, unitElements(layout)));
  return partsOf(layout.outer, Math.max(UNITS_ALIGNMENT, units - (units % UNITS_ALIGNMENT)));
}

/** Throws `unsupported` for a tensor with so many groups that are so spread out that their ranges alone would fill the memory. */
export function refuseScatteredGroups(layout: GroupLayout, division: Division): void {
  const scattered = layout.cyclic ? layout.groups : groupsPerUnit(layout);
  if (!fitsChunks(layout, division.chunk) && scattered > division.streamedGroups) {
    throw new NibbleError('unsupported', `it would take ${scattered} scales along this axis, more than ${division.streamedGroups}; per tensor or in blocks it can be quantized`);
  }
}

/**
 * Ranges, parameters and errors of a tensor under schemes of one granularity, on all threads; with `into`, which allows
 * one scheme, codes, scales and zero points are written as well.
 */
export class WeightSweep {
  constructor(
    private readonly pool: WorkerPool,
    private readonly division: Division,
  ) {}

  async run(task: WeightTask, schemes: readonly IntegerScheme[], into: WeightDestination | null, { signal, onBytes }: CallOptions): Promise<SweepResult> {
    const layout = layoutOf(task, schemes[0]!.granularity);
    refuseScatteredGroups(layout, this.division);
    if (elementCount(task.dims) === 0) return this.runEmpty(task, layout, schemes, into);
    if (this.isShared(layout)) return this.runShared(task, layout, schemes, into, { ...(signal && { signal }), ...(onBytes && { onBytes }) });
    const parts = unitParts(layout, this.division);
    const results = await together(
      signal,
      parts.map((part) => (either) => this.pool.call('sweep', { task, schemes, ...part, into }, { signal: either, ...(onBytes && { onBytes }) })),
    );
    return {
      signal: results.reduce((total, result) => total + result.signal, 0),
      errors: schemes.map((_, index) => results.reduce((sums, { errors }) => addErrors(sums, errors[index]!), NO_ERROR)),
    };
  }

  /** A tensor without values may still have groups, whose scales have to be stored. */
  private async runEmpty(task: WeightTask, { groups }: GroupLayout, schemes: readonly IntegerScheme[], into: WeightDestination | null): Promise<SweepResult> {
    const ranges = { low: new Float32Array(groups), high: new Float32Array(groups) };
    if (into) await this.pool.call('storeParameters', { task, settled: { coding: schemes[0]!, ranges }, into });
    return { signal: 0, errors: schemes.map(() => NO_ERROR) };
  }

  /** True when a span is worth several threads, and its chunks start at whole bytes of every packing. */
  private isShared(layout: GroupLayout): boolean {
    const unit = unitElements(layout);
    const span = layout.cyclic ? unit * layout.outer : unit;
    return this.pool.threads > 1 && !fitsChunks(layout, this.division.chunk) && span > this.division.piece && (span % 4 === 0 || layout.outer === 1 || layout.cyclic);
  }

  private async runShared(task: WeightTask, layout: GroupLayout, schemes: readonly IntegerScheme[], into: WeightDestination | null, options: CallOptions): Promise<SweepResult> {
    let signal = 0;
    let errors: ErrorSums[] = schemes.map(() => NO_ERROR);
    const stored: GroupRanges[] = [];
    for (let unit = 0; unit < (layout.cyclic ? 1 : layout.outer); unit += 1) {
      const result = await this.runSpan(task, layout, unit, schemes, into, options);
      signal += result.signal;
      errors = errors.map((sums, index) => addErrors(sums, result.errors[index]!));
      stored.push(result.settled[0]!);
    }
    if (into) await this.pool.call('storeParameters', { task, settled: { coding: schemes[0]!, ranges: concatRanges(stored) }, into }, options);
    return { signal, errors };
  }

  private async runSpan(
    task: WeightTask,
    layout: GroupLayout,
    unit: number,
    schemes: readonly IntegerScheme[],
    into: WeightDestination | null,
    { signal, onBytes }: CallOptions,
  ): Promise<SweepResult & { readonly settled: readonly GroupRanges[] }> {
    const [span] = spansOf(layout, unit, unit + 1, this.division.chunk);
    const parts = chunkParts(span!.chunks, this.pool.threads).map((part): SpanPart => ({ task, granularity: schemes[0]!.granularity, unit, ...part }));
    const share = schemes.some(({ range }) => range === 'mse') ? 1 - SEARCH_SHARE : 1;
    const all = <T>(start: (part: SpanPart, options: CallOptions) => Promise<T>): Promise<T[]> =>
      together(signal, parts.map((part) => (either) => start(part, { signal: either, ...(onBytes && { onBytes: (bytes) => { onBytes(bytes * share); } }) })));
    const searched = searchProgress(schemes, span!, task, onBytes);
    const ranges = await all((part, options) => this.pool.call('ranges', part, options));
    const full = mergeRanges(ranges);
    const settled: GroupRanges[] = [];
    for (const coding of schemes) {
      settled.push(
        await runSearchAsync(settleRanges(full, coding), async (candidates) => {
          const noises = await all((part, options) => this.pool.call('noises', { ...part, coding, candidates }, options));
          searched.round();
          return noises.reduce((totals, part) => totals.map((noise, index) => noise.map((value, group) => value + part[index]![group]!)));
        }),
      );
    }
    searched.end();
    const decided = schemes.map((coding, index) => ({ coding, ranges: settled[index]! }));
    const errors = into
      ? (await all((part, options) => this.pool.call('quantize', { ...part, settled: decided[0]!, into }, options))).map((sums) => [sums])
      : await all((part, options) => this.pool.call('measure', { ...part, settled: decided }, options));
    return {
      signal: ranges.reduce((total, part) => total + part.signal, 0),
      errors: schemes.map((_, index) => errors.reduce((sums, part) => addErrors(sums, part[index]!), NO_ERROR)),
      settled,
    };
  }
}

/** Part of the time that a search for ranges takes, and how many rounds of candidates it mostly needs. */
const SEARCH_SHARE = 0.9;
const USUAL_ROUNDS = 3;

/** Tells the search's share of a span's bytes round by round: they are read anew for every round, and only the last pass counts them itself. */
function searchProgress(schemes: readonly IntegerScheme[], { chunks }: Span, { dataType }: WeightTask, onBytes: CallOptions['onBytes']): { round(): void; end(): void } {
  const searches = schemes.filter(({ range }) => range === 'mse').length;
  let left = searches === 0 ? 0 : SEARCH_SHARE * packedByteLength(dataType, chunks.reduce((total, { elements }) => total + elements, 0));
  const step = left / (searches * USUAL_ROUNDS);
  const tell = (bytes: number): void => {
    if (bytes <= 0) return;
    left -= bytes;
    onBytes?.(bytes);
  };
  return { round: () => { tell(Math.min(step, left)); }, end: () => { tell(left); } };
}

/** Divides chunks among threads; every part starts at a whole byte of 2-bit codes. */
function chunkParts(chunks: readonly Chunk[], threads: number): Part[] {
  const starts = [0];
  for (let part = 1; part < threads; part += 1) {
    let start = Math.max(starts.at(-1)! + 1, Math.round((part * chunks.length) / threads));
    while (start < chunks.length && chunks[start]!.offset % 4 !== 0) start += 1;
    if (start < chunks.length) starts.push(start);
  }
  return starts.map((from, index) => ({ from, to: starts[index + 1] ?? chunks.length }));
}
