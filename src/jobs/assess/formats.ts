import { NibbleError } from '../../errors';
import type { Layer } from '../../graph/layer';
import { tensorByteLength } from '../../onnx/tensorData';
import { schemeKey } from '../../quant/scheme';
import type { WeightScheme } from '../../quant/scheme';
import { sqnrDb } from '../../quant/sqnr';
import type { Target } from '../../targets/target';
import type { Decider } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { MeasurableScheme, WeightPort } from '../ports';
import type { FormatOption, GroupFormat, WeightError } from '../records';
import type { StoredWeight } from '../storedWeights';
import type { ErrorCache } from './errorCache';
import { measureInto } from './measure';
import { OFFERED_FORMATS } from './standardFormats';
import { isMeasurable } from './wishes';

export interface FormatSources {
  readonly file: ModelFile;
  readonly decider: Decider;
  readonly target: Target;
  readonly cache: ErrorCache;
  readonly weights: WeightPort;
}

/** Tensors measured for one group of layers; of a larger group only these have errors, unless others are known already. */
export const MAX_GROUP_MEASURED = 200;

/**
 * Every format on offer for a layer, and the chosen one, each with its error over all of the layer's weights, its size,
 * and why it cannot be had. Measures what is not known yet. A layer without weights has no formats.
 */
export async function formatOptions(sources: FormatSources, layer: number, chosen: WeightScheme | undefined, signal: AbortSignal): Promise<readonly FormatOption[]> {
  const { record, stored } = layerOf(sources.file, layer);
  if (stored.length === 0 || chosen === undefined) return [];
  const schemes = offered([chosen]);
  for (const weight of stored) await measureAll(sources, weight, schemes, signal);
  return schemes.map((scheme) => {
    const figures = describeLayer(sources, record, stored, scheme);
    const bytes = restOf(record, stored) + stored.reduce((sum, weight) => sum + fateOf(sources, weight, scheme).bytes, 0);
    return { scheme, chosen: schemeKey(scheme) === schemeKey(chosen), bytes, ...figures };
  });
}

/**
 * Every format on offer for several layers together: their size with shared weights counted once, the lowest of their
 * errors, and how many of them cannot have it. `chosen`: what each layer of the model has now.
 */
export async function groupFormats(sources: FormatSources, layers: readonly number[], chosen: readonly WeightScheme[], signal: AbortSignal): Promise<readonly GroupFormat[]> {
  const members = [...new Set(layers)].map((layer) => layerOf(sources.file, layer)).filter(({ stored }) => stored.length > 0);
  if (members.length === 0) return [];
  const weights = [...new Map(members.flatMap(({ stored }) => stored.map((weight) => [weight.key, weight] as const))).values()];
  const now = members.map(({ record }) => chosen[record.index]!);
  const schemes = offered(now);
  for (const weight of weights.slice(0, MAX_GROUP_MEASURED)) await measureAll(sources, weight, schemes, signal);
  const rest = members.reduce((sum, { record, stored }) => sum + restOf(record, stored), 0);
  return schemes.map((scheme): GroupFormat => {
    const described = members.map(({ record, stored }) => ({ name: record.name, ...describeLayer(sources, record, stored, scheme) }));
    const taken = described.filter(({ refusal }) => refusal === '');
    const [refused] = described.filter(({ refusal }) => refusal !== '');
    const errors = taken.flatMap(({ sqnrDb: error }) => error ?? []);
    return {
      scheme,
      chosen: now.every((own) => schemeKey(own) === schemeKey(scheme)),
      layers: taken.length,
      measured: errors.length,
      lowestSqnrDb: errors.length === 0 ? null : errors.reduce((low, error) => Math.min(low, error)),
      bytes: rest + weights.reduce((sum, weight) => sum + fateOf(sources, weight, scheme).bytes, 0),
      kernels: [...new Set(taken.map(({ kernel }) => kernel))],
      refused: refused === undefined ? null : { layers: described.length - taken.length, first: refused.name, reason: refused.refusal },
    };
  });
}

/** What a person is offered: the usual formats, and the one that all layers have, where it is another. */
function offered([first, ...others]: readonly WeightScheme[]): readonly WeightScheme[] {
  const key = first && schemeKey(first);
  const same = key !== undefined && others.every((other) => schemeKey(other) === key) && !OFFERED_FORMATS.some((scheme) => schemeKey(scheme) === key);
  return same ? [first!, ...OFFERED_FORMATS] : OFFERED_FORMATS;
}

function layerOf(file: ModelFile, layer: number): { readonly record: Layer; readonly stored: readonly StoredWeight[] } {
  const record = file.analysis.layers[layer];
  if (record === undefined) throw new NibbleError('invalid-argument', `The model has no layer ${layer}.`, { file: file.path });
  return { record, stored: [...new Set(record.weights.map(({ key }) => key))].map((key) => file.weights.get(key)!) };
}

async function measureAll({ decider, target, cache, file, weights }: FormatSources, weight: StoredWeight, schemes: readonly WeightScheme[], signal: AbortSignal): Promise<void> {
  const possible = schemes.filter(isMeasurable).filter((scheme: MeasurableScheme) => decider.decide(weight, scheme, target).kind === 'convert');
  await measureInto(cache, file, weights, weight, possible, signal);
}

/** Bytes of the layer that no format changes: its bias, for one. Weights counted at an earlier layer are none of them. */
function restOf(layer: Layer, stored: readonly StoredWeight[]): number {
  const own = stored.filter(({ layers }) => layers[0] === layer.index);
  return layer.weightBytes - own.reduce((sum, { tensor }) => sum + tensorByteLength(tensor), 0);
}

/** What becomes of a tensor: kept for a reason ('' where that was asked for), or converted with an error, null while it is not known. */
type Fate = { readonly bytes: number } & ({ readonly kept: string } | { readonly kept: null; readonly error: WeightError | null; readonly byProduct: boolean });

function fateOf({ decider, target, cache }: FormatSources, weight: StoredWeight, scheme: WeightScheme): Fate {
  const decision = decider.decide(weight, scheme, target);
  if (decision.kind === 'keep') return { bytes: tensorByteLength(weight.tensor), kept: decision.reason };
  const measured = cache.get(weight.key, decision.scheme);
  if (measured?.kind === 'impossible') return { bytes: tensorByteLength(weight.tensor), kept: measured.reason };
  return { bytes: decision.bytes, kept: null, error: measured?.error ?? null, byProduct: decision.way.form === 'product' };
}

/** A layer's error under a scheme, its kernel, and why it cannot have it. One weight that takes the format is enough: the assessment names the others. */
function describeLayer(sources: FormatSources, layer: Layer, stored: readonly StoredWeight[], scheme: WeightScheme): Pick<FormatOption, 'sqnrDb' | 'maxError' | 'kernel' | 'refusal'> {
  const fates = stored.map((weight) => fateOf(sources, weight, scheme));
  const converted = fates.filter((fate) => fate.kept === null);
  const form = converted.some(({ byProduct }) => byProduct) ? 'product' : 'operator';
  const kernel = sources.target.runtime.kernel(layer, scheme, form, sources.target.format);
  if (scheme.kind === 'float') return { sqnrDb: Infinity, maxError: 0, kernel, refusal: '' };
  const refusals = new Set(fates.flatMap(({ kept }) => (kept === null || kept === '' ? [] : [kept])));
  const errors = converted.flatMap(({ error }) => error ?? []);
  const sum = (figure: 'signal' | 'noise'): number => errors.reduce((total, error) => total + error[figure], 0);
  const known = errors.length > 0 && errors.length === converted.length;
  return {
    sqnrDb: known ? sqnrDb(sum('signal'), sum('noise')) : null,
    maxError: known ? Math.max(...errors.map(({ maxError }) => maxError)) : null,
    kernel,
    refusal: converted.length > 0 ? '' : [...refusals].join('; '),
  };
}
