import { NibbleError } from '../errors';
import type { Model } from '../onnx/model';
import { batchDimensions } from './batch';
import type { Dimensions } from './declared';
import { inputValue, openDimensions } from './declared';
import type { ReadBytes } from './constants';
import { conventionFor } from './cost/conventions';
import { counterFor } from './cost/counter';
import type { Counting } from './counting';
import { STRICT_COUNTING } from './counting';
import { Explainer } from './explain';
import type { Observation, Observe } from './interpreter';
import { Interpreter } from './interpreter';
import type { Analysis, Layer, LayerSite, Unresolved } from './layer';
import { memoryProfile, peakBytes } from './memory/memory';
import type { MemoryProfile } from './memory/memoryProfile';
import { describeModel } from './modelInfo';
import { notesOf } from './notes';
import { layOut } from './program';
import type { ConstantUse } from './rows';
import { Rows } from './rows';
import type { Block, Step } from './step';
import type { Value } from './value';

export interface AnalyzeOptions {
  /** Values for symbolic dimensions, by name. */
  readonly dimensions?: Dimensions;
  /** Counts a batch dimension without a value as 1; left out: it stays a symbol. */
  readonly batchOfOne?: boolean;
  /** Reads small constants that are not stored inline; left out: shapes that depend on them stay unknown. */
  readonly readBytes?: ReadBytes;
  /** How FLOPs are counted; left out: strictly. */
  readonly counting?: Counting;
}

export interface ModelAnalysis {
  readonly analysis: Analysis;
  /** Parallel to `analysis.layers`. */
  readonly sites: readonly LayerSite[];
}

/**
 * What a model's structure tells: a row for every operator with its shapes, parameters, cost and weights, and the
 * totals. Reads no weights. One odd operator never stops the rest: what it leaves unknown is null, with the reason.
 * Throws `invalid-argument` for a dimension that is not a whole number from 1, and for a convention or a weight that there is
 * not.
 */
export function analyzeModel(model: Model, options: AnalyzeOptions = {}): ModelAnalysis {
  const { program, interpreter, inputs, outputs, dimensions, open, assumed } = walk(model, options);
  const rows = new Rows(interpreter.facts);
  rows.collect(program);
  const { layers, sites, totals } = rows.finish(peakBytes({ program, facts: interpreter.facts, places: rows.places, inputs }), options.counting ?? STRICT_COUNTING);
  const info = describeModel(model, inputs, outputs, notesOf(model, layers, rows));
  const runtimeDimensions = runtimeExtents(interpreter.arising, layers, dimensions);
  return { analysis: { model: { ...info, dimensions: open, runtimeDimensions, assumed }, totals, layers }, sites };
}

/** How a model's activations fill the memory. Walks the model anew: few people ask, and what it needs is large. Throws what `analyzeModel` throws. */
export function analyzeMemory(model: Model, options: AnalyzeOptions = {}): MemoryProfile {
  const { program, interpreter: { facts }, inputs } = walk(model, options);
  const rows = new Rows(facts);
  rows.collect(program);
  return memoryProfile({ program, facts, places: rows.places, inputs });
}

/** What explains the figures of an analysis of the same model with the same options. Walks the model anew. Throws what `analyzeModel` throws. */
export function explainModel(model: Model, analysis: Analysis, options: AnalyzeOptions = {}): Explainer {
  const observed = new Map<number, { readonly step: Step; readonly seen: Observation }>();
  const constants = new Map<number, ConstantUse[]>();
  const { program, interpreter: { facts } } = walk(model, options, (step, seen) => { observed.set(step.id, { step, seen }); });
  const rows = new Rows(facts, (layer, use) => {
    const before = constants.get(layer);
    if (before === undefined) constants.set(layer, [use]);
    else before.push(use);
  });
  rows.collect(program);
  return new Explainer(analysis, { observed: [...observed.values()], facts, places: rows.places, constants }, conventionFor(options.counting ?? STRICT_COUNTING));
}

interface WalkedModel {
  readonly program: Block;
  readonly interpreter: Interpreter;
  /** What is fed, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: readonly Value[];
  readonly dimensions: Dimensions;
  /** Symbols of the inputs, with the values that they have. */
  readonly open: Readonly<Record<string, number | null>>;
  /** Dimensions that nobody gave a value, taken as a batch of one. */
  readonly assumed: readonly string[];
}

function walk(model: Model, options: AnalyzeOptions, observe?: Observe): WalkedModel {
  const given = options.dimensions ?? {};
  checkDimensions(given, model.file);
  const initializers = new Set(model.graph.initializers.map(({ name }) => name));
  const fed = model.graph.inputs.filter(({ name }) => !initializers.has(name));
  const assumed = options.batchOfOne === true ? batchDimensions(fed, given) : {};
  const dimensions = { ...given, ...assumed };
  const program = layOut(model);
  const open = openDimensions(fed, dimensions);
  const interpreter = new Interpreter(dimensions, new Set(Object.keys(open)), options.readBytes ?? (() => null), counterFor(options.counting ?? STRICT_COUNTING), observe);
  const inputs = new Map(fed.map((info): [string, Value] => [info.name, inputValue(info.name, info.type, dimensions)]));
  const outputs = interpreter.run(program, null, program.inputs.map((name) => inputs.get(name)));
  return { program, interpreter, inputs, outputs, dimensions, open, assumed: Object.keys(assumed) };
}

function checkDimensions(dimensions: Dimensions, file: string): void {
  for (const [name, value] of Object.entries(dimensions)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new NibbleError('invalid-argument', `Dimension "${name}" of ${file} cannot be ${String(value)}. Give a whole number from 1.`, { file });
  }
}

/** Most extents of this kind that are offered for setting: every operator of a hostile file can make some. */
export const MAX_RUNTIME_DIMENSIONS = 256;

/** Of the extents that only running the model tells, those that keep a figure unknown or have a value, with that value. */
function runtimeExtents(arising: ReadonlyMap<string, Unresolved>, layers: readonly Layer[], dimensions: Dimensions): Readonly<Record<string, number | null>> {
  const causes = new Set(layers.map(({ unresolved }) => unresolved));
  const names = [...arising].filter(([name, cause]) => Object.hasOwn(dimensions, name) || causes.has(cause)).map(([name]) => name);
  return Object.fromEntries(names.slice(0, MAX_RUNTIME_DIMENSIONS).map((name) => [name, Object.hasOwn(dimensions, name) ? dimensions[name]! : null]));
}
