import { toCsv, toMarkdownTable } from '../format/dataTable';
import { formatExact } from '../format/numbers';
import { operatorColumns } from '../format/operatorColumns';
import type { Totals } from '../graph/layer';
import type { OperatorTotals } from '../graph/operatorTotals';
import type { Terminal } from './terminal';
import { textTable } from './textTable';

/** The totals by operator type, and their sum below them. Shares are those of the whole model. */
export function operatorText(operators: readonly OperatorTotals[], totals: Totals, { width, style }: Terminal): string {
  const sum = (pick: (row: OperatorTotals) => number): number => operators.reduce((total, row) => total + pick(row), 0);
  const total: OperatorTotals = {
    op: `Total of ${formatExact(operators.length)} ${operators.length === 1 ? 'operator' : 'operators'}`, domain: '', layers: sum(({ layers }) => layers), parameters: sum(({ parameters }) => parameters), weightBytes: sum(({ weightBytes }) => weightBytes),
    macs: sum(({ macs }) => macs), flops: sum(({ flops }) => flops), activationBytes: sum(({ activationBytes }) => activationBytes), unresolved: sum(({ unresolved }) => unresolved),
  };
  const columns = operatorColumns(totals).filter(({ field }) => field !== 'unresolved' || total.unresolved > 0);
  return textTable(columns, operators, { width, style, footer: [total] });
}

export function operatorMarkdown(operators: readonly OperatorTotals[], totals: Totals): string {
  return toMarkdownTable(operatorColumns(totals), operators);
}

export function operatorCsv(operators: readonly OperatorTotals[], totals: Totals): string {
  return toCsv([operatorColumns(totals)[0]!, { title: 'Domain', field: 'domain', align: 'left', text: ({ domain }) => domain, value: ({ domain }) => domain }, ...operatorColumns(totals).slice(1)], operators);
}
