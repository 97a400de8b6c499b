import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { resolveActivations } from '../../plan/activations';
import type { Plan } from '../../plan/plan';
import { resolvePlan } from '../../plan/resolve';
import { targetOf } from '../../targets/targets';
import { Decider } from '../decisions';
import type { Decisions } from '../decisions';
import { ModelFile } from '../modelFile';
import type { ReportProgress } from '../records';
import type { CalibratePorts, CalibrateRun } from './calibrate';
import { quantizeActivations } from './quantizeActivations';
import type { ActivationWish, QuantizedActivations } from './quantizeActivations';
import { samplesOf } from '../samples/samplesOf';
import { readRanges } from './rangesFile';

export interface CalibrateRequest {
  readonly plan: Plan;
  /** Sample inputs; null: those of the plan, else random ones. */
  readonly samples: string | null;
}

/** Makes a place for the files that calibration needs, and takes it away again, with the models that were opened there. */
export async function withCalibrationRun<T>(file: ModelFile, { plan, samples }: CalibrateRequest, ports: CalibratePorts, report: ReportProgress, signal: AbortSignal, use: (run: CalibrateRun) => Promise<T>): Promise<T> {
  const { layers, model } = file.analysis;
  const folder = join(tmpdir(), `nibble-${randomUUID()}`);
  const opened: ModelFile[] = [];
  await ports.fs.makeFolder(folder);
  try {
    let files = 0;
    return await use({
      ports,
      ranges: plan.calibration?.ranges === undefined ? null : resolve(dirname(file.path), plan.calibration.ranges),
      inputs: { inputs: model.inputs, samples: samplesOf(file.path, plan, samples), count: resolveActivations(plan, layers)!.count, threads: 0 },
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
  const { float, format, method } = resolveActivations(plan, prepared.analysis.layers)!;
  // By name: a float model that is made on the way has the same layers at the same places or fewer.
  const names = new Set(prepared.analysis.layers.filter(({ index }) => float.has(index)).map(({ name }) => name));
  const decide = (made: ModelFile): Decisions => new Decider(made).all(resolvePlan(plan, made.analysis.layers), targetOf(plan));
  return quantizeActivations(prepared, { ...choice, format, method, ranges, wanted: ({ name }) => !names.has(name), decide }, run);
}
