import { basename, dirname, join } from 'node:path';
import type { Conversion } from '../export/conversion';
import { layoutExport } from '../export/layoutExport';
import type { ExportChanges } from '../export/layoutExport';
import { writeExport } from '../export/writeExport';
import type { OutputFs } from '../files/outputFs';
import type { ModelFile } from '../modelFile';
import type { WeightPort } from '../ports';
import type { RunnableModel } from '../runs/runRequest';

export interface VariantPorts {
  readonly fs: OutputFs;
  readonly weights: WeightPort;
}

/** Writes a changed copy of a model to be tried out or worked on, with its data file beside it where it has one. */
export async function writeVariant(file: ModelFile, conversions: readonly Conversion[], changes: ExportChanges, path: string, { fs, weights }: VariantPorts, signal: AbortSignal): Promise<RunnableModel> {
  const dataName = `${basename(path)}.data`;
  const layout = layoutExport(file.model, file.source, conversions, dataName, changes);
  const create = async (target: string, size: number) => {
    const handle = await fs.create(target, size);
    return { path: target, temporaryPath: target, write: (bytes: Uint8Array, offset: number) => handle.write(bytes, offset), close: () => handle.close() };
  };
  const model = await create(path, layout.model.size);
  const data = await Promise.all(layout.data.map(({ name, plan }) => create(join(dirname(path), name), plan.size)));
  try {
    await file.withSources((sourceOf) => writeExport(layout, { model, data }, sourceOf, file.locate, weights, { signal, onBytes: () => undefined }));
  } finally {
    for (const written of [model, ...data]) await written.close();
  }
  return { path, externalFiles: data.map((written) => ({ location: basename(written.path), path: written.path })) };
}
