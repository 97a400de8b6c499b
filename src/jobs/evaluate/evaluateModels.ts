import { NibbleError, throwIfCancelled } from '../../errors';
import type { ModelInput } from '../../graph/layer';
import type { ModelSession, Runtime } from '../../runtime/session';
import type { TensorValue } from '../../runtime/tensorValue';
import type { OutputError, QuantizeResult, ReportProgress } from '../records';
import { loadSamples } from '../samples/loadSamples';
import { workingRandomSamples } from '../samples/workingRandomSamples';
import type { Sample, SampleSet } from '../samples/sampleSet';
import { loadModel } from '../runs/runRequest';
import type { RunnableModel } from '../runs/runRequest';
import { predictedClass } from './accuracy';
import { OutputErrorSum } from './outputError';

export interface EvaluateRequest {
  readonly original: RunnableModel;
  readonly quantized: RunnableModel;
  readonly inputs: readonly ModelInput[];
  /** Sample inputs; null: random ones. */
  readonly samples: string | null;
  /** A file with the right class of each sample; left out: labels that come with the samples, if any do. */
  readonly labels?: string | null;
  /** Threads that one operator may use; 0: the runtime's own choice. */
  readonly threads: number;
}

export interface EvaluateResult {
  readonly outputs: readonly OutputError[];
  readonly accuracy: QuantizeResult['accuracy'];
  /** Why the models could not be run side by side; '' when they were. */
  readonly notRun: string;
  readonly notes: readonly string[];
}

export interface EvaluateOptions {
  readonly signal?: AbortSignal;
  /** Called when the original has been loaded, and has run where that could be tried, before the quantized model is touched. */
  readonly onOriginalRuns?: () => Promise<void>;
}

/**
 * Runs the float and the quantized model side by side and measures how far every output moved.
 * A float model that does not run is no failure of the export: the result says so in `notRun`.
 * Throws `invalid-samples` when the person's samples do not fit, and `verification` when the quantized model does not
 * run although the original does.
 */
export async function evaluateModels(request: EvaluateRequest, runtime: Runtime, report: ReportProgress, { signal, onOriginalRuns }: EvaluateOptions = {}): Promise<EvaluateResult> {
  const given = request.samples === null ? null : loadSamples(request.samples, request.inputs, request.labels);
  const original = await loadOriginal(request, runtime);
  if (typeof original === 'string') return notEvaluated(original);
  try {
    throwIfCancelled(signal);
    const samples = given ?? (await workingRandomSamples(original, request.inputs));
    if (typeof samples === 'string') return notEvaluated(samples);
    await onOriginalRuns?.();
    const quantized = await verified(() => loadModel(request.quantized, request.threads, runtime));
    try {
      return await runBoth(original, quantized, samples, report, signal);
    } finally {
      await quantized.release();
    }
  } finally {
    await original.release();
  }
}

async function runBoth(original: ModelSession, quantized: ModelSession, samples: SampleSet, report: ReportProgress, signal: AbortSignal | undefined): Promise<EvaluateResult> {
  const figures = new Figures(samples);
  let done = 0;
  report({ step: 'Running both models', done, total: samples.expected, unit: 'runs' });
  for (const sample of samples.read()) {
    throwIfCancelled(signal);
    const expected = await original.run(sample.feeds);
    throwIfCancelled(signal);
    const actual = await verified(() => quantized.run(sample.feeds));
    figures.add(sample, expected, actual);
    done += 1;
    report({ step: 'Running both models', done, total: Math.max(done, samples.expected), unit: 'runs' });
  }
  return figures.result();
}

/** Collects the figures of all samples. */
class Figures {
  readonly #sums = new Map<string, OutputErrorSum>();
  readonly #accuracy = { before: 0, after: 0, samples: 0 };
  #unranked = false;

  constructor(readonly samples: SampleSet) {}

  add(sample: Sample, expected: ReadonlyMap<string, TensorValue>, actual: ReadonlyMap<string, TensorValue>): void {
    for (const [name, value] of expected) {
      if (value.dataType === 'string') continue;
      const sum = this.#sums.get(name) ?? new OutputErrorSum(name, this.samples.source);
      this.#sums.set(name, sum);
      sum.add(value, actual.get(name)!);
    }
    if (sample.label !== null) this.#score(sample.label, [...expected.values()][0], [...actual.values()][0]);
  }

  #score(label: number, expected: TensorValue | undefined, actual: TensorValue | undefined): void {
    const before = expected ? predictedClass(expected) : null;
    const after = actual ? predictedClass(actual) : null;
    if (before === null || after === null) {
      this.#unranked = true;
      return;
    }
    this.#accuracy.samples += 1;
    if (before === label) this.#accuracy.before += 1;
    if (after === label) this.#accuracy.after += 1;
  }

  result(): EvaluateResult {
    const { before, after, samples } = this.#accuracy;
    const sums = [...this.#sums.values()];
    const outputs = sums.flatMap((sum) => sum.result() ?? []);
    const nothingMoved = this.samples.source === 'random' && outputs.length > 0 && outputs.every(({ maxError }) => maxError === 0);
    return {
      outputs,
      accuracy: samples === 0 ? null : { before: before / samples, after: after / samples, samples },
      notRun: '',
      notes: [
        ...this.samples.notes,
        ...sums.filter(({ reshaped }) => reshaped > 0).map(({ name, reshaped }) => `Output "${name}" came out with another shape for ${reshaped} samples; they are not in its error.`),
        ...sums.filter(({ notNumbers }) => notNumbers > 0).map(({ name, notNumbers }) => `Output "${name}" of the model itself holds NaN for ${notNumbers} of the samples; its error says nothing about those values.`),
        ...(nothingMoved ? ['On random inputs no output differs at all: perhaps they do not reach the weights that were changed. Give sample inputs to be sure.'] : []),
        ...(this.#unranked ? ['The labels were not used, because the first output is not one score per class.'] : []),
      ],
    };
  }
}

async function loadOriginal(request: EvaluateRequest, runtime: Runtime): Promise<ModelSession | string> {
  try {
    return await loadModel(request.original, request.threads, runtime);
  } catch (error) {
    if (NibbleError.is(error, 'runtime')) return `The original model does not load in onnxruntime, so that there is nothing to compare with. ${error.message}`;
    throw error;
  }
}

async function verified<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!NibbleError.is(error, 'runtime')) throw error;
    throw new NibbleError('verification', `The quantized model does not run although the original does. ${error.message} Please choose another format for the layer that it names.`, error.subject, { cause: error });
  }
}

function notEvaluated(notRun: string): EvaluateResult {
  return { outputs: [], accuracy: null, notRun, notes: [] };
}
