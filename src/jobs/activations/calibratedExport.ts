import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { resolveActivations } from '../../plan/activations';
import type { Plan } from '../../plan/plan';
import { resolvePlan } from '../../plan/resolve';
import { targetOf } from '../../targets/targets';
import { Decider } from '../decisions';
import type { Decisions } from '../decisions';
import type { Conversion } from '../export/conversion';
import type { ExportChanges } from '../export/layoutExport';
import { ModelFile } from '../modelFile';
import type { QuantizedActivationsResult, ReportProgress, WeightError } from '../records';
import { standardOpset } from '../export/raiseOpset';
import { readModel } from '../../onnx/readModel';
import { openFileSource } from '../files/fileSource';
import type { RunnableModel } from '../runs/runRequest';
import { kernelReport } from './kernels';
import type { KernelReport } from './kernels';
import type { CalibratePorts, CalibrateRun } from './calibrate';
import { prepareModel } from './prepareModel';
import { quantizeActivations } from './quantizeActivations';
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

export interface CalibrateRequest {
  readonly plan: Plan;
  /** Sample inputs; null: those of the plan, else random ones. */
  readonly samples: string | null;
}

/**
 * Calibrates and decides what a plan asks for about activations, and hands it to `use` while the files behind it exist; null
 * when the plan leaves them float. Nothing is left behind afterwards. Throws `invalid-samples`, `runtime`, `disk-full`, `cancelled`.
 */
export async function withCalibration<T>(file: ModelFile, { plan, samples }: CalibrateRequest, ports: CalibratePorts, report: ReportProgress, signal: AbortSignal, use: (calibrated: CalibratedExport | null) => Promise<T>): Promise<T> {
  const { layers, model } = file.analysis;
  const wish = resolveActivations(plan, layers);
  if (wish === null) return use(null);
  const folder = join(tmpdir(), `nibble-${randomUUID()}`);
  const opened: ModelFile[] = [];
  await ports.fs.makeFolder(folder);
  try {
    let files = 0;
    const run: CalibrateRun = {
      ports,
      inputs: { inputs: model.inputs, samples: samplesOf(file, plan, samples), count: wish.count, threads: 0 },
      scratch: (name) => join(folder, `${name}-${String((files += 1))}.onnx`),
      open: (path) => {
        const made = ModelFile.open(path, plan.dimensions);
        opened.push(made);
        return made;
      },
      report,
      signal,
    };
    const made = await calibrated(await prepareModel(file, run), plan, run);
    return await use({ ...made, notes: [...raisedNotes(file, made.file), ...made.notes] });
  } finally {
    for (const other of opened) other.close();
    await ports.fs.removeFolder(folder).catch(() => undefined);
  }
}

async function calibrated(prepared: ModelFile, plan: Plan, run: CalibrateRun): Promise<CalibratedExport> {
  const wish = resolveActivations(plan, prepared.analysis.layers)!;
  // By name: a float model that is made on the way has the same layers at the same places or fewer.
  const float = new Set(prepared.analysis.layers.filter(({ index }) => wish.float.has(index)).map(({ name }) => name));
  const decide = (made: ModelFile): Decisions => new Decider(made).all(resolvePlan(plan, made.analysis.layers), targetOf(plan));
  const quantized = await quantizeActivations(prepared, { ...wish, wanted: ({ name }) => !float.has(name), decide }, run);
  const { file, facts, changes, weights } = quantized;
  const guess = facts.source === 'random' ? ['Ranges of activations come from random inputs, so they are a guess. Give samples for a result that can be relied on.'] : [];
  return {
    file,
    decisions: quantized.decisions,
    changes,
    conversions: quantized.conversions,
    errors: new Map([...weights.weights].map(([key, { error }]) => [key, error])),
    describe: async (written) => ({ ...describe(file, wish.format, quantized), ...(await kernelsOf(file, plan.dimensions ?? {}, quantized, written, run)) }),
    notes: [...guess, ...facts.notes],
  };
}

function raisedNotes(original: ModelFile, made: ModelFile): readonly string[] {
  const [from, to] = [original, made].map(({ model }) => standardOpset(model, null));
  return from === to ? [] : [`The operator set was raised from ${from!} to ${to!}, which has scales for channels. Every operator of the model means the same there.`];
}

/** Samples of a plan are named from the folder of the plan, which is that of the model. */
function samplesOf(file: ModelFile, { calibration }: Plan, given: string | null): string | null {
  if (given !== null) return resolve(given);
  return calibration?.samples === undefined ? null : resolve(dirname(file.path), calibration.samples);
}

/** Asks onnxruntime what it makes of the written model. */
async function kernelsOf(file: ModelFile, dimensions: Readonly<Record<string, number>>, { names, facts }: QuantizedActivations, model: RunnableModel, { ports, scratch, report, signal }: CalibrateRun): Promise<KernelReport> {
  const output = scratch('optimized');
  const { written } = await ports.runner.optimize({ model, output }, report, signal);
  if (!written) return { kernels: [], integerMacs: null };
  const source = openFileSource(output);
  // How much a layer computes is often known only for inputs of a certain size.
  const sized = ModelFile.open(file.path, { ...sizesOf(file, facts), ...dimensions });
  try {
    return kernelReport(sized, readModel(source), ({ outputs }) => outputs.flatMap((name) => [name, ...(names.get(name) ?? [])]));
  } finally {
    source.close();
    sized.close();
  }
}

/** The sizes that named dimensions of the inputs have in the samples. */
function sizesOf({ analysis: { model } }: ModelFile, { shapes }: QuantizedActivations['facts']): Readonly<Record<string, number>> {
  return Object.fromEntries(model.inputs.flatMap(({ name, shape }) => (shape ?? []).flatMap((dim, axis) => {
    const size = shapes[name]?.[axis];
    return typeof dim === 'string' && dim in model.dimensions && size !== undefined && size > 0 ? [[dim, size] as const] : [];
  })));
}

function describe(file: ModelFile, format: QuantizedActivationsResult['format'], { placement, chosen, tried, refused, facts }: QuantizedActivations): Omit<QuantizedActivationsResult, keyof KernelReport> {
  const { layers } = file.analysis;
  const placed = new Map(placement.layers.map((layer) => [layer.node, layer]));
  const rows = layers.map((layer, index) => ({ name: layer.name, op: layer.op, index: layer.index, hasWeights: layer.weights.length > 0, placed: placed.get(file.sites[index]!.node) }));
  return {
    format,
    method: chosen.method,
    equalized: chosen.equalized,
    source: facts.source,
    samples: facts.samples,
    sqnrDb: chosen.sqnrDb,
    tried: tried.map(({ method, equalized, sqnrDb }) => ({ method, equalized, sqnrDb })),
    layers: rows.flatMap(({ name, op, placed: own }) => (own === undefined ? [] : [{ name, op, output: own.output === null ? 'float' : 'quantized', why: own.outputFloat }])),
    float: rows.filter(({ hasWeights, placed: own }) => hasWeights && own === undefined).map(({ name, op, index }) => ({ name, op, why: refused.get(index) ?? 'onnxruntime has no integer kernel for this operator' })),
  };
}
