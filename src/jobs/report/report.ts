import { basename } from 'node:path';
import { version } from '../../../package.json';
import { CONVENTIONS } from '../../graph/cost/conventions';
import { operatorTotals } from '../../graph/operatorTotals';
import { hashFile } from '../hashFile';
import { tensorsOf } from '../../onnx/walk';
import type { ModelFile } from '../modelFile';
import type { Report, ReportedQuantization } from './records';

/** Gathers a report. Reads the file once for its hash; no weights. Throws `changed`, `unreadable` or `cancelled`. */
export async function makeReport(file: ModelFile, { assessment, result }: ReportedQuantization, signal: AbortSignal): Promise<Report> {
  file.checkUnchanged();
  const sha256 = await hashFile(file.path, signal);
  const { model, totals, layers } = file.analysis;
  return {
    nibble: version,
    sha256,
    dataFiles: [...new Set([...tensorsOf(file.model)].flatMap(({ storage }) => (storage.kind === 'external' ? [storage.location] : [])))],
    // Reports are passed on: where the file lies on this machine is nobody's business.
    model: { ...model, file: basename(model.file) },
    totals,
    conventions: CONVENTIONS.map(({ id }) => ({ id, flops: file.flopsBy({ convention: id, weights: {} }) })),
    operators: operatorTotals(layers),
    memory: file.memory,
    assessment,
    result,
    layers,
  };
}
