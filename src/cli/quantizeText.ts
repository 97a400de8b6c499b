import { formatActivations, formatSurprises } from '../format/activations';
import { alarmsOf, alarmText } from '../format/alarms';
import { formatDuration } from '../format/duration';
import { outputError } from '../format/hover';
import { formatBytes, formatDb, formatPercent, formatRatio, formatSmall } from '../format/numbers';
import { formatGranularity } from '../format/scheme';
import { visible } from '../format/visible';
import type { QuantizeResult } from '../jobs/records';
import { type LayerWeights, summarizeWeights } from './quantizeJson';
import type { Terminal } from './terminal';
import { textTable, type TextColumn } from './textTable';

interface TableRow {
  readonly label: string;
  readonly weights: LayerWeights;
}

const COLUMNS: readonly TextColumn<TableRow>[] = [
  { title: 'Layer', align: 'left', dispensable: 0, text: ({ label }) => label },
  { title: 'Format', align: 'left', dispensable: 0, text: ({ weights }) => formatText(weights) },
  { title: 'Error', align: 'right', dispensable: 0, text: ({ weights: { format, sqnrDb } }) => (format === 'float' ? '' : formatDb(sqnrDb)) },
  { title: 'Largest error', align: 'right', dispensable: 1, text: ({ weights: { format, maxError } }) => (format === 'float' ? '' : formatSmall(maxError)) },
  { title: 'Before', align: 'right', dispensable: 2, text: ({ weights }) => formatBytes(weights.bytes.before) },
  { title: 'After', align: 'right', dispensable: 0, text: ({ weights }) => formatBytes(weights.bytes.after) },
];

/** What was written, layer by layer, and how far the outputs moved. */
export function quantizeText(result: QuantizeResult, { style, width }: Terminal): string {
  const rows = result.layers.flatMap((layer) => {
    const weights = summarizeWeights(layer);
    return weights === null ? [] : [{ label: layer.name, weights }];
  });
  const { bytes, weightBytes, accuracy, activations } = result;
  const surprises = activations && formatSurprises(activations.kernels);
  const facts: (readonly [string, string])[] = [
    ['Weights', sizes(weightBytes)],
    ['File', sizes(bytes)],
    ...(activations ? [['Activations', formatActivations(activations)] as const] : []),
    ...(surprises ? [['Kernels', surprises] as const] : []),
    ...(accuracy ? [['Accuracy', `${formatPercent(accuracy.before)} → ${formatPercent(accuracy.after)} (${accuracy.samples} labelled samples)`] as const] : []),
    ...result.outputs.map((output) => ['Output', `${output.name}: ${outputError(output)}`] as const),
    ...(result.notRun === '' ? [] : [['Output', `not compared: ${result.notRun}`] as const]),
    ['Written', `${result.output}${result.externalData === null ? '' : ` and ${result.externalData}`}`],
    ['Time', formatDuration(result.milliseconds)],
  ];
  const alarms = alarmsOf(result).map((alarm) => `${style.error(visible(alarmText(alarm)))}\n`).join('');
  const labels = Math.max(...facts.map(([label]) => label.length));
  return `${alarms}${textTable(COLUMNS, rows, { width, style })}\n${facts.map(([label, value]) => `${style.faint(label.padEnd(labels))} ${visible(value)}\n`).join('')}`;
}

function formatText({ stored, format, granularity, symmetric }: LayerWeights): string {
  if (format === 'float') return stored;
  if (format === 'float16') return format;
  const usual = symmetric !== format.startsWith('u');
  return `${format} · ${formatGranularity(granularity)}${usual ? '' : symmetric ? ' · symmetric' : ' · asymmetric'}`;
}

function sizes({ before, after }: { readonly before: number; readonly after: number }): string {
  return `${formatBytes(before)} → ${formatBytes(after)} (${formatRatio(before, after)})`;
}
