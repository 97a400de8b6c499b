import { element, setText } from '../dom';
import { formatExact } from '../../src/format/numbers';
import { shortName } from '../overview/shortName';
import { t } from '../strings';
import { shorten } from '../table/rowView';
import { TextField } from '../ui/textField';

/** More than the size of any real dimension; shapes beyond it overflow every count. */
export const MAX_DIMENSION = 2 ** 31 - 1;
/** Models with more free symbols than this are set in the plan file; the page cannot hold a field for each. */
const MAX_FIELDS = 40;
/** Exporters make long names that differ in their last characters. */
const MAX_NAME = 24;

/** A line with one small field for each free symbol of the model's inputs: `batch [1]`. Hidden when there is none. */
export class DimensionFields {
  readonly root: HTMLElement;
  private readonly list = element('div', { class: 'dimensions' });
  private readonly rest = element('span', { class: 'label' });
  private readonly fields = new Map<string, TextField>();
  /** Fields that somebody is typing into. */
  private readonly edited = new Set<string>();
  private shown = '';

  constructor(private readonly onSet: (name: string, value: number | null) => void) {
    this.root = element('div', { class: 'dimension-line', attributes: { role: 'group', 'aria-label': t('header.dimensions') } }, element('span', { class: 'dimension-title', text: t('header.dimensions'), attributes: { 'aria-hidden': 'true' } }), this.list);
  }

  /** `assumed`: dimensions without a value that count as one. */
  update(dimensions: Readonly<Record<string, number | null>>, assumed: readonly string[]): void {
    const all = Object.keys(dimensions);
    const names = all.slice(0, MAX_FIELDS);
    this.root.hidden = names.length === 0;
    const key = JSON.stringify(names);
    if (key !== this.shown) {
      this.shown = key;
      this.fields.clear();
      this.edited.clear();
      setText(this.rest, all.length > names.length ? t('header.moreDimensions', all.length - names.length) : '');
      this.list.replaceChildren(...names.map((name) => this.field(name)), this.rest);
    }
    for (const [name, field] of this.fields) {
      field.root.setAttribute('placeholder', assumed.includes(name) ? '1' : '?');
      if (!this.edited.has(name)) field.value = dimensions[name]?.toString() ?? '';
    }
  }

  private field(name: string): HTMLElement {
    const field = new TextField({ label: t('header.dimensionHint', shorten(name)), placeholder: '?', onInput: () => {
      this.edited.add(name);
    }, onCommit: (text) => {
      this.commit(name, field, text);
    } });
    field.root.title = t('header.dimensionHint', shorten(name));
    this.fields.set(name, field);
    return element('div', { class: 'labelled dimension' }, element('span', { class: 'label', text: shortName(name, MAX_NAME), title: shorten(name), attributes: { 'aria-hidden': 'true' } }), field.root);
  }

  private commit(name: string, field: TextField, text: string): void {
    const value = parseDimension(text);
    const invalid = value === undefined;
    field.root.classList.toggle('invalid', invalid);
    field.root.title = invalid ? t('header.dimensionInvalid', formatExact(MAX_DIMENSION)) : t('header.dimensionHint', shorten(name));
    if (invalid) return;
    this.edited.delete(name);
    this.onSet(name, value);
  }
}

/** A size; null when the field is empty; undefined when it is not a size. */
export function parseDimension(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = Number(trimmed);
  return /^\d+$/.test(trimmed) && value >= 1 && value <= MAX_DIMENSION ? value : undefined;
}
