import type { OperatorTotals } from '../../src/extension/editorApi';
import { formatBytes, formatCount, formatExact } from '../../src/format/numbers';
import { dataTable } from '../charts/dataTable';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { actionLink } from '../ui/link';

/** What all layers of each operator type take together. A click on an operator filters the layers by it. */
export function operatorsTable(operators: readonly OperatorTotals[], filter: (text: string) => void): HTMLElement {
  const table = dataTable(t('operators.title'), {
    columns: [
      { title: t('column.op') }, { title: t('operators.layers'), numeric: true }, { title: t('operators.parameters'), numeric: true }, { title: t('column.weightBytes'), numeric: true },
      { title: t('column.macs'), numeric: true }, { title: t('figure.flops'), numeric: true }, { title: t('operators.activations'), numeric: true }, { title: t('operators.unknown'), numeric: true },
    ],
    rows: operators.map((each) => [
      actionLink(shorten(each.domain === '' ? each.op : `${each.op} (${each.domain})`), { hint: t('operators.filter', each.op) }, () => {
        filter(`op:${each.op}`);
      }),
      formatExact(each.layers), orDash(each.parameters, formatCount), orDash(each.weightBytes, formatBytes), orDash(each.macs, formatCount), orDash(each.flops, formatCount),
      orDash(each.activationBytes, formatBytes), orDash(each.unresolved, formatExact),
    ]),
  });
  table.classList.add('operators');
  return table;
}

function orDash(value: number, format: (value: number) => string): string {
  return value === 0 ? '–' : format(value);
}
