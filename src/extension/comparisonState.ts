import { l10n } from 'vscode';
import { changeOf, comparisonColumns, comparisonFacts, unmetWishes } from '../format/comparison';
import { formatExact } from '../format/numbers';
import { plural } from '../format/plural';
import type { ComparedLayer, ModelComparison } from '../jobs/records';
import type { ComparedBar, ComparedRow, ComparisonState } from './comparisonApi';
import { pageStrings } from './editorState';

/** Rows on the page: more are not read through, and the command line prints all of them. */
export const MAX_ROWS_SHOWN = 2_000;
/** Lines of one list of findings. */
const MAX_LINES_SHOWN = 200;

/** What the page of a comparison shows. */
export function comparisonState(comparison: ModelComparison): ComparisonState {
  const columns = comparisonColumns(l10n.t);
  const differing = comparison.layers.filter((row) => changeOf(row) !== '');
  const shown = differing.slice(0, MAX_ROWS_SHOWN);
  return {
    strings: pageStrings(),
    title: l10n.t('{0} compared with {1}', comparison.second.file, comparison.first.file),
    facts: comparisonFacts(comparison, l10n.t),
    findings: [
      { title: l10n.t('Not as the plan asks'), lines: unmetWishes(comparison, l10n.t) },
      { title: l10n.t('Weights not compared'), lines: comparison.layers.flatMap(({ first, notCompared }) => (first === null || notCompared === '' ? [] : [`${first.name}: ${notCompared}`])) },
      { title: l10n.t('Noticed while reading'), lines: comparison.notes },
    ].flatMap(({ title, lines }) => (lines.length === 0 ? [] : [{ title, lines: lines.slice(0, MAX_LINES_SHOWN) }])),
    columns: columns.map(({ title, align }) => ({ title, numeric: align === 'right' })),
    rows: shown.map((row): ComparedRow => ({ cells: columns.map((column) => column.text(row)), values: columns.map((column) => sortable(column.value(row))) })),
    leftOut: leftOut(comparison.layers.length - differing.length, differing.length - shown.length),
    bars: comparison.layers.flatMap(barOf),
  };
}

function leftOut(same: number, cut: number): string {
  const sentences = [same === 0 ? '' : plural(same, l10n.t('1 layer is the same in both models.'), l10n.t('{0} layers are the same in both models.', formatExact(same))), cut === 0 ? '' : plural(cut, l10n.t('1 more layer differs; the command line shows all of them.'), l10n.t('{0} more layers differ; the command line shows all of them.', formatExact(cut)))];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** JSON has no infinities; an exact weight is sorted as the best. */
function sortable(value: string | number | boolean | null): string | number | null {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' && !Number.isFinite(value) ? Math.sign(value) * Number.MAX_VALUE : value;
}

function barOf({ first, second, difference }: ComparedLayer): readonly ComparedBar[] {
  const side = first ?? second;
  if (side === null || (first?.format ?? null) === null && (second?.format ?? null) === null) return [];
  const sqnrDb = difference !== null && difference.sqnrDb !== null && Number.isFinite(difference.sqnrDb) ? difference.sqnrDb : null;
  return [{ name: side.name, before: first?.weightBytes ?? 0, after: second?.weightBytes ?? 0, sqnrDb }];
}
