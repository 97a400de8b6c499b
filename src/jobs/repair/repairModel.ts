import { basename, dirname, join, resolve } from 'node:path';
import type { AuditedFinding } from '../../audit/audit';
import type { Finding } from '../../audit/finding';
import { NibbleError, throwIfCancelled } from '../../errors';
import { checkStructure } from '../../onnx/checkStructure';
import { MAX_MODEL_FILE_BYTES } from '../../onnx/externalLayout';
import type { FilePlan } from '../../onnx/pieces';
import { copyOf, planFile } from '../../onnx/pieces';
import { tensorByteLength } from '../../onnx/tensorData';
import { auditOpened } from '../audit';
import { copyPieces } from '../export/copyPieces';
import { openFileSource } from '../files/fileSource';
import type { OutputFs } from '../files/outputFs';
import { createOutputs } from '../files/outputSet';
import type { OutputRequest, OutputSet } from '../files/outputSet';
import type { ModelFolder } from '../files/siblingFiles';
import { ModelFile } from '../modelFile';
import type { ReportProgress } from '../records';
import { TensorReader } from '../tensorReader';
import { layoutRepair } from './layoutRepair';
import type { RepairLayout } from './layoutRepair';

export interface RepairRequest {
  readonly path: string;
  readonly output: string;
}

/** Result of `repairModel`. */
export interface RepairResult {
  readonly output: string;
  /** What the copy no longer has. */
  readonly repaired: readonly Finding[];
  /** What it still has. */
  readonly left: readonly Finding[];
}

/** Bytes that are rewritten at once. */
const CHUNK_BYTES = 2 ** 20;

/**
 * Writes a copy of a model without the findings that have an exact repair. The copy gets its name only when it has been
 * opened and audited again and those findings are gone; an older file of that name stays until then. The model itself is
 * never changed.
 *
 * Throws what `ModelFile.open` throws, and `invalid-argument` when there is nothing to repair, `limit`, `not-writable`,
 * `disk-full`, `changed`, `external-data`, `verification`, `cancelled`.
 */
export async function repairModel({ path, output }: RepairRequest, fs: OutputFs, report: ReportProgress, signal: AbortSignal): Promise<RepairResult> {
  throwIfCancelled(signal);
  const file = ModelFile.open(resolve(path));
  try {
    const { found } = await auditOpened(file, null, report, signal);
    const repaired = found.filter(({ repair }) => repair !== null);
    if (repaired.length === 0) throw new NibbleError('invalid-argument', `${path} has no finding that Nibble can repair by itself. "nibble audit" says what to do about the others.`, { file: path });
    const job: Job = { file, output: resolve(output), report, signal };
    const layout = layoutRepair(file.model, file.source, repaired.flatMap(({ repair }) => repair ?? []), dataNameOf(output));
    if (layout.model.size > MAX_MODEL_FILE_BYTES) throw new NibbleError('limit', `The repaired copy of ${path} would be larger than 2 GiB, which no runtime reads. Save the model with external data first.`, { file: path });
    const outputs = await createOutputs(fs, requestsFor(job, layout), file.paths());
    try {
      await write(job, layout, outputs);
      file.checkUnchanged();
      const left = await prove(job, outputs, found);
      throwIfCancelled(signal);
      await outputs.commit();
      return { output: job.output, repaired: repaired.map(({ finding }) => finding), left };
    } catch (error) {
      await outputs.discard();
      throw error;
    }
  } finally {
    file.close();
  }
}

interface Job {
  readonly file: ModelFile;
  readonly output: string;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** Data files that the copy needs beside it under their old names. In the same folder it finds those of the original. */
function copiedData({ file, output }: Job): readonly { readonly name: string; readonly plan: FilePlan }[] {
  if (dirname(output) === dirname(file.path)) return [];
  return file.dataFiles().map(({ location, size }) => ({ name: location, plan: planFile([copyOf({ start: 0, end: size }, location)]) }));
}

/** All files: copied data, new data, the model last. */
function requestsFor(job: Job, { model, data }: RepairLayout): readonly OutputRequest[] {
  const { output } = job;
  return [
    ...copiedData(job).map(({ name, plan }, index) => ({ path: join(dirname(output), name), size: plan.size, temporaryName: `data-${index}`, mustBeNew: true })),
    ...(data === null ? [] : [{ path: join(dirname(output), dataNameOf(output)), size: data.size, temporaryName: 'data', mustBeNew: false }]),
    { path: output, size: model.size, temporaryName: 'model', mustBeNew: false },
  ];
}

async function write(job: Job, { model, data, rewritten }: RepairLayout, outputs: OutputSet): Promise<void> {
  const { file, report, signal } = job;
  const copies = copiedData(job);
  const plans = [...copies.map(({ plan }) => plan), ...(data === null ? [] : [data]), model];
  const total = plans.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const onBytes = (bytes: number): void => { report({ step: 'Writing the repaired copy', done: (done += bytes), total, unit: 'bytes' }); };
  await file.withSources(async (sourceOf) => {
    for (const [index, plan] of plans.entries()) await copyPieces(plan, outputs.files[index]!, sourceOf, signal, onBytes);
    const reader = new TensorReader(file, sourceOf);
    for (const { tensor, file: part, offset } of rewritten) {
      const to = outputs.files[part === 'model' ? plans.length - 1 : copies.length]!;
      const length = tensorByteLength(tensor);
      for (let at = 0; at < length; at += CHUNK_BYTES) {
        throwIfCancelled(signal);
        const bytes = clipped(await reader.read(tensor, at, Math.min(CHUNK_BYTES, length - at)));
        await to.write(bytes, offset + at);
        onBytes(bytes.length);
      }
    }
  });
  await outputs.close();
}

/** −127 for −128. */
function clipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 0x80 ? 0x81 : byte));
}

/** Opens and audits the written copy. Returns the findings that are left; throws `verification` when one is left that was repaired. */
async function prove({ file, output, report, signal }: Job, outputs: OutputSet, before: readonly AuditedFinding[]): Promise<readonly Finding[]> {
  const copy = ModelFile.open(outputs.files.at(-1)!.temporaryPath, {}, {}, folderOf(file, output, outputs));
  try {
    const known = new Set(checkStructure(file.model).map(({ message }) => message));
    const broken = checkStructure(copy.model).find(({ message }) => !known.has(message));
    if (broken) throw failed(output, broken.message);
    const after = (await auditOpened(copy, null, report, signal)).found.map(({ finding }) => finding);
    for (const rule of new Set(before.flatMap(({ finding, repair }) => (repair === null ? [] : [finding.rule])))) {
      const ofRule = before.filter(({ finding }) => finding.rule === rule);
      const expected = ofRule.filter(({ repair }) => repair === null).length;
      if (after.filter((finding) => finding.rule === rule).length > expected) throw failed(output, `It still has findings of the rule ${rule}.`);
    }
    return after;
  } finally {
    copy.close();
  }
}

/** Until it has its name, a copy finds the new data file where it grows, and all others where the original has them. */
function folderOf({ folder }: ModelFile, output: string, { files }: OutputSet): ModelFolder {
  const grown = files.find(({ path }) => path === join(dirname(output), dataNameOf(output)));
  const locate = (location: string): string => (grown !== undefined && location === dataNameOf(output) ? grown.temporaryPath : folder.locate(location));
  return { locate, open: (location) => openFileSource(locate(location)) };
}

function dataNameOf(output: string): string {
  return `${basename(output)}.data`;
}

function failed(file: string, why: string): NibbleError {
  return new NibbleError('verification', `The repaired copy is not as it should be, so it was removed: ${why} Please report this.`, { file });
}
