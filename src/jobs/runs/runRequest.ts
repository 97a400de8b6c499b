import type { ModelInput } from '../../graph/layer';
import type { ExternalFile, ModelSession, Runtime } from '../../runtime/session';
import type { TensorValue } from '../../runtime/tensorValue';
import { NibbleError, throwIfCancelled } from '../../errors';
import type { ModelFile } from '../modelFile';
import type { ReportProgress } from '../records';
import { loadSamples } from '../samples/loadSamples';
import { pickSamples } from '../samples/pickSamples';
import type { SampleSet } from '../samples/sampleSet';
import { workingRandomSamples } from '../samples/workingRandomSamples';

/** A model file with the data files that it refers to. */
export interface RunnableModel {
  readonly path: string;
  readonly externalFiles: readonly ExternalFile[];
}

/** A model that is open, as what can be run. */
export function runnableOf(file: ModelFile): RunnableModel {
  return { path: file.path, externalFiles: file.dataFiles().map(({ location, path }) => ({ location, path })) };
}

/** Which inputs a model is run on. */
export interface RunInputs {
  readonly inputs: readonly ModelInput[];
  /** Sample inputs: a file, folder or glob; null: random ones. */
  readonly samples: string | null;
  /** Most samples that are taken, evenly spread. */
  readonly count: number;
  /** Threads that one operator may use; 0: the runtime's own choice. */
  readonly threads: number;
}

/** What a run was made on. */
export interface RunFacts {
  readonly samples: number;
  readonly source: 'samples' | 'random';
  /** Shape of each input in the first sample, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly notes: readonly string[];
  /** What each sample is called. */
  readonly names: readonly string[];
}

export function loadModel(model: RunnableModel, threads: number, runtime: Runtime): Promise<ModelSession> {
  return runtime.load(model.path, { threads, optimization: 'all', externalFiles: model.externalFiles });
}

/** Loads a model, hands it to `use` and releases it in any case. Throws `runtime`. */
export async function withSession<T>(model: RunnableModel, threads: number, runtime: Runtime, use: (session: ModelSession) => Promise<T>): Promise<T> {
  const session = await loadModel(model, threads, runtime);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

/**
 * Runs a model on samples, one after another, and hands over what each gives. Throws `invalid-samples` when they do not fit
 * or no random ones work, and `runtime`.
 */
export async function runOnSamples(session: ModelSession, request: RunInputs, wanted: readonly string[], step: string, report: ReportProgress, signal: AbortSignal | undefined, take: (outputs: ReadonlyMap<string, TensorValue>, milliseconds: number) => void): Promise<RunFacts> {
  const set = await sampleSetFor(session, request);
  const total = Math.min(request.count, set.expected);
  const names: string[] = [];
  let shapes: RunFacts['shapes'] = {};
  report({ step, done: 0, total, unit: 'runs' });
  for (const { name, feeds } of pickSamples(set, request.count)) {
    throwIfCancelled(signal);
    checkNumbers(feeds, names.length + 1);
    if (names.length === 0) shapes = Object.fromEntries([...feeds].map(([name, { dims }]) => [name, dims]));
    // onnxruntime wants something to be fetched.
    const started = performance.now();
    const outputs = await session.run(feeds, wanted.length === 0 ? undefined : wanted);
    take(outputs, performance.now() - started);
    names.push(name);
    report({ step, done: names.length, total: Math.max(names.length, total), unit: 'runs' });
  }
  if (names.length === 0) throw new NibbleError('invalid-samples', `${request.samples ?? 'The sample set'} holds no samples. Give at least one.`);
  return { samples: names.length, source: set.source, shapes, notes: set.notes, names };
}

/** NaN in an input makes NaN of most that follows. Infinities are let through: some models want them as masks. */
function checkNumbers(feeds: ReadonlyMap<string, TensorValue>, sample: number): void {
  for (const [name, { data }] of feeds) {
    if ((data instanceof Float32Array || data instanceof Float64Array) && data.some(Number.isNaN)) {
      throw new NibbleError('invalid-samples', `Input "${name}" of sample ${sample} holds NaN. Leave that sample out, or mend it.`, { tensor: name });
    }
  }
}

async function sampleSetFor(session: ModelSession, { inputs, samples }: RunInputs): Promise<SampleSet> {
  if (samples !== null) return loadSamples(samples, inputs);
  const made = await workingRandomSamples(session, inputs);
  if (typeof made === 'string') throw new NibbleError('invalid-samples', made);
  return made;
}
