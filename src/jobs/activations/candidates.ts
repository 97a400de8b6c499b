import type { ActivationRangeMethod, ActivationRanges } from '../../quant/observe/activationRange';
import type { Observation } from '../../quant/observe/tensorObserver';
import type { Placement } from '../../targets/placement';
import type { OutputError } from '../records';
import type { RunFacts, RunnableModel } from '../runs/runRequest';
import { exposeValues } from './calibrate';
import type { CalibrateRun } from './calibrateContext';
import { finalOutputs } from './finalOutputs';
import { conversionsOf, variantChanges } from './quantizedVariant';
import type { QuantizableModel, QuantizedVariant } from './quantizedVariant';
import { writeVariant } from './variantFile';

/** A quantized model that was tried out. */
export interface TriedVariant {
  readonly method: ActivationRangeMethod;
  /** Whether the ranges of channels were evened out before. */
  readonly equalized: boolean;
  /** Error of each output (before a final Softmax or Sigmoid), or why it did not run. */
  readonly outputs: readonly OutputError[] | string;
  /** Mean of the outputs' SQNR; null when it did not run. */
  readonly sqnrDb: number | null;
}

/** A float model with what was observed in it, and the ways to quantize it. */
export interface Base {
  readonly model: QuantizableModel;
  readonly placement: Placement;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly facts: RunFacts;
  readonly refused: ReadonlyMap<number, string>;
  /** Values that cannot be quantized. */
  readonly float: ReadonlySet<string>;
  readonly equalized: boolean;
}

/** A way to quantize one of the float models. */
export interface Candidate {
  readonly base: Base;
  readonly variant: Variant;
}

/** A candidate that was run. */
export type Tried = Candidate & { readonly tried: TriedVariant };

export type Variant = QuantizedVariant & { readonly method: ActivationRangeMethod; readonly ranges: ActivationRanges };

/** What candidates are held against. Float models that were evened out have the same outputs. */
export interface Reference {
  readonly outputs: readonly string[];
  /** Those of them that the model does not give out by itself. */
  readonly exposed: readonly string[];
  readonly model: RunnableModel;
}

/** Writes the copy of a float model whose outputs are the reference. */
export async function referenceOf({ model: { file, flow } }: Base, run: CalibrateRun): Promise<Reference> {
  const outputs = finalOutputs(flow, file.analysis.model);
  const given = new Set(file.model.graph.outputs.map(({ name }) => name));
  return { outputs, exposed: outputs.filter((name) => !given.has(name)), model: await exposeValues(file, outputs, run) };
}

/**
 * Runs candidates beside the float model, and measures how far their outputs are off.
 * @param most samples that are taken at most.
 */
export async function tryCandidates({ outputs, exposed, model: reference }: Reference, candidates: readonly Candidate[], most: number, run: CalibrateRun): Promise<readonly Tried[]> {
  const models = [];
  for (const { base, variant } of candidates) models.push(await writeVariant(base.model.file, conversionsOf(base.model), variantChanges(base.model, variant, exposed), run.scratch('variant'), run.ports, run.signal));
  const count = Math.min(run.inputs.count, most);
  const { scores } = await run.ports.runner.score({ ...run.inputs, count, reference, candidates: models, outputs }, run.report, run.signal);
  return candidates.map((candidate, index) => ({ ...candidate, tried: { method: candidate.variant.method, equalized: candidate.base.equalized, outputs: scores[index]!, sqnrDb: meanSqnr(scores[index]!) } }));
}

function meanSqnr(outputs: readonly OutputError[] | string): number | null {
  if (typeof outputs === 'string') return null;
  const known = outputs.flatMap(({ sqnrDb }) => (sqnrDb === null ? [] : [Math.min(sqnrDb, MOST_SQNR)]));
  return known.length === 0 ? null : known.reduce((sum, sqnr) => sum + sqnr, 0) / known.length;
}

/** An output that is exact must not outweigh all others. */
const MOST_SQNR = 100;
