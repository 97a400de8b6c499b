import { NibbleError } from '../../errors';
import type { Runtime } from '../../runtime/session';
import type { TensorValue } from '../../runtime/tensorValue';
import { OutputErrorSum } from '../evaluate/outputError';
import type { OutputError, ReportProgress } from '../records';
import { runOnSamples, withSession } from './runRequest';
import type { RunFacts, RunInputs, RunnableModel } from './runRequest';

export interface ScoreRequest extends RunInputs {
  readonly reference: RunnableModel;
  readonly candidates: readonly RunnableModel[];
  /** Outputs to compare; all models have them under these names. */
  readonly outputs: readonly string[];
}

export interface ScoreResult extends RunFacts {
  /** Parallel to the candidates: the error of each output, or why the model could not be run. */
  readonly scores: readonly (readonly OutputError[] | string)[];
}

/** Most bytes of reference outputs that are kept; samples beyond them are left out. */
export const MAX_REFERENCE_BYTES = 2 ** 26;

/** Runs a reference model and then candidates on the same samples, and measures how far their outputs are from the reference's. */
export async function score(request: ScoreRequest, runtime: Runtime, report: ReportProgress, signal?: AbortSignal): Promise<ScoreResult> {
  const kept: ReadonlyMap<string, TensorValue>[] = [];
  let bytes = 0;
  const facts = await runOne(request, request.reference, runtime, report, signal, (outputs) => {
    for (const { data } of outputs.values()) bytes += 'byteLength' in data ? data.byteLength : 0;
    if (kept.length === 0 || bytes <= MAX_REFERENCE_BYTES) kept.push(outputs);
  });
  const scores: (readonly OutputError[] | string)[] = [];
  for (const candidate of request.candidates) {
    const sums = new Map(request.outputs.map((name) => [name, new OutputErrorSum(name, facts.source)]));
    let index = 0;
    try {
      await runOne(request, candidate, runtime, report, signal, (outputs) => {
        const expected = kept[index++];
        if (expected === undefined) return;
        for (const [name, value] of expected) if (value.dataType !== 'string') sums.get(name)?.add(value, outputs.get(name)!);
      });
      scores.push([...sums.values()].flatMap((sum) => sum.result() ?? []));
    } catch (error) {
      if (!NibbleError.is(error, 'runtime')) throw error;
      scores.push(error.message);
    }
  }
  return { ...facts, samples: kept.length, scores };
}

function runOne(request: ScoreRequest, model: RunnableModel, runtime: Runtime, report: ReportProgress, signal: AbortSignal | undefined, take: (outputs: ReadonlyMap<string, TensorValue>) => void): Promise<RunFacts> {
  const step = model === request.reference ? 'Running the float model' : 'Trying quantized models';
  return withSession(model, request.threads, runtime, (session) => runOnSamples(session, request, request.outputs, step, report, signal, take));
}
