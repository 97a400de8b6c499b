import type { Layer, LogicalLayer, NumberFormat, NumberRange, StoredNumbers } from '../graph/layer';
import { formatBytes, formatSmall } from './numbers';
import { formatGranularity } from './scheme';
import { inEnglish, type Translate } from './translate';

/** "int8 · channel", "uint4 · block 32", "int8 · tensor · asymmetric", "uint8 · dynamic", "float16". */
export function formatNumbers({ dataType, granularity, symmetric, dynamic }: NumberFormat): string {
  if (granularity === null) return dataType;
  if (dynamic) return `${dataType} · dynamic`;
  const parts = [dataType, formatGranularity(granularity)];
  // Signed symmetric and unsigned asymmetric are what people expect of each, as in `formatScheme`.
  if (symmetric !== null && symmetric === dataType.startsWith('u')) parts.push(symmetric ? 'symmetric' : 'asymmetric');
  return parts.join(' · ');
}

/** What a layer's numbers are stored as, for a cell: weights × activations ("int8 · channel × uint8"), or the activations of a layer without weights; '' for plain float. */
export function formatStored({ logical, weights }: Layer): string {
  if (logical === undefined) return '';
  const activations = logical.activations ?? (weights.length === 0 ? logical.output : null);
  const type = activations && `${activations.dataType}${activations.dynamic ? ' · dynamic' : ''}`;
  if (weights.length === 0) return type ?? '';
  if (logical.weights === null) return type === null ? '' : `float × ${type}`;
  return type === null ? formatNumbers(logical.weights) : `${formatNumbers(logical.weights)} × ${type}`;
}

/** How many operators of the file are in a row. */
export function operatorCount({ logical }: Layer): number {
  return 1 + (logical?.members.length ?? 0);
}

/** What a row of a quantized or optimized model stands for, as labelled lines. */
export function storedLines(logical: LogicalLayer, t: Translate = inEnglish): readonly (readonly [string, string])[] {
  const { standsFor, weights, activations, output, members } = logical;
  return [
    [t('Stands for'), standsFor.join(' + ')],
    ...(weights ? [[t('Weights as stored'), `${numbersText(weights, t)} · ${bytesText(weights, t)}`] as const] : []),
    ...(activations ? [[t('Activations'), numbersText(activations, t)] as const] : []),
    ...(output ? [[t('Output'), numbersText(output, t)] as const] : []),
    ...(members.length > 0 ? [[t('{0} operators', members.length + 1), membersText(logical)] as const] : []),
  ];
}

/** Members that are named; a layer in the middle of a file has five. */
const MAX_MEMBERS_SHOWN = 8;

function membersText({ members }: LogicalLayer): string {
  const names = members.slice(0, MAX_MEMBERS_SHOWN).map(({ name, op }) => (name.includes(op) ? name : `${op} ${name}`));
  return [...names, ...(members.length > MAX_MEMBERS_SHOWN ? ['…'] : [])].join(', ');
}

function numbersText(numbers: NumberFormat, t: Translate): string {
  const { scales, zeroPoints } = numbers;
  return [formatNumbers(numbers), ...(scales ? [t('scale {0}', rangeText(scales))] : []), ...(scales && zeroPoints ? [t('zero point {0}', rangeText(zeroPoints))] : [])].join(', ');
}

function rangeText({ low, high }: NumberRange): string {
  return low === high ? formatSmall(low) : `${formatSmall(low)} – ${formatSmall(high)}`;
}

function bytesText({ codeBytes, scaleBytes }: StoredNumbers, t: Translate): string {
  return scaleBytes === 0 ? formatBytes(codeBytes) : t('{0} and {1} of scales', formatBytes(codeBytes), formatBytes(scaleBytes));
}
