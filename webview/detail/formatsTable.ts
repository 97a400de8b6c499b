import type { FormatOption } from '../../src/jobs/records';
import type { WeightScheme } from '../../src/quant/scheme';
import { dataTable } from '../charts/dataTable';
import { element } from '../dom';
import { formatBytes, formatSmall } from '../../src/format/numbers';
import { formatScheme } from '../../src/format/scheme';
import { decibels } from '../figures';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { actionLink } from '../ui/link';

/** Every format that the layer could have, in the order in which the host sends them; the short form leaves out how it runs. */
export function formatsTable(options: readonly FormatOption[], form: 'short' | 'full', apply: (scheme: WeightScheme) => void): HTMLElement {
  const rows = options.map((option) => {
    const label = formatScheme(option.scheme);
    const known = decibels(option.sqnrDb, option.maxError);
    const cells = [form === 'full' ? labelWithKernel(option, label) : label, known === 'exact' ? t('figure.exact') : (known ?? '–'), formatBytes(option.bytes)];
    return [...cells, action(option, label, apply)];
  });
  const table = dataTable(t('chart.formats'), {
    columns: [
      { title: t('chart.format') }, { title: t('chart.decibels'), numeric: true }, { title: t('chart.bytes'), numeric: true },
      { title: t('chart.choice') },
    ],
    rows,
  });
  table.classList.add('formats', `formats-${form}`);
  for (const [index, row] of [...table.tBodies[0]!.rows].entries()) {
    row.classList.toggle('chosen', options[index]?.chosen === true);
    row.classList.toggle('refused', options[index]?.refusal !== '');
  }
  return element('div', { class: 'formats-box' }, table);
}

/** The format with what it means for running the model below it. */
function labelWithKernel(option: FormatOption, label: string): Node {
  const notes = option.refusal === '' ? [option.kernel] : [t('chart.refused', option.refusal)];
  if (option.maxError !== null && option.maxError > 0) notes.push(t('chart.largestError', formatSmall(option.maxError)));
  return element('div', {}, element('div', { text: label }), element('div', { class: 'format-kernel', text: shorten(notes.join(' · ')) }));
}

function action(option: FormatOption, label: string, apply: (scheme: WeightScheme) => void): Node {
  if (option.chosen) return element('span', { class: 'chosen-mark', text: t('chart.chosen') });
  if (option.refusal !== '') return element('span', { class: 'refused-mark', text: '–', title: option.refusal });
  return actionLink(t('chart.apply'), { label: t('chart.applyFormat', label) }, () => {
    apply(option.scheme);
  });
}
