import type { EditorState } from '../../src/extension/editorApi';
import type { ModelInfo, ModelInput } from '../../src/graph/layer';
import { element, uniqueId } from '../dom';
import { formatBytes } from '../../src/format/numbers';
import { formatShape } from '../../src/format/scheme';
import { t } from '../strings';
import type { StringKey } from '../strings';
import { shorten } from '../table/rowView';
import { button } from '../ui/button';

/** Entries of one list that are shown; a file may name any number. */
const MAX_ENTRIES = 50;

/** What the file says about itself, behind a button that opens it. */
export class ModelDetails {
  readonly list = element('dl', { class: 'detail-list', attributes: { id: uniqueId('details') } });
  readonly button: HTMLElement;
  private isOpen = false;
  private shown: ModelInfo | null = null;

  constructor(open: boolean, onToggle: (open: boolean) => void) {
    this.button = button({ text: t('header.details'), icon: 'info', hint: t('header.detailsHint'), onClick: () => {
      this.setOpen(!this.isOpen);
      onToggle(this.isOpen);
    } });
    this.button.setAttribute('aria-controls', this.list.id);
    this.setOpen(open);
  }

  private setOpen(open: boolean): void {
    this.isOpen = open;
    this.list.hidden = !open;
    this.button.setAttribute('aria-expanded', String(open));
  }

  update(state: EditorState): void {
    const { model } = state;
    if (model === null || model === this.shown) return;
    this.shown = model;
    this.list.replaceChildren();
    const producer = [model.producer, model.producerVersion].filter((part) => part !== '').join(' ');
    this.add('details.producer', [producer === '' ? t('details.unknownProducer') : producer]);
    this.add('details.opsets', Object.entries(model.opsets).map(([domain, version]) => `${domain === '' ? 'ai.onnx' : domain} ${version}`));
    this.add('details.ir', [String(model.irVersion)]);
    const size = formatBytes(model.fileBytes);
    this.add('details.file', [model.externalBytes === 0 ? size : t('details.external', size, formatBytes(model.externalBytes))]);
    this.add('details.inputs', model.inputs.map(valueText));
    this.add('details.outputs', model.outputs.map(valueText));
    this.add('details.metadata', Object.entries(model.metadata).map(([key, value]) => `${key}: ${value}`));
    this.add('details.notes', model.notes);
  }

  private add(title: StringKey, values: readonly string[]): void {
    if (values.length === 0) return;
    this.list.append(element('dt', { text: t(title) }));
    for (const value of values.slice(0, MAX_ENTRIES)) this.list.append(element('dd', { text: shorten(value) }));
    if (values.length > MAX_ENTRIES) this.list.append(element('dd', { text: t('details.more', values.length - MAX_ENTRIES) }));
  }
}

function valueText(value: ModelInput): string {
  return `${value.name}: ${value.dataType} ${formatShape(value.shape)}`;
}
