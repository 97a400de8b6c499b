import type { EditorState, Notice } from '../../src/extension/editorApi';
import { t } from '../strings';
import { shorten } from '../table/rowView';

/** Says that the weights are not there, which the layers show as formats that cannot be had; none when all of them are. */
export function missingDataNotice({ model }: EditorState): readonly Notice[] {
  const [first, ...others] = model?.missingData ?? [];
  if (first === undefined) return [];
  const text = [shorten(first), ...(others.length === 0 ? [] : [t('details.more', others.length)])].join(' ');
  return [{ id: 'missing-data', severity: 'warning', text, action: { label: t('page.retry'), key: 'retry' } }];
}
