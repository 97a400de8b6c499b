import { NibbleError } from '../../errors';
import { codeLimits } from '../../quant/coding';
import type { Granularity, WeightScheme } from '../../quant/scheme';
import { DEFAULT_TARGET } from '../../targets/targets';
import type { Decider } from '../decisions';
import type { ModelFile } from '../modelFile';
import type { WeightInspection, WeightPort } from '../ports';
import type { LayerDetail } from '../records';
import { weightTask } from '../storedWeights';

/** More channels than a chart has pixels help nobody; beyond this neighbours are shown as one. */
export const MAX_CHANNELS_SHOWN = 512;

/** More levels than this stand closer together than a chart's pixels. */
const MAX_LEVELS_SHOWN = 256;

export interface DetailRequest {
  readonly layer: number;
  /** Index into the layer's `weights`. */
  readonly weight: number;
  readonly scheme: WeightScheme;
}

/**
 * What the detail panel shows of one weight. Where the tensor cannot have the scheme, its values are shown as they are.
 * Throws `invalid-argument` for a layer or weight that the model does not have, and what reading the weights throws.
 */
export async function layerDetail(file: ModelFile, decider: Decider, weights: WeightPort, { layer, weight, scheme }: DetailRequest, signal: AbortSignal): Promise<LayerDetail> {
  const record = file.analysis.layers[layer]?.weights[weight];
  if (record === undefined) throw new NibbleError('invalid-argument', `Layer ${layer} has no weight ${weight}.`, { file: file.path });
  const stored = file.weights.get(record.key)!;
  const decision = decider.decide(stored, scheme, DEFAULT_TARGET);
  const applied: WeightScheme = decision.kind === 'convert' ? decision.scheme : { kind: 'float' };
  const inspection = await weights.inspect(weightTask(stored, file.locate), applied.kind === 'float' ? null : applied, { signal });
  const { elements, zeros, mean, deviation } = inspection.statistics;
  return {
    layer,
    weight,
    scheme: applied,
    values: inspection.values,
    errors: inspection.errors,
    levels: levels(applied, inspection),
    levelsOf: applied.kind === 'integer' ? firstGroupName(applied.granularity) : '',
    channels: mergeChannels(inspection.channels),
    channelCount: inspection.channels.length,
    elements,
    zeros,
    mean,
    deviation,
  };
}

/** The value of every code of the first group, ascending. */
function levels(scheme: WeightScheme, { firstGroup }: WeightInspection): readonly number[] {
  if (scheme.kind !== 'integer' || firstGroup === null || 2 ** scheme.bits > MAX_LEVELS_SHOWN) return [];
  const { lowest, highest } = codeLimits(scheme);
  return Array.from({ length: highest - lowest + 1 }, (_, step) => (lowest + step - firstGroup.zeroPoint) * firstGroup.scale);
}

function firstGroupName(granularity: Granularity): string {
  if (granularity === 'tensor') return 'whole tensor';
  return granularity === 'channel' ? 'channel 0' : `first block of ${granularity.block}`;
}

/** At most `MAX_CHANNELS_SHOWN` ranges: neighbouring channels are merged in groups of equal size. */
function mergeChannels(channels: WeightInspection['channels']): LayerDetail['channels'] {
  const size = Math.ceil(channels.length / MAX_CHANNELS_SHOWN);
  return Array.from({ length: size === 0 ? 0 : Math.ceil(channels.length / size) }, (_, group) => {
    const members = channels.slice(group * size, (group + 1) * size);
    const first = group * size;
    return {
      label: members.length === 1 ? `${first}` : `${first}–${first + members.length - 1}`,
      low: Math.min(...members.map(({ low }) => low)),
      high: Math.max(...members.map(({ high }) => high)),
    };
  });
}
