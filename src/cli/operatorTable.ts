import { toCsv, toMarkdownTable, type Column } from '../format/dataTable';
import { formatBytes, formatCount, formatExact, formatPercent, UNKNOWN } from '../format/numbers';
import type { Totals } from '../graph/layer';
import type { OperatorTotals } from '../graph/operatorTotals';
import type { Terminal } from './terminal';
import { textTable } from './textTable';

type OperatorColumn = Column<OperatorTotals> & { readonly dispensable: number };

function columnsOf({ weightBytes, macs }: Totals): readonly OperatorColumn[] {
  /** Zero is left blank, as in the table of layers; what is not known of it is not. */
  const figure = (value: number, text: string, { unresolved }: OperatorTotals): string => (unresolved === 0 ? (value === 0 ? '' : text) : value === 0 ? UNKNOWN : `${text} + ?`);
  const share = (part: number, whole: number): string => (part === 0 ? '' : formatPercent(part / whole));
  return [
    { title: 'Operator', field: 'op', align: 'left', dispensable: 0, text: ({ op, domain }) => (domain === '' ? op : `${domain}.${op}`), value: ({ op }) => op },
    { title: 'Layers', field: 'layers', align: 'right', dispensable: 0, text: ({ layers }) => formatExact(layers), value: ({ layers }) => layers },
    { title: 'Parameters', field: 'parameters', align: 'right', dispensable: 1, text: ({ parameters }) => (parameters === 0 ? '' : formatCount(parameters)), value: ({ parameters }) => parameters },
    { title: 'Weights', field: 'weightBytes', align: 'right', dispensable: 0, text: (row) => (row.weightBytes === 0 ? '' : formatBytes(row.weightBytes)), value: (row) => row.weightBytes },
    { title: 'of all', field: 'weightShare', align: 'right', dispensable: 2, text: (row) => share(row.weightBytes, weightBytes), value: (row) => (weightBytes === 0 ? null : row.weightBytes / weightBytes) },
    { title: 'MACs', field: 'macs', align: 'right', dispensable: 0, text: (row) => figure(row.macs, formatCount(row.macs), row), value: (row) => row.macs },
    { title: 'of all', field: 'macShare', align: 'right', dispensable: 2, text: (row) => share(row.macs, macs), value: (row) => (macs === 0 ? null : row.macs / macs) },
    { title: 'FLOPs', field: 'flops', align: 'right', dispensable: 3, text: (row) => figure(row.flops, formatCount(row.flops), row), value: ({ flops }) => flops },
    { title: 'Activations', field: 'activationBytes', align: 'right', dispensable: 3, text: (row) => figure(row.activationBytes, formatBytes(row.activationBytes), row), value: ({ activationBytes }) => activationBytes },
    { title: 'Not counted', field: 'unresolved', align: 'right', dispensable: 1, text: ({ unresolved }) => (unresolved === 0 ? '' : formatExact(unresolved)), value: ({ unresolved }) => unresolved },
  ];
}

/** The totals by operator type, and their sum below them. Shares are those of the whole model. */
export function operatorText(operators: readonly OperatorTotals[], totals: Totals, { width, style }: Terminal): string {
  const sum = (pick: (row: OperatorTotals) => number): number => operators.reduce((total, row) => total + pick(row), 0);
  const total: OperatorTotals = {
    op: `Total of ${formatExact(operators.length)} ${operators.length === 1 ? 'operator' : 'operators'}`, domain: '', layers: sum(({ layers }) => layers), parameters: sum(({ parameters }) => parameters), weightBytes: sum(({ weightBytes }) => weightBytes),
    macs: sum(({ macs }) => macs), flops: sum(({ flops }) => flops), activationBytes: sum(({ activationBytes }) => activationBytes), unresolved: sum(({ unresolved }) => unresolved),
  };
  const columns = columnsOf(totals).filter(({ field }) => field !== 'unresolved' || total.unresolved > 0);
  return textTable(columns, operators, { width, style, footer: [total] });
}

export function operatorMarkdown(operators: readonly OperatorTotals[], totals: Totals): string {
  return toMarkdownTable(columnsOf(totals), operators);
}

export function operatorCsv(operators: readonly OperatorTotals[], totals: Totals): string {
  return toCsv([columnsOf(totals)[0]!, { title: 'Domain', field: 'domain', align: 'left', text: ({ domain }) => domain, value: ({ domain }) => domain }, ...columnsOf(totals).slice(1)], operators);
}
