import { basename, dirname, join, resolve } from 'node:path';
import { throwIfCancelled } from '../errors';
import type { Plan } from '../plan/plan';
import { resolvePlan } from '../plan/resolve';
import type { ResolvedPlan } from '../plan/resolve';
import { targetOf } from '../targets/targets';
import type { EvaluateResult } from './evaluate/evaluateModels';
import type { ModelRunner } from './evaluate/modelRunner';
import { withCalibration } from './activations/calibratedExport';
import type { CalibratedExport } from './activations/calibratedExport';
import { Decider } from './decisions';
import type { Decisions } from './decisions';
import { checkLoadable } from './export/checkLoadable';
import { describeExport } from './export/describeExport';
import { layoutCopy, layoutExport } from './export/layoutExport';
import type { ExportLayout } from './export/layoutExport';
import { verifyExport } from './export/verifyExport';
import { writeExport } from './export/writeExport';
import type { OutputFs } from './files/outputFs';
import { createOutputs } from './files/outputSet';
import type { OutputSet } from './files/outputSet';
import { ModelFile } from './modelFile';
import type { WeightPort } from './ports';
import { runnableOf } from './runs/runRequest';
import { samplesOf } from './samples/samplesOf';
import type { RunnableModel } from './runs/runRequest';
import { loadSamples } from './samples/loadSamples';
import type { QuantizeResult, ReportProgress, WeightError } from './records';

/** Above this running needs memory that not every machine has: both models are loaded at once. It runs only when asked for. */
export const MAX_WEIGHT_BYTES_TO_RUN = 512 * 2 ** 20;

export interface QuantizeRequest {
  readonly path: string;
  readonly plan: Plan;
  readonly output: string;
  /** Sample inputs: a file or folder; null: those of the plan, else random ones. */
  readonly samples: string | null;
  /** Other files that the output must not replace, such as the plan's. */
  readonly keep?: readonly string[];
  /** Run float and quantized model; 'auto' leaves it out for large models and says so. */
  readonly run: 'auto' | 'yes' | 'no';
}

export interface QuantizePorts {
  readonly weights: WeightPort;
  readonly runner: ModelRunner;
  readonly fs: OutputFs;
}

/**
 * Writes a quantized copy of a model, checks it, and measures how far its outputs moved. The result gets its name only
 * when it has been read back and, unless `run` forbids it, has run in onnxruntime; an older file of that name stays
 * untouched until then. On any failure and on cancel nothing is left behind.
 *
 * Throws the errors of `ModelFile.open` and `checkLoadable`, and `invalid-argument`, `not-writable`, `disk-full`, `changed`, `external-data`,
 * `invalid-samples`, `verification`, `runtime`, `cancelled`.
 */
export async function quantizeModel(request: QuantizeRequest, ports: QuantizePorts, report: ReportProgress, signal: AbortSignal): Promise<QuantizeResult> {
  const started = performance.now();
  throwIfCancelled(signal);
  const file = ModelFile.open(resolve(request.path), request.plan.dimensions);
  try {
    const doubts = checkLoadable(file.model);
    // Looked at even where nothing will run: a wrong path is told now, and not by the next command.
    if (request.samples !== null) loadSamples(resolve(request.samples), file.analysis.model.inputs);
    return await withCalibration(file, request, ports, report, signal, async (calibrated) => {
      const job: Job = { original: file, file: calibrated?.file ?? file, output: resolve(request.output), request, ports, report, signal, calibrated };
      const plan = resolvePlan(request.plan, job.file.analysis.layers);
      const written = await write(job, calibrated?.decisions ?? new Decider(file).all(plan, targetOf(request.plan)));
      try {
        const result = await prove(job, plan, written);
        throwIfCancelled(signal);
        await written.outputs.commit();
        return { ...result, notes: [...doubts, ...result.notes], milliseconds: Math.round(performance.now() - started) };
      } catch (error) {
        await written.outputs.discard();
        throw error;
      }
    });
  } finally {
    file.close();
  }
}

interface Job {
  readonly original: ModelFile;
  /** The float model whose weights are written in another way: the original, or what calibration made of it. */
  readonly file: ModelFile;
  readonly calibrated: CalibratedExport | null;
  readonly output: string;
  readonly request: QuantizeRequest;
  readonly ports: QuantizePorts;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** An export whose files are complete but do not have their names yet. */
interface Written {
  readonly layout: ExportLayout;
  readonly outputs: OutputSet;
  readonly decisions: Decisions;
  readonly errors: ReadonlyMap<string, WeightError>;
}

/**
 * Writes the export. Whether a tensor holds NaN or an infinity is known only when it has been read; instead of reading
 * everything twice, the rare export that meets one is started again without it.
 */
async function write(job: Job, decisions: Decisions): Promise<Written> {
  const layout = layOut(job, decisions);
  const outputs = await createOutputs(job.ports.fs, requestsFor(job, layout), inputsOf(job));
  try {
    const { errors, refused } = await fill(job, layout, outputs);
    if (refused.size === 0) {
      await outputs.close();
      return { layout, outputs, decisions, errors: new Map([...(job.calibrated?.errors ?? []), ...errors]) };
    }
    await outputs.discard();
    return await write(job, new Map([...decisions, ...[...refused].map(([key, reason]) => [key, { kind: 'keep', reason }] as const)]));
  } catch (error) {
    await outputs.discard();
    throw error;
  }
}

function layOut({ file, output, calibrated }: Job, decisions: Decisions): ExportLayout {
  if (calibrated !== null) return layoutExport(file.model, file.source, calibrated.conversions, dataNameOf(output), calibrated.changes);
  const conversions = [...file.weights.values()].flatMap((stored) => {
    const decision = decisions.get(stored.key);
    return decision?.kind === 'convert' ? [{ stored, ...decision }] : [];
  });
  if (conversions.length > 0) return layoutExport(file.model, file.source, conversions, dataNameOf(output));
  // In the same folder the copy finds the data files of the original.
  return layoutCopy(file.source, dirname(output) === dirname(file.path) ? [] : file.dataFiles().map(({ location, size }) => ({ name: location, size })));
}

function dataNameOf(output: string): string {
  return `${basename(output)}.data`;
}

function requestsFor({ output }: Job, layout: ExportLayout) {
  const copies = layout.conversions.length === 0;
  return [
    // A converted model is tried out where it grows, so its data file has its own name there.
    ...layout.data.map(({ name, plan }, index) => ({ path: join(dirname(output), name), size: plan.size, temporaryName: copies ? `data-${index}` : name, mustBeNew: copies })),
    { path: output, size: layout.model.size, temporaryName: 'model', mustBeNew: false },
  ];
}

function inputsOf({ original, request: { samples, keep = [] } }: Job): readonly string[] {
  return [...original.paths(), ...[...keep, ...(samples === null ? [] : [samples])].map((path) => resolve(path))];
}

async function fill({ file, ports, report, signal }: Job, layout: ExportLayout, outputs: OutputSet) {
  const total = layout.conversions.reduce((sum, { stored }) => sum + stored.weight.bytes, 0) + copiedBytes(layout);
  let done = 0;
  const step = layout.conversions.length === 0 ? 'Copying the model' : 'Quantizing weights';
  const onBytes = (bytes: number): void => {
    done += bytes;
    report({ step, done: Math.min(done, total), total, unit: 'bytes' });
  };
  onBytes(0);
  const files = { model: outputs.files.at(-1)!, data: outputs.files.slice(0, -1) };
  return file.withSources((sourceOf) => writeExport(layout, files, sourceOf, file.locate, ports.weights, { signal, onBytes }));
}

function copiedBytes({ model, data }: ExportLayout): number {
  return [model, ...data.map(({ plan }) => plan)].reduce((sum, { size, holes }) => sum + size - [...holes.values()].reduce((inHoles, { length }) => inHoles + length, 0), 0);
}

/** Reads the written files back, runs them beside the original, and describes what came out. */
async function prove(job: Job, plan: ResolvedPlan, { layout, outputs, decisions, errors }: Written): Promise<Omit<QuantizeResult, 'milliseconds'>> {
  const { original, file, output, report, calibrated } = job;
  original.checkUnchanged();
  report({ step: 'Checking the written file', done: 0, total: 0, unit: 'bytes' });
  const temporary = outputs.files.at(-1)!.temporaryPath;
  const storedBytes = verifyExport(file.model, temporary, output, layout);
  const evaluation = await evaluate(job, layout, outputs);
  const described = describeExport(file, plan, { original, layout, decisions, errors, storedBytes });
  return {
    output,
    externalData: outputs.files.length > 1 ? outputs.files[0]!.path : null,
    ...described,
    ...evaluation,
    activations: (await calibrated?.describe(runnable(outputs))) ?? null,
    notes: [...new Set([...(calibrated?.notes ?? []), ...described.notes, ...evaluation.notes])],
  };
}

async function evaluate({ original: file, request, ports, report, signal }: Job, layout: ExportLayout, outputs: OutputSet): Promise<EvaluateResult> {
  const reason = reasonNotToRun(file, request.run, layout);
  if (reason !== '') return { outputs: [], accuracy: null, notRun: reason, notes: [] };
  const evaluation = {
    original: runnableOf(file),
    quantized: runnable(outputs),
    inputs: file.analysis.model.inputs,
    samples: samplesOf(file.path, request.plan, request.samples),
    threads: 0,
  };
  return ports.runner.evaluate(evaluation, report, signal);
}

function runnable({ files }: OutputSet): RunnableModel {
  return { path: files.at(-1)!.temporaryPath, externalFiles: files.slice(0, -1).map(({ temporaryPath }) => ({ location: basename(temporaryPath), path: temporaryPath })) };
}

function reasonNotToRun(file: ModelFile, run: QuantizeRequest['run'], layout: ExportLayout): string {
  if (run === 'no') return 'Running the models was turned off.';
  if (layout.conversions.length === 0) return 'No weight was changed, so the outputs are the same.';
  const { weightBytes } = file.analysis.totals;
  if (run === 'yes' || weightBytes <= MAX_WEIGHT_BYTES_TO_RUN) return '';
  return `The models were not run, because their weights take ${Math.round(weightBytes / 1e6)} MB and running needs that memory. On the command line, --run runs them all the same.`;
}
