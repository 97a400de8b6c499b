import type { Plan } from '../../plan/plan';
import { activationsOf, targetOf } from '../../targets/targets';
import type { Target } from '../../targets/target';
import type { Decisions } from '../decisions';
import type { Conversion } from '../export/conversion';
import type { ExportChanges } from '../export/layoutExport';
import { ModelFile } from '../modelFile';
import type { QuantizedActivationsResult, ReportProgress, WeightError } from '../records';
import { standardOpset } from '../export/raiseOpset';
import { readModel } from '../../onnx/readModel';
import { openFileSource } from '../files/fileSource';
import type { RunFacts, RunnableModel } from '../runs/runRequest';
import { kernelReport, predictedReport } from './kernels';
import type { KernelReport } from './kernels';
import { quantizeByPlan, withCalibrationRun } from './calibrationRun';
import type { CalibrateRequest } from './calibrationRun';
import type { CalibratePorts, CalibrateRun } from './calibrateContext';
import { sizesOf } from './dimensionSizes';
import { predictKernels } from './predictKernels';
import { prepareModel } from './prepareModel';
import type { QuantizedActivations } from './quantizeActivations';

/** What a model with quantized activations is written from. */
export interface CalibratedExport {
  /** The float model that the changes are made to. */
  readonly file: ModelFile;
  readonly decisions: Decisions;
  readonly changes: ExportChanges;
  readonly conversions: readonly Conversion[];
  readonly errors: ReadonlyMap<string, WeightError>;
  /** Describes what came of it. `written`: the quantized model. */
  readonly describe: (written: RunnableModel) => Promise<QuantizedActivationsResult>;
  readonly notes: readonly string[];
}

/**
 * Calibrates and decides what a plan asks for about activations, and hands it to `use` while the files behind it exist; null
 * when the plan leaves them float. Nothing is left behind afterwards. Throws `invalid-samples`, `invalid-argument`, `runtime`, `disk-full`, `cancelled`.
 */
export async function withCalibration<T>(file: ModelFile, request: CalibrateRequest, ports: CalibratePorts, report: ReportProgress, signal: AbortSignal, use: (calibrated: CalibratedExport | null) => Promise<T>): Promise<T> {
  if (activationsOf(request.plan, file.analysis.layers) === null) return use(null);
  return withCalibrationRun(file, request, ports, report, signal, async (run) => {
    const made = await calibrated(await prepareModel(file, run), request.plan, run);
    return use({ ...made, notes: [...raisedNotes(file, made.file), ...made.notes] });
  });
}

async function calibrated(prepared: ModelFile, plan: Plan, run: CalibrateRun): Promise<CalibratedExport> {
  const quantized = await quantizeByPlan(prepared, plan, { even: true }, run);
  const { file, facts, changes, weights } = quantized;
  return {
    file,
    decisions: quantized.decisions,
    changes,
    conversions: quantized.conversions,
    errors: new Map([...weights.weights].map(([key, { error }]) => [key, error])),
    describe: async (written) => ({ ...describe(file, targetOf(plan), quantized), ...(await kernelsOf(plan, quantized, written, run)) }),
    notes: [...guessNotes(facts), ...facts.notes],
  };
}

/** What has to be said about ranges that no samples stand behind. */
export function guessNotes({ source }: Pick<RunFacts, 'source'>): readonly string[] {
  return source === 'random' ? ['Ranges of activations come from random inputs, so they are a guess. Give samples for a result that can be relied on.'] : [];
}

function raisedNotes(original: ModelFile, made: ModelFile): readonly string[] {
  const [from, to] = [original, made].map(({ model }) => standardOpset(model, null));
  return from === to ? [] : [`The operator set was raised from ${from!} to ${to!}, which has scales for channels. Every operator of the model means the same there.`];
}

/** What the target's rules say of each layer of the written model, and, where onnxruntime will run it, what that makes of it. */
async function kernelsOf(plan: Plan, { file, names, facts, placement, decisions }: QuantizedActivations, model: RunnableModel, { ports, scratch, report, signal }: CalibrateRun): Promise<KernelReport> {
  const target = targetOf(plan);
  const predicted = predictKernels(file, target, placement, decisions);
  // How much a layer computes is often known only for inputs of a certain size.
  const sized = ModelFile.open(file.path, { ...sizesOf(file, facts.shapes), ...plan.dimensions });
  try {
    const output = scratch('optimized');
    const { written } = target.runtime.runsHere ? await ports.runner.optimize({ model, output }, report, signal) : { written: false };
    if (!written) return predictedReport(sized, predicted);
    const source = openFileSource(output);
    try {
      return kernelReport(sized, readModel(source), ({ outputs }) => outputs.flatMap((name) => [name, ...(names.get(name) ?? [])]), predicted);
    } finally {
      source.close();
    }
  } finally {
    sized.close();
  }
}

function describe(file: ModelFile, { runtime, format }: Target, { placement, chosen, tried, refused, ranges, observations, facts }: QuantizedActivations): Omit<QuantizedActivationsResult, keyof KernelReport> {
  const { layers } = file.analysis;
  const placed = new Map(placement.layers.map((layer) => [layer.node, layer]));
  const rows = layers.map((layer, index) => ({ name: layer.name, op: layer.op, index: layer.index, hasWeights: layer.weights.length > 0, placed: placed.get(file.sites[index]!.node) }));
  return {
    format: format!,
    method: chosen.method,
    equalized: chosen.equalized,
    source: facts.source,
    samples: facts.samples,
    sqnrDb: chosen.sqnrDb,
    givenRanges: [...ranges.keys()].filter((name) => !observations.has(name)).length,
    tried: tried.map(({ method, equalized, sqnrDb }) => ({ method, equalized, sqnrDb })),
    layers: rows.flatMap(({ name, op, placed: own }) => (own === undefined ? [] : [{ name, op, output: own.output === null ? 'float' : 'quantized', why: own.outputFloat }])),
    float: rows.filter(({ hasWeights, placed: own }) => hasWeights && own === undefined).map(({ name, op, index }) => ({ name, op, why: refused.get(index) ?? `${runtime.name} has no integer kernel for this operator` })),
  };
}
