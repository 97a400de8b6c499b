import { conventionDescription, countingText } from '../../format/conventions';
import type { Column } from '../../format/dataTable';
import { shorten } from '../../format/displayWidth';
import { outputError } from '../../format/hover';
import { layerColumnsFor } from '../../format/layerColumns';
import { peakColumns } from '../../format/memoryColumns';
import { factLines, reasonsOf } from '../../format/modelFacts';
import { formatBytes, formatBytesFull, formatCount, formatDb, formatExact, formatPercent, formatRatio } from '../../format/numbers';
import { operatorColumns } from '../../format/operatorColumns';
import { formatScheme } from '../../format/scheme';
import type { Layer } from '../../graph/layer';
import type { MemoryUse } from '../../graph/memory/memoryProfile';
import type { LayerAssessment } from '../records';
import type { Chart } from './charts';
import type { Report } from './records';

/** A table with its texts made. */
export interface WrittenTable {
  readonly columns: readonly Pick<Column<unknown>, 'title' | 'align'>[];
  readonly rows: readonly (readonly string[])[];
}

/** A part of a report that is read by people: the same in Markdown and in HTML, where charts are drawn. In English, because reports are passed on. */
export interface Section {
  readonly title: string;
  readonly text: readonly string[];
  readonly facts: readonly (readonly [string, string])[];
  readonly charts: readonly Chart[];
  readonly tables: readonly WrittenTable[];
}

const section = (title: string, parts: Partial<Section>): Section => ({ title, text: [], facts: [], charts: [], tables: [], ...parts });

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): WrittenTable {
  return { columns: columns.map(({ title, align }) => ({ title, align })), rows: rows.map((row) => columns.map((column) => column.text(row))) };
}

/** @param maxLayers rows of the table of layers at most; the others are counted. */
export function sectionsOf(report: Report, maxLayers: number): readonly Section[] {
  return [model(report), ...quantization(report), compute(report), operators(report), memory(report), ...unknown(report), layers(report, maxLayers)];
}

function model({ model: info, totals, sha256, dataFiles, nibble }: Report): Section {
  const dimensions = Object.entries({ ...info.dimensions, ...info.runtimeDimensions }).map(([name, value]) => `${name} = ${value === null ? 'not set' : String(value)}${info.assumed.includes(name) ? ' (assumed)' : ''}`);
  const [file, ...rest] = factLines(info, totals);
  return section('Model', {
    facts: [file!, ['SHA-256', sha256], ...(dataFiles.length > 0 ? [['External data', `${dataFileNames(dataFiles)}; not part of the hash`] as const] : []), ...rest, ...(dimensions.length > 0 ? [['Dimensions', dimensions.join(', ')] as const] : []), ['Made by', `Nibble ${nibble}; FLOPs are ${countingText(totals.counting)}`]],
    text: info.notes,
    tables: [table(PARAMETER_COLUMNS, [
      ['trainable', 'weights, biases and tables, and the weights that quantized codes stand for', totals.parameterCounts.trainable],
      ['logical', 'and running statistics, settings and causal masks', totals.parameterCounts.logical],
      ['initializers', 'elements of float initializers as they are stored', totals.parameterCounts.initializers],
      ['constants', 'and floats in Constant nodes', totals.parameterCounts.constants],
    ])],
  });
}

/** Some exporters write a file for each of thousands of tensors. */
const MAX_DATA_FILES = 5;

function dataFileNames(names: readonly string[]): string {
  const others = names.length - MAX_DATA_FILES;
  return `${names.slice(0, MAX_DATA_FILES).join(', ')}${others > 0 ? ` and ${formatExact(others)} more` : ''}`;
}

const PARAMETER_COLUMNS: readonly Column<readonly [string, string, number]>[] = [
  { title: 'Parameters', field: 'kind', align: 'left', text: ([kind]) => kind, value: ([kind]) => kind },
  { title: 'Counted are', field: 'meaning', align: 'left', text: ([, meaning]) => meaning, value: ([, meaning]) => meaning },
  { title: 'Count', field: 'count', align: 'right', text: ([, , count]) => formatExact(count), value: ([, , count]) => count },
];

function compute({ totals, conventions }: Report): Section {
  const rows = [{ name: 'MACs', value: totals.macs, meaning: 'Strict multiply-accumulates, the same in every convention.' }, ...conventions.map(({ id, flops }) => ({ name: `FLOPs, ${id}`, value: flops, meaning: conventionDescription(id) }))];
  return section('Why another source may give another number', {
    text: ['Operations are counted in several ways, and memory of activations as well. These are the figures of this model in each; the one nearest to a figure elsewhere usually tells how that was counted.'],
    tables: [table([
      { title: 'Figure', field: 'name', align: 'left', text: ({ name }) => name, value: ({ name }) => name },
      { title: 'This model', field: 'value', align: 'right', text: ({ value }) => formatCount(value), value: ({ value }) => value },
      { title: 'Exactly', field: 'exact', align: 'right', text: ({ value }) => formatExact(value), value: ({ value }) => value },
      { title: 'Who counts so', field: 'meaning', align: 'left', text: ({ meaning }) => meaning, value: ({ meaning }) => meaning },
    ] satisfies readonly Column<(typeof rows)[number]>[], rows)],
  });
}

function operators({ operators: rows, totals }: Report): Section {
  const columns = operatorColumns(totals).filter(({ field }) => field !== 'unresolved' || totals.unresolved > 0);
  return section('Operators', { tables: [table(columns, rows)] });
}

/** Names in sentences are cut in their middle beyond this; tables have them whole. */
const MAX_NAME = 60;

function memory({ memory: profile, layers: rows }: Report): Section {
  const { separate, inPlace, eightBit, lowerBound, lowerBoundLayer, inputBytes, peakTensors, unknown: uncounted } = profile;
  const nameOf = (index: number): string => shorten(rows[index]?.name ?? '', MAX_NAME);
  const use = ({ peak, peakLayer, sum }: MemoryUse): string => `${formatBytesFull(peak)} at the peak, at ${nameOf(peakLayer)}; ${formatBytes(sum)} in all`;
  return section('Memory of activations', {
    facts: [
      ['Own memory', `${use(separate)}. Every operator writes to memory of its own.`],
      ['In place', `${use(inPlace)}. Elementwise operators write over an input that nobody else needs.`],
      ['8-bit', `${use(eightBit)}. As the first, with one byte for each float.`],
      ['Lower bound', `${formatBytes(lowerBound)}, the inputs and outputs of ${nameOf(lowerBoundLayer)}: no order of execution needs less.`],
      ['Model inputs', `${formatBytes(inputBytes)}, which all sums include`],
      ...(uncounted === 0 ? [] : [['Not counted', `${formatExact(uncounted)} tensors of unknown size`] as const]),
    ],
    charts: [{
      kind: 'lines', title: 'Alive while each layer runs', unit: 'bytes',
      series: [{ label: 'own memory', values: separate.timeline }, { label: 'in place', values: inPlace.timeline }, { label: '8-bit', values: eightBit.timeline }],
      marker: { at: separate.peakLayer, label: `${formatBytes(separate.peak)} at ${nameOf(separate.peakLayer)}` },
    }],
    tables: peakTensors.length === 0 ? [] : [table(peakColumns(rows, separate.peak), peakTensors)],
  });
}

function unknown({ layers: rows, totals }: Report): readonly Section[] {
  if (totals.unresolved === 0) return [];
  return [section('What is not known', {
    text: [`${formatExact(totals.unresolved)} of ${formatExact(rows.length)} layers have a figure that is not known. The totals leave these figures out.`],
    tables: [table([
      { title: 'Reason', field: 'reason', align: 'left', text: ([reason]) => reason, value: ([reason]) => reason },
      { title: 'First at', field: 'layer', align: 'left', text: ([, names]) => names[0]!, value: ([, names]) => names[0]! },
      { title: 'Layers', field: 'layers', align: 'right', text: ([, names]) => formatExact(names.length), value: ([, names]) => names.length },
    ] satisfies readonly Column<readonly [string, readonly string[]]>[], [...reasonsOf(rows)])],
  })];
}

function quantization({ assessment, result }: Report): readonly Section[] {
  const facts: (readonly [string, string])[] = [];
  if (assessment !== null) {
    const { bytesBefore, bytesAfter, sqnrDb, averageBits } = assessment.totals;
    facts.push(['Weights by the plan', `${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)} (${formatRatio(bytesBefore, bytesAfter)}), ${averageBits.toFixed(1)} bits on average, error ${formatDb(sqnrDb)} (computed over all weights)`]);
  }
  if (result !== null) {
    facts.push(['Written file', `${result.output}: ${formatBytes(result.bytes.before)} → ${formatBytes(result.bytes.after)} (${formatRatio(result.bytes.before, result.bytes.after)}), read back`]);
    if (result.accuracy) facts.push(['Accuracy', `${formatPercent(result.accuracy.before)} → ${formatPercent(result.accuracy.after)} on ${formatExact(result.accuracy.samples)} labelled samples`]);
    for (const output of result.outputs) facts.push([`Output ${output.name}`, `${outputError(output)}, measured by running both models`]);
    if (result.notRun !== '') facts.push(['Outputs', `not compared: ${result.notRun}`]);
  }
  return facts.length === 0 ? [] : [section('Quantization', { facts, text: result?.notes ?? [] })];
}

function layers({ layers: rows, assessment }: Report, maxLayers: number): Section {
  const planned = assessment?.layers ?? [];
  const plan = (layer: Layer): LayerAssessment | undefined => (planned[layer.index]?.state === 'none' ? undefined : planned[layer.index]);
  const planColumns: readonly Column<Layer>[] = assessment === null ? [] : [
    { title: 'Format', field: 'format', align: 'left', text: (layer) => formatOf(layer, plan(layer)), value: (layer) => formatOf(layer, plan(layer)) },
    { title: 'After', field: 'bytesAfter', align: 'right', text: (layer) => (plan(layer) ? formatBytes(plan(layer)!.bytesAfter) : ''), value: (layer) => plan(layer)?.bytesAfter ?? null },
    { title: 'Error', field: 'sqnrDb', align: 'right', text: (layer) => (plan(layer)?.state === 'computed' ? formatDb(plan(layer)!.sqnrDb) : ''), value: (layer) => plan(layer)?.sqnrDb ?? null },
  ];
  const running = rows.filter(({ untaken }) => untaken !== true);
  const left = rows.length - maxLayers;
  return section('Layers', {
    text: left > 0 ? [`The first ${formatExact(maxLayers)} of ${formatExact(rows.length)} layers; the CSV and JSON reports have all.`] : [],
    charts: [
      { kind: 'bars', title: 'Weights by layer', unit: 'bytes', items: rows.filter(({ weightBytes }) => weightBytes > 0).map(({ name, weightBytes }) => ({ label: name, value: weightBytes })) },
      { kind: 'bars', title: 'MACs by layer', unit: 'count', items: running.filter(({ macs }) => (macs ?? 0) > 0).map(({ name, macs }) => ({ label: name, value: macs ?? 0 })) },
    ],
    tables: [table([...layerColumnsFor(rows), ...planColumns], rows.slice(0, maxLayers))],
  });
}

/** What a layer's weights become; what they are where they stay. */
function formatOf({ logical, weights }: Layer, assessment: LayerAssessment | undefined): string {
  if (assessment === undefined) return '';
  const stays = assessment.state === 'float' || assessment.state === 'skipped';
  return stays ? (logical?.weights?.dataType ?? weights[0]?.dataType ?? '') : formatScheme(assessment.scheme);
}
