import type { ComparedLayer, ComparedModel, ModelComparison, StoredFormat, WeightDifference } from '../jobs/records';
import type { Column } from './dataTable';
import { formatBytes, formatBytesFull, formatCount, formatDb, formatExact, formatPercent, formatRatio, formatSmall } from './numbers';
import { formatGranularity, formatScheme } from './scheme';
import { inEnglish, type Translate } from './translate';

/** "int8 · channel", "uint4 · block 32 · asymmetric", "float"; '' where there are no weights. */
export function formatStored(format: StoredFormat | null): string {
  if (format === null) return '';
  const { dataType, granularity, symmetric } = format;
  const parts: string[] = [dataType];
  if (granularity !== null) parts.push(formatGranularity(granularity));
  if (symmetric === false) parts.push('asymmetric');
  return parts.join(' · ');
}

/** What became of a layer, in a word or two; '' when it is the same in both models. */
export function changeOf(row: ComparedLayer, t: Translate = inEnglish): string {
  const { first, second, absorbed, difference, match } = row;
  if (second === null) return t('only in the first');
  if (first === null) return t('only in the second');
  const changes = [
    ...(formatStored(first.format) === formatStored(second.format) ? [] : [t('format')]),
    ...(difference !== null && difference.different > 0 && formatStored(first.format) === formatStored(second.format) ? [t('values')] : []),
    ...(first.standsFor.join() === second.standsFor.join() ? [] : [t('operator')]),
    ...(absorbed.length > 0 ? [t('fused')] : []),
    ...(first.macs === second.macs ? [] : [t('compute')]),
    ...(first.weightBytes === second.weightBytes || formatStored(first.format) !== formatStored(second.format) ? [] : [t('size')]),
    ...(match === 'name' || first.name === second.name ? [] : [t('name')]),
  ];
  return changes.join(', ');
}

/** The columns of a comparison, layer by layer. */
export function comparisonColumns(t: Translate = inEnglish): readonly (Column<ComparedLayer> & { readonly dispensable: number })[] {
  const either = ({ first, second }: ComparedLayer) => (first ?? second)!;
  const both = (a: string, b: string): string => (a === b ? a : `${a === '' ? '–' : a} → ${b === '' ? '–' : b}`);
  return [
    { title: t('Layer'), field: 'name', align: 'left', dispensable: 0, text: (row) => either(row).name, value: (row) => either(row).name },
    { title: t('Operator'), field: 'op', align: 'left', dispensable: 2, text: ({ first, second }) => both(first?.standsFor.join('+') ?? '', second?.standsFor.join('+') ?? ''), value: (row) => either(row).standsFor.join('+') },
    { title: t('Format'), field: 'formats', align: 'left', dispensable: 0, text: ({ first, second }) => both(formatStored(first?.format ?? null), formatStored(second?.format ?? null)), value: ({ first, second }) => both(formatStored(first?.format ?? null), formatStored(second?.format ?? null)) },
    { title: t('Before'), field: 'weightBytesFirst', align: 'right', dispensable: 1, text: ({ first }) => bytesText(first?.weightBytes), value: ({ first }) => first?.weightBytes ?? null },
    { title: t('After'), field: 'weightBytesSecond', align: 'right', dispensable: 0, text: ({ second }) => bytesText(second?.weightBytes), value: ({ second }) => second?.weightBytes ?? null },
    { title: t('Weight error'), field: 'sqnrDb', align: 'right', dispensable: 0, text: ({ difference, notCompared }) => differenceText(difference, notCompared), value: ({ difference }) => difference?.sqnrDb ?? null },
    { title: t('Largest error'), field: 'maxError', align: 'right', dispensable: 3, text: ({ difference }) => (difference === null || difference.different === 0 ? '' : formatSmall(difference.maxError)), value: ({ difference }) => difference?.maxError ?? null },
    { title: t('MACs before'), field: 'macsFirst', align: 'right', dispensable: 4, text: ({ first }) => countText(first?.macs), value: ({ first }) => first?.macs ?? null },
    { title: t('MACs after'), field: 'macsSecond', align: 'right', dispensable: 4, text: ({ second }) => countText(second?.macs), value: ({ second }) => second?.macs ?? null },
    { title: t('Change'), field: 'change', align: 'left', dispensable: 1, text: (row) => changeOf(row, t), value: (row) => changeOf(row) },
  ];
}

function bytesText(bytes: number | undefined): string {
  return bytes === undefined || bytes === 0 ? '' : formatBytes(bytes);
}

function countText(count: number | null | undefined): string {
  return count === undefined || count === 0 ? '' : formatCount(count);
}

/** "41.9 dB", "exact"; '?' where weights could not be compared. */
function differenceText(difference: WeightDifference | null, notCompared: string): string {
  if (difference === null) return notCompared === '' ? '' : '?';
  return `${formatDb(difference.different === 0 ? Infinity : difference.sqnrDb)}${notCompared === '' ? '' : ' + ?'}`;
}

/** Label and text of each fact about the two models. */
export function comparisonFacts({ first, second, difference, layers }: ModelComparison, t: Translate = inEnglish): readonly (readonly [string, string])[] {
  const model = ({ file, sha256 }: ComparedModel): string => `${file} (sha256 ${sha256.slice(0, 12)}…)`;
  const fromTo = (a: number, b: number, text: (value: number) => string): string => (a === b ? text(a) : `${text(a)} → ${text(b)}`);
  const ratio = (a: number, b: number): string => (a === b ? '' : ` (${formatRatio(a, b)})`);
  const alone = (side: 'first' | 'second'): number => layers.filter((row) => row[side === 'first' ? 'second' : 'first'] === null).length;
  return [
    [t('First'), model(first)],
    [t('Second'), model(second)],
    [t('File'), fromTo(first.bytes, second.bytes, first.bytes === second.bytes ? formatBytesFull : formatBytes) + ratio(first.bytes, second.bytes)],
    [t('Weights'), fromTo(first.weightBytes, second.weightBytes, formatBytes) + ratio(first.weightBytes, second.weightBytes)],
    [t('Parameters'), fromTo(first.parameters, second.parameters, formatExact)],
    [t('MACs'), fromTo(first.macs, second.macs, formatCount) + (first.unresolved + second.unresolved === 0 ? '' : ` (${t('{0} and {1} layers not counted', first.unresolved, second.unresolved)})`)],
    [t('Layers'), `${fromTo(first.layers, second.layers, formatExact)}, ${t('{0} only in the first, {1} only in the second', alone('first'), alone('second'))}`],
    ...(difference === null ? [] : [[t('Weight error'), difference.different === 0 ? t('none: all {0} weights that were compared are equal', formatExact(difference.elements)) : `${formatDb(difference.sqnrDb)} (${t('{0} of {1} weights differ', formatPercent(difference.different / difference.elements), formatExact(difference.elements))})`] as const]),
  ];
}

/** What the plan asked for and the second model does not have: a sentence for each layer. */
export function unmetWishes({ layers, plan }: ModelComparison, t: Translate = inEnglish): readonly string[] {
  return layers.flatMap(({ first, second, unmet }) => {
    if (unmet === null || first === null || plan === null) return [];
    const found = second === null ? t('is not in the second model') : t('has {0}', formatStored(second.format) || t('no weights'));
    const why = unmet.reason === '' ? '' : ` (${unmet.reason})`;
    return [t('{0}: {1} asks for {2}, the layer {3}{4}', first.name, plan, formatScheme(unmet.scheme), found, why)];
  });
}
