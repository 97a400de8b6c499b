import { basename, resolve } from 'node:path';
import { throwIfCancelled } from '../errors';
import type { Plan } from '../plan/plan';
import { activationsOf } from '../targets/targets';
import type { CalibratePorts } from './activations/calibrateContext';
import { guessNotes } from './activations/calibratedExport';
import { quantizeByPlan, withCalibrationRun } from './activations/calibrationRun';
import { prepareModel } from './activations/prepareModel';
import type { QuantizedActivations } from './activations/quantizeActivations';
import { rangesText } from './activations/rangesFile';
import { hashFile } from './hashFile';
import { ModelFile } from './modelFile';
import type { CalibratedRange, CalibrationResult, ReportProgress } from './records';

export interface CalibrateModelRequest {
  readonly path: string;
  /** With a format for activations. */
  readonly plan: Plan;
  /** Sample inputs: a file, folder or glob; null: those of the plan, else random ones. */
  readonly samples: string | null;
}

/**
 * Finds the ranges of all values that quantizing a model's activations would quantize, without writing a model. Ranges belong to the
 * model as it is: evening out channels, which `quantize` may try as well, makes other values of them.
 * `text`: the file of ranges that `quantize` takes. Throws what `quantizeModel` throws, for what it shares with it.
 */
export async function calibrateModel({ path, plan, samples }: CalibrateModelRequest, ports: CalibratePorts, report: ReportProgress, signal: AbortSignal): Promise<{ readonly result: CalibrationResult; readonly text: string }> {
  const started = performance.now();
  throwIfCancelled(signal);
  const file = ModelFile.open(resolve(path), plan.dimensions);
  try {
    const wish = activationsOf(plan, file.analysis.layers);
    if (wish === null) throw new TypeError('the plan leaves activations float');
    const quantized = await withCalibrationRun(file, { plan, samples }, ports, report, signal, async (run) => quantizeByPlan(await prepareModel(file, run), plan, { even: false }, run));
    const { chosen, tried, facts } = quantized;
    const result: CalibrationResult = {
      format: wish.format,
      method: chosen.method,
      source: facts.source,
      samples: facts.samples,
      sqnrDb: chosen.sqnrDb,
      tried: tried.map(({ method, sqnrDb }) => ({ method, sqnrDb })),
      ranges: rangesOf(quantized),
      notes: [...guessNotes(facts), ...facts.notes],
      milliseconds: Math.round(performance.now() - started),
    };
    return { result, text: rangesText(result, { file: basename(file.path), sha256: await hashFile(file.path, signal) }) };
  } finally {
    file.close();
  }
}

function rangesOf({ ranges, observations, facts: { names } }: QuantizedActivations): readonly CalibratedRange[] {
  return [...ranges].map(([tensor, { low, high }]) => {
    const seen = observations.get(tensor);
    return { tensor, low, high, seen: seen === undefined ? null : { low: seen.low, high: seen.high, lowSample: names[seen.lowSample] ?? '', highSample: names[seen.highSample] ?? '' } };
  });
}
