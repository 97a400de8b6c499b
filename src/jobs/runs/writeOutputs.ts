import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { DataType } from '../../onnx/dtypes';
import type { Runtime } from '../../runtime/session';
import type { TensorValue } from '../../runtime/tensorValue';
import { writeError } from '../files/fsErrors';
import type { ReportProgress } from '../records';
import { encodeNpy } from '../samples/npy';
import { runOnSamples, withSession } from './runRequest';
import type { RunFacts, RunInputs, RunnableModel } from './runRequest';

export interface WriteOutputsRequest extends RunInputs {
  readonly model: RunnableModel;
  /** An empty folder, which gets one `.npz` file for each sample. */
  readonly folder: string;
}

/** An output as it is in the first file. */
export interface WrittenOutput {
  readonly name: string;
  readonly dataType: DataType;
  readonly dims: readonly number[];
}

export interface WriteOutputsResult extends RunFacts {
  readonly outputs: readonly WrittenOutput[];
  /** File of each sample, in the order of the samples. */
  readonly files: readonly string[];
  /** Time of the run in the middle of all, by duration. */
  readonly medianMilliseconds: number;
}

/** Digits of the number in a file's name: no set has more samples, and names in order are samples in order. */
const DIGITS = 5;

/** Runs a model on samples and writes what it gives out. Throws what `runOnSamples` throws, `disk-full` and `not-writable`. */
export function writeOutputs(request: WriteOutputsRequest, runtime: Runtime, report: ReportProgress, signal?: AbortSignal): Promise<WriteOutputsResult> {
  return withSession(request.model, request.threads, runtime, async (session) => {
    const files: string[] = [];
    const times: number[] = [];
    const left = new Set(session.outputs.filter(({ dataType }) => dataType === null).map(({ name }) => name));
    let outputs: readonly WrittenOutput[] = [];
    const facts = await runOnSamples(session, request, [], 'Running the model', report, signal, (values, milliseconds) => {
      const arrays = [...values].map(([name, value]) => ({ name, value, bytes: encodeNpy(value) }));
      for (const { name, bytes } of arrays) if (bytes === null) left.add(name);
      if (files.length === 0) outputs = arrays.filter(({ bytes }) => bytes !== null).map(({ name, value: { dataType, dims } }) => ({ name, dataType, dims }));
      const file = `${String(files.length + 1).padStart(DIGITS, '0')}.npz`;
      writeArchive(join(request.folder, file), arrays);
      files.push(file);
      times.push(milliseconds);
    });
    const notes = [...left].map((name) => `Output "${name}" is not written, because NumPy has no plain number type for what it holds.`);
    return { ...facts, notes: [...facts.notes, ...notes], outputs, files, medianMilliseconds: times.sort((a, b) => a - b)[times.length >> 1]! };
  });
}

function writeArchive(path: string, arrays: readonly { readonly name: string; readonly value: TensorValue; readonly bytes: Uint8Array | null }[]): void {
  const entries = arrays.flatMap(({ name, bytes }) => (bytes === null ? [] : [[`${name}.npy`, bytes] as const]));
  try {
    // Floating point hardly gets smaller by compression.
    writeFileSync(path, zipSync(Object.fromEntries(entries), { level: 0 }));
  } catch (error) {
    throw writeError(error, path);
  }
}
