import { basename, resolve } from 'node:path';
import { auditModel } from '../audit/audit';
import type { AuditedFinding } from '../audit/audit';
import type { AuditReport } from '../audit/finding';
import type { Original } from '../audit/subject';
import { NibbleError, throwIfCancelled } from '../errors';
import { ModelFile } from './modelFile';
import type { ReportProgress } from './records';
import { TensorReader } from './tensorReader';

export interface AuditRequest {
  readonly path: string;
  /** The float model that it was made from; null: not known. */
  readonly against: string | null;
}

/**
 * Judges a model that is already quantized: what in it is wrong, slow or larger than it has to be. Reads the quantized
 * weights once, piece by piece. Throws what `ModelFile.open` throws, for either file, and `cancelled`.
 */
export async function auditFile({ path, against }: AuditRequest, report: ReportProgress, signal: AbortSignal): Promise<AuditReport> {
  throwIfCancelled(signal);
  const original = against === null ? null : originalOf(against);
  const file = ModelFile.open(resolve(path));
  try {
    const { found, notes } = await auditOpened(file, original, report, signal);
    file.checkUnchanged();
    return { file: path, findings: found.map(({ finding }) => finding), notes };
  } finally {
    file.close();
  }
}

/** As `auditFile`, for a file that is open; the repairs belong to its structure. */
export function auditOpened(file: ModelFile, original: Original | null, report: ReportProgress, signal: AbortSignal): Promise<{ readonly found: readonly AuditedFinding[]; readonly notes: readonly string[] }> {
  const { layers } = file.analysis;
  return file.withSources((sourceOf) =>
    auditModel(
      { model: file.model, bytes: bytesOf(file), layers, sites: file.sites, readBytes: file.readBytes, original },
      { reader: new TensorReader(file, sourceOf), report: (done, total) => { report({ step: 'Reading weights', done, total, unit: 'bytes' }); }, signal },
    ),
  );
}

function originalOf(path: string): Original {
  const file = ModelFile.open(resolve(path));
  file.close();
  return { file: basename(path), bytes: bytesOf(file) };
}

/** Bytes of the model and of the data files beside it. */
function bytesOf(file: ModelFile): number {
  const { fileBytes, externalBytes } = file.analysis.model;
  try {
    return fileBytes + file.dataFiles().reduce((sum, { size }) => sum + size, 0);
  } catch (error) {
    // What is missing is noted; the structure says at least how large it should be.
    if (NibbleError.is(error)) return fileBytes + externalBytes;
    throw error;
  }
}
