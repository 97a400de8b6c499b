import { NibbleError } from '../../errors';
import type { Layer } from '../../graph/layer';
import { tensorByteLength } from '../../onnx/tensorData';
import { schemeKey } from '../../quant/scheme';
import type { WeightScheme } from '../../quant/scheme';
import { sqnrDb } from '../../quant/sqnr';
import type { Target } from '../../targets/target';
import type { Decider } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { WeightPort } from '../ports';
import type { FormatOption } from '../records';
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

/**
 * Every format on offer for a layer, and the chosen one, each with its error over all of the layer's weights, its size,
 * and why it cannot be had. Measures what is not known yet. A layer without weights has no formats.
 */
export async function formatOptions(sources: FormatSources, layer: number, chosen: WeightScheme | undefined, signal: AbortSignal): Promise<readonly FormatOption[]> {
  const record = sources.file.analysis.layers[layer];
  if (record === undefined || chosen === undefined) throw new NibbleError('invalid-argument', `The model has no layer ${layer}.`, { file: sources.file.path });
  const keys = new Set(record.weights.map(({ key }) => key));
  const stored = [...keys].map((key) => sources.file.weights.get(key)!);
  if (stored.length === 0) return [];
  const schemes = OFFERED_FORMATS.some((scheme) => schemeKey(scheme) === schemeKey(chosen)) ? OFFERED_FORMATS : [chosen, ...OFFERED_FORMATS];
  for (const weight of stored) {
    const possible = schemes.filter(isMeasurable).filter((scheme) => sources.decider.decide(weight, scheme, sources.target).kind === 'convert');
    await measureInto(sources.cache, sources.file, sources.weights, weight, possible, signal);
  }
  return schemes.map((scheme) => describeOption(sources, record, stored, scheme, schemeKey(scheme) === schemeKey(chosen)));
}

/** Bytes of the layer that no format changes: its bias, for one. Weights counted at an earlier layer are none of them. */
function restOf(layer: Layer, stored: readonly StoredWeight[]): number {
  const own = stored.filter(({ layers }) => layers[0] === layer.index);
  return layer.weightBytes - own.reduce((sum, { tensor }) => sum + tensorByteLength(tensor), 0);
}

function describeOption({ decider, target, cache }: FormatSources, layer: Layer, stored: readonly StoredWeight[], scheme: WeightScheme, chosen: boolean): FormatOption {
  let signal = 0;
  let noise = 0;
  let maxError = 0;
  let bytes = restOf(layer, stored);
  let converted = 0;
  let byProduct = false;
  const refusals = new Set<string>();
  for (const weight of stored) {
    const decision = decider.decide(weight, scheme, target);
    const measured = decision.kind === 'convert' ? cache.get(weight.key, decision.scheme) : undefined;
    if (decision.kind === 'keep' || measured?.kind === 'impossible') {
      bytes += tensorByteLength(weight.tensor);
      refusals.add(decision.kind === 'keep' ? decision.reason : measured?.kind === 'impossible' ? measured.reason : '');
      continue;
    }
    bytes += decision.bytes;
    if (measured === undefined) continue;
    converted += 1;
    byProduct ||= decision.way.form === 'product';
    signal += measured.error.signal;
    noise += measured.error.noise;
    maxError = Math.max(maxError, measured.error.maxError);
  }
  // A format that at least one of the weights takes can be chosen; the assessment names the others.
  const refusal = converted > 0 || scheme.kind === 'float' ? '' : [...refusals].filter((reason) => reason !== '').join('; ');
  const exact = scheme.kind === 'float';
  return { scheme, chosen, sqnrDb: exact ? Infinity : converted > 0 ? sqnrDb(signal, noise) : null, maxError: exact ? 0 : converted > 0 ? maxError : null, bytes, kernel: target.kernel(layer, scheme, byProduct ? 'product' : 'operator'), refusal };
}
