import type { Runtime } from '../../runtime/session';
import type { ReportProgress } from '../records';
import { numberAt } from '../samples/convert';
import { runOnSamples, withSession } from './runRequest';
import type { RunFacts, RunInputs, RunnableModel } from './runRequest';

export interface AverageRequest extends RunInputs {
  readonly model: RunnableModel;
  /** Outputs whose size is the same for every sample. */
  readonly outputs: readonly string[];
}

export interface AverageResult extends RunFacts {
  /** Mean over the samples of each output's elements, by name. */
  readonly means: ReadonlyMap<string, Float64Array>;
}

/** Runs a model on samples and averages some of its outputs, element by element. Throws what `runOnSamples` throws. */
export function average(request: AverageRequest, runtime: Runtime, report: ReportProgress, signal?: AbortSignal): Promise<AverageResult> {
  return withSession(request.model, request.threads, runtime, async (session) => {
    const sums = new Map<string, Float64Array>();
    const facts = await runOnSamples(session, request, request.outputs, 'Measuring shifts of channels', report, signal, (outputs) => {
      for (const [name, value] of outputs) {
        const sum = sums.get(name) ?? new Float64Array(value.data.length);
        sums.set(name, sum);
        for (let index = 0; index < sum.length; index += 1) sum[index]! += numberAt(value, index);
      }
    });
    return { ...facts, means: new Map([...sums].map(([name, sum]) => [name, sum.map((total) => total / facts.samples)])) };
  });
}
