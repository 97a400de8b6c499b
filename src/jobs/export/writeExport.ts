import { NibbleError, throwIfCancelled } from '../../errors';
import type { ByteSource } from '../../onnx/source';
import { writeError } from '../files/fsErrors';
import type { OutputFile } from '../files/outputSet';
import type { LocateWeights, WeightPort } from '../ports';
import type { WeightError } from '../records';
import { weightTask } from '../storedWeights';
import { copyPieces } from './copyPieces';
import type { ExportLayout, LaidOutConversion } from './layoutExport';

/** Weights that are given to the workers at once: enough to keep every worker busy, few enough to stop quickly. */
const WEIGHTS_IN_FLIGHT = 16;

export interface ExportFiles {
  readonly model: OutputFile;
  /** Parallel to the layout's data files. */
  readonly data: readonly OutputFile[];
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Called with the number of bytes (read or copied) finished since the last call. */
  readonly onBytes: (bytes: number) => void;
}

/** What became of each conversion: its error, or why its values cannot be stored that way. */
export interface WriteResult {
  readonly errors: ReadonlyMap<string, WeightError>;
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * Writes a laid-out export: worker threads fill the holes while this thread copies what stays. Resolves with the weights
 * that were refused (they hold NaN, an infinity, or values beyond the format); when there are any, the files are not
 * usable and the export has to be laid out again without them. Rejects when anything else fails, with all writing at an end.
 */
export async function writeExport(
  layout: ExportLayout,
  files: ExportFiles,
  sourceOf: (from: string | null) => ByteSource,
  locate: LocateWeights,
  weights: WeightPort,
  { signal, onBytes }: WriteOptions,
): Promise<WriteResult> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const errors = new Map<string, WeightError>();
  const refused = new Map<string, string>();
  const waiting = [...layout.conversions];

  const convert = async ({ stored, scheme, offsets, file }: LaidOutConversion): Promise<void> => {
    if (offsets === null) return;
    const output = file === 'model' ? files.model : files.data[0]!;
    const to = { path: output.temporaryPath, codes: offsets.codes, scales: offsets.scales ?? 0, zeroPoints: offsets.zeroPoints };
    try {
      errors.set(stored.key, await weights.quantize(weightTask(stored, locate), scheme, to, { signal: both, onBytes }));
    } catch (error) {
      if (!NibbleError.is(error, 'malformed') && !NibbleError.is(error, 'unsupported')) throw error instanceof NibbleError ? error : writeError(error, output.path);
      refused.set(stored.key, error.message);
    }
  };
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      throwIfCancelled(both);
      await convert(next);
    }
  };

  const running = [
    ...Array.from({ length: WEIGHTS_IN_FLIGHT }, worker),
    copyPieces(layout.model, files.model, sourceOf, both, onBytes),
    ...layout.data.map(({ plan }, index) => copyPieces(plan, files.data[index]!, sourceOf, both, onBytes)),
  ].map((task) => task.catch((error: unknown) => {
    stop.abort();
    throw error;
  }));
  const settled = await Promise.allSettled(running);
  throwIfCancelled(signal);
  // The others were stopped because of the first failure; only that one says what happened.
  const failures = settled.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  const cause = failures.find((failure) => !NibbleError.is(failure, 'cancelled')) ?? failures[0];
  if (cause !== undefined) throw cause as Error;
  return { errors, refused };
}
