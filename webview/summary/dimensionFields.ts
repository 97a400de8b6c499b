import { element } from '../dom';
import { formatExact } from '../../src/format/numbers';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { TextField } from '../ui/textField';

/** More than the size of any real dimension; shapes beyond it overflow every count. */
export const MAX_DIMENSION = 2 ** 31 - 1;
/** Models with more free symbols than this are set in the plan file; a header cannot hold them. */
const MAX_FIELDS = 6;

/** One small field for each free symbol of the model's inputs: `batch [1]`. */
export class DimensionFields {
  readonly root = element('div', { class: 'dimensions' });
  private readonly fields = new Map<string, TextField>();
  private shown = '';

  constructor(private readonly onSet: (name: string, value: number | null) => void) {}

  update(dimensions: Readonly<Record<string, number | null>>): void {
    const names = Object.keys(dimensions).slice(0, MAX_FIELDS);
    const key = JSON.stringify(names);
    if (key !== this.shown) {
      this.shown = key;
      this.fields.clear();
      this.root.replaceChildren(...names.map((name) => this.field(name)));
    }
    for (const [name, field] of this.fields) {
      if (!field.root.contains(document.activeElement)) field.value = dimensions[name]?.toString() ?? '';
    }
  }

  private field(name: string): HTMLElement {
    const field = new TextField({ label: t('header.dimensionHint', shorten(name)), placeholder: '?', onCommit: (text) => {
      this.commit(name, field, text);
    } });
    field.root.title = t('header.dimensionHint', shorten(name));
    this.fields.set(name, field);
    return element('div', { class: 'labelled dimension' }, element('span', { class: 'label', text: shorten(name), attributes: { 'aria-hidden': 'true' } }), field.root);
  }

  private commit(name: string, field: TextField, text: string): void {
    const value = parseDimension(text);
    const invalid = value === undefined;
    field.root.classList.toggle('invalid', invalid);
    field.root.title = invalid ? t('header.dimensionInvalid', formatExact(MAX_DIMENSION)) : t('header.dimensionHint', shorten(name));
    if (!invalid) this.onSet(name, value);
  }
}

/** A size; null when the field is empty; undefined when it is not a size. */
export function parseDimension(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = Number(trimmed);
  return /^\d+$/.test(trimmed) && value >= 1 && value <= MAX_DIMENSION ? value : undefined;
}
