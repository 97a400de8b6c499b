import { batchDimensions } from '../graph/batch';
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

/** Opens a model, analyzes its structure and closes it again. Reads no weights. Throws what `ModelFile.open` throws. */
export function analyzeFile(path: string, dimensions: Readonly<Record<string, number>> = {}, counting?: Counting): Analysis {
  const file = ModelFile.open(path, dimensions, counting);
  file.close();
  return file.analysis;
}

/** The few figures of `analyzeFile` that a list shows, for a batch of one. */
export function summarizeFile(path: string): ModelSummary {
  const asStored = analyzeFile(path);
  const batch = batchDimensions(asStored.model);
  const { model, totals } = Object.keys(batch).length === 0 ? asStored : analyzeFile(path, batch);
  const { weightBytes, parameters, macs, unresolved } = totals;
  return { fileBytes: model.fileBytes, weightBytes, parameters, macs, unresolved };
}
