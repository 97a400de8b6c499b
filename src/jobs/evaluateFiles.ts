import { resolve } from 'node:path';
import type { EvaluateResult } from './evaluate/evaluateModels';
import type { ModelRunner } from './evaluate/modelRunner';
import { ModelFile } from './modelFile';
import type { ReportProgress } from './records';
import { runnableOf } from './runs/runRequest';

export interface EvaluateFilesRequest {
  /** The model that is judged. */
  readonly path: string;
  /** The model that it was made from. */
  readonly against: string;
  /** Sample inputs: a file, folder or glob; null: random inputs. */
  readonly samples: string | null;
  /** A file with the right class of each sample; left out: labels that come with the samples, if any do. */
  readonly labels?: string | null;
  readonly dimensions: Readonly<Record<string, number>>;
}

/**
 * Runs two model files with the same inputs side by side and measures how far the outputs of one are from the other's. `bytes`: size of the model that is judged. Throws
 * the errors of `ModelFile.open`, `invalid-samples`, `verification`, `cancelled`.
 */
export async function evaluateFiles({ path, against, samples, labels = null, dimensions }: EvaluateFilesRequest, runner: ModelRunner, report: ReportProgress, signal: AbortSignal): Promise<EvaluateResult & { readonly bytes: number }> {
  const original = ModelFile.open(resolve(against), dimensions);
  try {
    const quantized = ModelFile.open(resolve(path), dimensions);
    try {
      const result = await runner.evaluate(
        { original: runnableOf(original), quantized: runnableOf(quantized), inputs: original.analysis.model.inputs, samples: samples === null ? null : resolve(samples), labels: labels === null ? null : resolve(labels), threads: 0 },
        report,
        signal,
      );
      const { fileBytes, externalBytes } = quantized.analysis.model;
      return { ...result, bytes: fileBytes + externalBytes };
    } finally {
      quantized.close();
    }
  } finally {
    original.close();
  }
}
