import { factLines, reasonsOf } from '../format/modelFacts';
import { formatBytes, formatCount, formatExact, formatTimes, UNKNOWN } from '../format/numbers';
import { buildTree, subtotalOf, type TreeNode } from '../format/layerTree';
import { formatShape } from '../format/scheme';
import { formatStored, operatorCount } from '../format/stored';
import { visible } from '../format/visible';
import type { Analysis, Layer, RepeatedBlock } from '../graph/layer';
import type { Terminal } from './terminal';
import { textTable, type TextColumn } from './textTable';

/** A line of the layer table: a scope with its sums, a layer, or the whole model. */
interface TableRow {
  readonly label: string;
  readonly op: string;
  readonly shape: string;
  readonly parameters: number;
  readonly weightBytes: number;
  /** Sum of the known ones; null: none is known. */
  readonly macs: number | null;
  /** True when the sum leaves layers out. */
  readonly isPartial: boolean;
  readonly activationBytes: number | null;
  readonly isScope: boolean;
  /** Formats of an already quantized layer; ''. */
  readonly stored: string;
}

const STORED: TextColumn<TableRow> = { title: 'Stored as', align: 'left', dispensable: 1, text: ({ stored }) => stored };

const COLUMNS: readonly TextColumn<TableRow>[] = [
  { title: 'Layer', align: 'left', dispensable: 0, text: ({ label }) => label },
  { title: 'Operator', align: 'left', dispensable: 2, text: ({ op }) => op },
  { title: 'Output', align: 'left', dispensable: 3, maxWidth: 30, text: ({ shape }) => shape },
  STORED,
  { title: 'Parameters', align: 'right', dispensable: 1, text: ({ parameters }) => (parameters === 0 ? '' : formatCount(parameters)) },
  { title: 'Weights', align: 'right', dispensable: 0, text: ({ weightBytes }) => (weightBytes === 0 ? '' : formatBytes(weightBytes)) },
  { title: 'MACs', align: 'right', dispensable: 0, text: macsText },
  { title: 'Activations', align: 'right', dispensable: 4, text: ({ activationBytes, isScope }) => (isScope ? '' : formatBytes(activationBytes)) },
];

function macsText({ macs, isPartial }: TableRow): string {
  if (macs === 0) return isPartial ? UNKNOWN : '';
  return isPartial && macs !== null ? `${formatCount(macs)} + ?` : formatCount(macs);
}

/** The model's facts, the layer table by name scopes with subtotals, and what could not be worked out. `shown`: the layers in the table. `blocks`: what is shown once for all its repetitions. */
export function analysisText({ model, totals, layers }: Analysis, { style, width }: Terminal, shown: readonly Layer[] = layers, blocks: readonly RepeatedBlock[] = []): string {
  const tree = buildTree(shown, blocks);
  const rows = tree.children.flatMap((node) => [...rowsOf(node)]);
  const columns = rows.some(({ stored }) => stored !== '') ? COLUMNS : COLUMNS.filter((column) => column !== STORED);
  const total = shown.length === layers.length
    ? { ...NOTHING, label: `Total of ${formatExact(layers.length)} ${layers.length === 1 ? 'layer' : 'layers'}${operatorsText(layers)}`, ...totals, isPartial: totals.unresolved > 0, isScope: false }
    : sumRow(`${formatExact(shown.length)} of ${formatExact(layers.length)} layers`, shown);
  return [
    ...factLines(model, totals).map(([label, value]) => `${style.faint(label.padEnd(12))} ${visible(value)}\n`),
    '\n',
    textTable(columns, rows, { width, style, isHeading: ({ isScope }) => isScope, footer: [total] }),
    unresolvedText({ model, layers }),
    unfoldedText(layers),
    ...model.notes.map((note) => `${visible(note)}\n`),
  ].join('');
}

/** Different reasons that are told at most; `--json` has the reason of every layer. */
const MAX_REASONS_SHOWN = 10;

/** Extents that only running the model tells, offered for setting at most; a detector has hundreds. */
const MAX_DIMENSIONS_SHOWN = 8;

/** Why figures are missing, by the layers where chains of unknowns start. */
export function unresolvedText({ model, layers }: Pick<Analysis, 'model' | 'layers'>): string {
  const byReason = reasonsOf(layers);
  if (byReason.size === 0) return '';
  const open = Object.entries(model.dimensions).flatMap(([name, value]) => (value === null ? [`--dim ${shellWord(`${name}=1`)}`] : []));
  const atRunTime = Object.entries(model.runtimeDimensions).flatMap(([name, value]) => (value === null ? [`--dim ${shellWord(`${name}=1`)}`] : []));
  const lines = [...byReason].map(([reason, [first, ...others]]) => `  ${visible(reason)}: ${visible(first!)}${others.length > 0 ? ` and ${others.length} more` : ''}`);
  return [
    '\nNot known:',
    ...lines.slice(0, MAX_REASONS_SHOWN),
    ...(lines.length > MAX_REASONS_SHOWN ? [`  and ${lines.length - MAX_REASONS_SHOWN} more reasons`] : []),
    ...(open.length > 0 ? [`Give the open dimensions values to count everything: ${open.join(' ')}`] : []),
    ...(open.length === 0 && atRunTime.length > 0 ? [`Give what only running the model tells values to count the rest: ${atRunTime.slice(0, MAX_DIMENSIONS_SHOWN).join(' ')}${atRunTime.length > MAX_DIMENSIONS_SHOWN ? ' …' : ''}`] : []),
    '',
  ].join('\n');
}

/** ", 46 operators" where rows hold more than one. */
function operatorsText(layers: readonly Layer[]): string {
  const operators = layers.reduce((sum, layer) => sum + operatorCount(layer), 0);
  return operators === layers.length ? '' : `, ${formatExact(operators)} operators`;
}

/** Operators that only serve others and yet have rows of their own. */
function unfoldedText(layers: readonly Layer[]): string {
  const [first, ...others] = layers.filter(({ unfolded }) => unfolded !== undefined);
  if (first === undefined) return '';
  return `Quantizing operators with rows of their own: ${visible(first.name)}${others.length > 0 ? ` and ${others.length} more` : ''}; ${first.unfolded!}.\n`;
}

/** Quoted where a shell would read more than a word. */
function shellWord(text: string): string {
  return /^[\w=.,:/-]+$/.test(text) ? text : `'${visible(text).replace(/'/g, "'\\''")}'`;
}

/** What a row of sums leaves empty. */
const NOTHING = { op: '', shape: '', activationBytes: null, stored: '' };

function sumRow(label: string, layers: readonly Layer[]): TableRow {
  const { parameters, weightBytes, macs, unknownMacs } = subtotalOf(layers, () => undefined);
  return { ...NOTHING, label, parameters, weightBytes, macs, isPartial: unknownMacs > 0, isScope: true };
}

function* rowsOf(root: TreeNode): Generator<TableRow> {
  const open: { readonly node: TreeNode; readonly depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    const label = '  '.repeat(depth) + node.label;
    if (node.kind === 'layer') {
      const { layer } = node;
      const operators = operatorCount(layer);
      yield { label, op: operators === 1 ? layer.op : `${layer.op} (${operators})`, stored: formatStored(layer), shape: formatShape(layer.outputShapes[0] ?? null), parameters: layer.parameters, weightBytes: layer.weightBytes, macs: layer.macs, activationBytes: layer.activationBytes, isPartial: false, isScope: false };
      continue;
    }
    const repeated = node.repetitions > 1;
    yield { ...sumRow(label, node.layers), ...(repeated ? { op: formatTimes(node.repetitions) } : {}) };
    for (const child of repeated ? node.children.slice(0, 1) : [...node.children].reverse()) open.push({ node: child, depth: depth + 1 });
  }
}
