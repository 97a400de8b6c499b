import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { NibbleError } from '../../errors';
import type { Plan } from '../../plan/plan';
import { resolvePlan } from '../../plan/resolve';
import type { ActivationFormat } from '../../quant/activationFormat';
import type { Runtime } from '../../targets/target';
import { activationsOf, targetOf } from '../../targets/targets';
import { Decider } from '../decisions';
import type { Decisions } from '../decisions';
import { ModelFile } from '../modelFile';
import type { ReportProgress } from '../records';
import type { CalibratePorts, CalibrateRun } from './calibrateContext';
import { quantizeActivations } from './quantizeActivations';
import type { ActivationWish, QuantizedActivations } from './quantizeActivations';
import { samplesOf } from '../samples/samplesOf';
import { readRanges } from './rangesFile';

export interface CalibrateRequest {
  readonly plan: Plan;
  /** Sample inputs; null: those of the plan, else random ones. */
  readonly samples: string | null;
}

function checkFormat({ name, activations: { formats, formatReason } }: Runtime, format: ActivationFormat, { path }: ModelFile): void {
  if (!formats.includes(format)) throw new NibbleError('invalid-argument', `${format} activations do not fit the target ${name}. ${formatReason} Choose ${formats.join(' or ')}.`, { file: path });
}

/** Makes a place for the files that calibration needs, and takes it away again, with the models that were opened there. Throws `invalid-argument` for activations that the target does not take. */
export async function withCalibrationRun<T>(file: ModelFile, { plan, samples }: CalibrateRequest, ports: CalibratePorts, report: ReportProgress, signal: AbortSignal, use: (run: CalibrateRun) => Promise<T>): Promise<T> {
  const { layers, model } = file.analysis;
  const { count, format } = activationsOf(plan, layers)!;
  checkFormat(targetOf(plan).runtime, format, file);
  const folder = join(tmpdir(), `nibble-${randomUUID()}`);
  const opened: ModelFile[] = [];
  await ports.fs.makeFolder(folder);
  try {
    let files = 0;
    return await use({
      ports,
      ranges: plan.calibration?.ranges === undefined ? null : resolve(dirname(file.path), plan.calibration.ranges),
      inputs: { inputs: model.inputs, samples: samplesOf(file.path, plan, samples), count, threads: 0 },
      scratch: (name) => join(folder, `${name}-${String((files += 1))}.onnx`),
      open: (path) => {
        const made = ModelFile.open(path, plan.dimensions);
        opened.push(made);
        return made;
      },
      report,
      signal,
    });
  } finally {
    for (const other of opened) other.close();
    await ports.fs.removeFolder(folder).catch(() => undefined);
  }
}

/** Quantizes the activations of a prepared model as a plan wants it. */
export async function quantizeByPlan(prepared: ModelFile, plan: Plan, choice: Pick<ActivationWish, 'even'>, run: CalibrateRun): Promise<QuantizedActivations> {
  const ranges = run.ranges === null ? new Map<string, never>() : readRanges(run.ranges);
  const { float, format, method } = activationsOf(plan, prepared.analysis.layers)!;
  // By name: a float model that is made on the way has the same layers at the same places or fewer.
  const names = new Set(prepared.analysis.layers.filter(({ index }) => float.has(index)).map(({ name }) => name));
  const target = targetOf(plan);
  const decide = (made: ModelFile): Decisions => {
    const decisions = new Decider(made).all(resolvePlan(plan, made.analysis.layers), target);
    return target.runtime.activations.reducedWeights ? withReducedWeights(made, decisions, target.runtime.activations.layers) : decisions;
  };
  return quantizeActivations(prepared, { ...choice, runtime: target.runtime, format, method, ranges, wanted: ({ name }) => !names.has(name), decide }, run);
}

/** Lets int8 weights of layers that compute on codes keep to 7 bits. */
function withReducedWeights({ analysis }: ModelFile, decisions: Decisions, layers: ReadonlySet<string>): Decisions {
  const keys = new Set(analysis.layers.filter(({ op }) => layers.has(op)).flatMap(({ weights }) => weights.map(({ key }) => key)));
  return new Map([...decisions].map(([key, decision]) => {
    const reduces = decision.kind === 'convert' && decision.scheme.kind === 'integer' && decision.scheme.bits === 8 && keys.has(key);
    return [key, reduces ? { ...decision, scheme: { ...decision.scheme, reduced: true } } : decision] as const;
  }));
}
