import type { Observation } from '../../quant/observe/tensorObserver';
import { TensorObserver } from '../../quant/observe/tensorObserver';
import type { Runtime } from '../../runtime/session';
import type { ReportProgress } from '../records';
import { runOnSamples, withSession } from './runRequest';
import type { RunFacts, RunInputs, RunnableModel } from './runRequest';

/** A value to be watched. */
export interface Tap {
  readonly name: string;
  /** The axis of its channels; negative ones count from the last; null: channels do not matter. */
  readonly channelAxis: number | null;
}

export interface ObserveRequest extends RunInputs {
  /** A model that gives out all values to be watched. */
  readonly model: RunnableModel;
  readonly taps: readonly Tap[];
}

export interface ObserveResult extends RunFacts {
  /** By name; values of other types than float are not there. */
  readonly observations: ReadonlyMap<string, Observation>;
}

/** Runs a model on samples and observes some of its values. Throws what `runOnSamples` throws. */
export function observe(request: ObserveRequest, runtime: Runtime, report: ReportProgress, signal?: AbortSignal): Promise<ObserveResult> {
  return withSession(request.model, request.threads, runtime, async (session) => {
    const known = new Set(session.outputs.filter(({ dataType }) => dataType === 'float').map(({ name }) => name));
    const observers = new Map(request.taps.filter(({ name }) => known.has(name)).map(({ name, channelAxis }) => [name, new TensorObserver(channelAxis)]));
    const facts = await runOnSamples(session, request, [...observers.keys()], 'Calibrating', report, signal, (outputs) => {
      for (const [name, observer] of observers) {
        const value = outputs.get(name);
        if (value?.data instanceof Float32Array) observer.add(value.data, value.dims);
      }
    });
    return { ...facts, observations: new Map([...observers].map(([name, observer]) => [name, observer.result()])) };
  });
}
