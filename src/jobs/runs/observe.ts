import type { Observation } from '../../quant/observe/tensorObserver';
import { TensorObserver } from '../../quant/observe/tensorObserver';
import type { ModelSession, Runtime } from '../../runtime/session';
import type { TensorValue } from '../../runtime/tensorValue';
import type { ReportProgress } from '../records';
import { runOnSamples, withSession } from './runRequest';
import type { RunFacts, RunInputs, RunnableModel } from './runRequest';

/** A value to be watched, with outputs of the model that sum it up. */
export interface Tap {
  readonly name: string;
  /** Outputs with its smallest and its largest value: of each channel, or of all. */
  readonly low: string;
  readonly high: string;
  readonly perChannel: boolean;
  /** The output with the sum of its values. */
  readonly sum: string;
}

/** Values that are watched in one model, which gives all of them out. */
export interface TapGroup {
  readonly model: RunnableModel;
  readonly taps: readonly Tap[];
}

export interface ObserveRequest extends RunInputs {
  /** One after another, so that what has to be in memory at once is one group's. At least one. */
  readonly groups: readonly TapGroup[];
  /** Whether values are counted; else their extremes are all that is looked at, and the values themselves are not given out. */
  readonly counted: boolean;
}

export interface ObserveResult extends RunFacts {
  /** By name; values of other types than float are not there. */
  readonly observations: ReadonlyMap<string, Observation>;
}

/** Runs a model on samples and observes some of its values. Throws what `runOnSamples` throws. */
export async function observe(request: ObserveRequest, runtime: Runtime, report: ReportProgress, signal?: AbortSignal): Promise<ObserveResult> {
  const observations = new Map<string, Observation>();
  let facts: RunFacts | null = null;
  for (const { model, taps } of request.groups) {
    facts = await withSession(model, request.threads, runtime, (session) => observeGroup(session, taps, request, observations, report, signal));
  }
  return { ...facts!, observations };
}

async function observeGroup(session: ModelSession, taps: readonly Tap[], request: ObserveRequest, observations: Map<string, Observation>, report: ReportProgress, signal: AbortSignal | undefined): Promise<RunFacts> {
  const floats = new Set(session.outputs.filter(({ dataType }) => dataType === 'float').map(({ name }) => name));
  const watched = taps.filter(({ low }) => floats.has(low)).map((tap) => ({ tap, observer: new TensorObserver(tap.perChannel, request.counted) }));
  const wanted = watched.flatMap(({ tap: { name, low, high, sum } }) => (request.counted ? [name, low, high, sum] : [low, high, sum]));
  const step = request.groups.length === 1 ? 'Calibrating' : `Calibrating, part ${request.groups.findIndex((group) => group.taps === taps) + 1} of ${request.groups.length}`;
  const facts = await runOnSamples(session, request, wanted, step, report, signal, (outputs) => {
    for (const { tap, observer } of watched) {
      observer.add({ low: floatsOf(outputs, tap.low), high: floatsOf(outputs, tap.high), sum: floatsOf(outputs, tap.sum)[0]! }, request.counted ? floatsOf(outputs, tap.name) : null);
    }
  });
  for (const { tap, observer } of watched) observations.set(tap.name, observer.result());
  return facts;
}

function floatsOf(outputs: ReadonlyMap<string, TensorValue>, name: string): Float32Array {
  return outputs.get(name)!.data as Float32Array;
}
