import type { CallOptions, MeasurableScheme, WeightInspection, WeightStatistics, WeightTask } from '../jobs/ports';
import type { Histogram } from '../jobs/records';
import { elementCount, layoutOf } from '../quant/layout';
import { concatRanges } from '../quant/parameters';
import type { GroupRanges } from '../quant/parameters';
import type { Granularity } from '../quant/scheme';
import { NO_VALUES, addSums, momentsOf } from '../quant/statistics';
import { together } from './together';
import type { Bins, Part } from './weightMessages';
import type { Division } from './weightSweep';
import { partsOf, refuseScatteredGroups, unitParts } from './weightSweep';
import type { WorkerPool } from './workerPool';

/** Most bins of a histogram: about one for every few pixels of the widest chart. Of few values so many would show a comb, not a density. */
const MAX_BINS = 160;
const MIN_BINS = 16;

function binsFor(elements: number): number {
  return Math.min(MAX_BINS, Math.max(MIN_BINS, Math.round(2 * Math.sqrt(elements))));
}

/** Most channels that are told apart; beyond, neighbours are merged. No chart shows more. */
const MAX_CHANNELS = 2 ** 14;

/** Looks at a tensor's values on all threads. */
export class WeightInspector {
  constructor(
    private readonly pool: WorkerPool,
    private readonly division: Division,
  ) {}

  async statistics(task: WeightTask, options: CallOptions): Promise<WeightStatistics> {
    const parts = await this.overElements(task, options, (part, either) => this.pool.call('sums', { task, ...part }, either));
    const sums = parts.reduce(addSums, NO_VALUES);
    const some = sums.elements > sums.nonFinite;
    return {
      elements: sums.elements,
      zeros: sums.zeros,
      nonFinite: sums.nonFinite,
      low: some ? sums.low : 0,
      high: some ? sums.high : 0,
      ...momentsOf(sums),
    };
  }

  /** @param maxError of the tensor under `scheme`: half the width of the histogram of errors. */
  async inspect(task: WeightTask, scheme: MeasurableScheme | null, maxError: number, options: CallOptions): Promise<WeightInspection> {
    const statistics = await this.statistics(task, options);
    const count = binsFor(statistics.elements);
    const range: Bins = { low: statistics.low, high: statistics.high, count };
    const counts = await this.overElements(task, options, (part, either) => this.pool.call('histogram', { task, ...part, bins: range }, either));
    const errors = scheme === null ? { histogram: null, firstGroup: null } : await this.errors(task, scheme, { low: -maxError, high: maxError, count }, options);
    return { statistics, values: histogramOf(range, counts), errors: errors.histogram, channels: await this.channels(task, statistics, options), firstGroup: errors.firstGroup };
  }

  private async errors(
    task: WeightTask,
    scheme: MeasurableScheme,
    bins: Bins,
    options: CallOptions,
  ): Promise<{ readonly histogram: Histogram; readonly firstGroup: WeightInspection['firstGroup'] }> {
    if (scheme.kind === 'float16') {
      const counts = await this.overElements(task, options, (part, either) => this.pool.call('halfErrorHistogram', { task, ...part, bins }, either));
      return { histogram: histogramOf(bins, counts), firstGroup: null };
    }
    const parts = await this.overUnits(task, scheme.granularity, options, (part, either) => this.pool.call('errorHistogram', { task, ...part, scheme, bins }, either));
    return { histogram: histogramOf(bins, parts.map(({ counts }) => counts)), firstGroup: parts[0]?.first ?? null };
  }

  private async channels(task: WeightTask, { low: lowest, high: highest }: WeightStatistics, options: CallOptions): Promise<WeightInspection['channels']> {
    const granularity: Granularity = task.channelAxis >= 0 && task.channelAxis < task.dims.length ? 'channel' : 'tensor';
    const parts = await this.overUnits(task, granularity, options, (part, either) => this.pool.call('channelRanges', { task, ...part, granularity }, either));
    const { low, high } = concatRanges(parts);
    return partsOf(low.length, Math.ceil(low.length / MAX_CHANNELS) || 1).map((part) => {
      const range = merged({ low, high }, part);
      // Nothing but NaN leaves the range empty; infinities are cut to the finite extremes.
      return range.low > range.high ? { low: 0, high: 0 } : { low: Math.max(range.low, lowest), high: Math.min(range.high, highest) };
    });
  }

  private overElements<T>(task: WeightTask, options: CallOptions, start: (part: Part, options: CallOptions) => Promise<T>): Promise<T[]> {
    return together(options.signal, partsOf(elementCount(task.dims), this.division.piece).map((part) => (signal) => start(part, { signal })));
  }

  private overUnits<T>(task: WeightTask, granularity: Granularity, options: CallOptions, start: (part: Part, options: CallOptions) => Promise<T>): Promise<T[]> {
    const layout = layoutOf(task, granularity);
    refuseScatteredGroups(layout, this.division);
    return together(options.signal, unitParts(layout, this.division).map((part) => (signal) => start(part, { signal })));
  }
}

function histogramOf({ low, high, count }: Bins, parts: readonly Float64Array[]): Histogram {
  return { low, high, counts: Array.from({ length: count }, (_, bin) => parts.reduce((total, counts) => total + counts[bin]!, 0)) };
}

function merged({ low, high }: GroupRanges, { from, to }: Part): { readonly low: number; readonly high: number } {
  return { low: Math.min(...low.subarray(from, to)), high: Math.max(...high.subarray(from, to)) };
}
