import type { Counting } from '../graph/counting';
import type { Analysis } from '../graph/layer';
import { ModelFile } from './modelFile';

/** The facts that lists of files show. */
export interface ModelSummary {
  readonly fileBytes: number;
  readonly weightBytes: number;
  readonly parameters: number;
  readonly macs: number;
  readonly unresolved: number;
}

/**
 * Opens a model, analyzes its structure for a batch of one where no batch is given, and closes it again. Reads no weights.
 * Throws what `ModelFile.open` throws.
 */
export function analyzeFile(path: string, dimensions: Readonly<Record<string, number>> = {}, counting?: Counting): Analysis {
  return openOnce(path, dimensions, counting).analysis;
}

/** The few figures of `analyzeFile` that a list shows. */
export function summarizeFile(path: string): ModelSummary {
  const { model, totals } = openOnce(path).analysis;
  const { weightBytes, parameters, macs, unresolved } = totals;
  return { fileBytes: model.fileBytes, weightBytes, parameters, macs, unresolved };
}

/** A model whose structure has been read; its weights cannot be read any more. */
function openOnce(path: string, dimensions: Readonly<Record<string, number>> = {}, counting?: Counting): ModelFile {
  const file = ModelFile.open(path, dimensions, { batchOfOne: true, ...(counting && { counting }) });
  file.close();
  return file;
}
