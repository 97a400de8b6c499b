import type { FormatOption } from '../../src/jobs/records';
import type { ActivationFormat } from '../../src/quant/activationFormat';
import type { Granularity, WeightScheme } from '../../src/quant/scheme';
import { schemeKey } from '../../src/quant/scheme';
import { element, icon } from '../dom';
import { formatBytes } from '../../src/format/numbers';
import { decibels } from '../figures';
import { t } from '../strings';
import { Popup } from './popup';
import { BITS, BLOCKS, integerBase, sameGranularity, sameScheme, withBits, withGranularity, withRange, withSymmetry } from './schemeChoices';

export interface FormatMenuRequest {
  /** Where the menu's element goes: inside the page's main landmark. */
  readonly overlay: HTMLElement;
  readonly anchor: Element;
  /** What the choice is about, for the title. */
  readonly subject: string;
  readonly scheme: WeightScheme | 'mixed' | null;
  /** What activations become, where the menu is about the whole model; null elsewhere. */
  readonly activations: ActivationChoice | null;
  /** Whether these layers keep their activations float, where the plan quantizes those of others; null elsewhere. */
  readonly floatActivations: FloatActivations | null;
  /** Predictions of a single layer; null when several layers are meant. */
  readonly options: (() => Promise<readonly FormatOption[]>) | null;
  /** null: back to what the plan's rules say. */
  readonly onChoose: (scheme: WeightScheme | null) => void;
}

export interface ActivationChoice {
  /** What the target takes. */
  readonly formats: readonly ActivationFormat[];
  /** null: float */
  readonly format: ActivationFormat | null;
  readonly onChoose: (format: ActivationFormat | 'float') => void;
}

export interface FloatActivations {
  readonly float: boolean;
  readonly onChoose: (float: boolean) => void;
}

interface Item {
  readonly text: string;
  readonly scheme: WeightScheme;
  readonly checked: boolean;
}

/**
 * The menu behind every format button. A click or Space applies a choice at once and leaves the menu open, because bits,
 * range and scale are often set one after another; Enter applies and closes, Escape closes.
 */
export class FormatMenu {
  private readonly box = element('div', { class: 'menu', attributes: { role: 'menu' } });
  private readonly popup: Popup;
  private scheme: WeightScheme | 'mixed' | null;
  private activations: ActivationFormat | 'float';
  private keepsFloat: boolean;
  private options = new Map<string, FormatOption>();

  constructor(private readonly request: FormatMenuRequest, onClose: (returnFocus: boolean) => void) {
    this.scheme = request.scheme;
    this.activations = request.activations?.format ?? 'float';
    this.keepsFloat = request.floatActivations?.float ?? false;
    this.box.setAttribute('aria-label', t('menu.label', request.subject));
    this.draw();
    this.popup = new Popup(this.box, request.overlay, request.anchor, onClose);
    this.box.addEventListener('keydown', (event) => {
      this.onKey(event);
    });
    this.focusOn(this.items.find((item) => item.getAttribute('aria-checked') === 'true') ?? this.items[0]);
    void this.loadOptions();
  }

  close(): void {
    this.popup.close(false);
  }

  private get items(): HTMLElement[] {
    return [...this.box.querySelectorAll<HTMLElement>('[role^=menuitem]')];
  }

  private async loadOptions(): Promise<void> {
    if (this.request.options === null) return;
    try {
      const options = await this.request.options();
      this.options = new Map(options.map((option) => [schemeKey(option.scheme), option]));
      this.redraw();
    } catch {
      // Predictions are an extra of the menu; choosing works without them and the detail panel reports the failure.
    }
  }

  private draw(): void {
    const base = integerBase(this.scheme);
    const chosen = this.scheme !== null && this.scheme !== 'mixed' && this.scheme.kind === 'integer' ? this.scheme : null;
    const granularity = (each: Granularity, text: string): Item => ({ text, scheme: withGranularity(base, each), checked: chosen !== null && sameGranularity(chosen.granularity, each) });
    this.box.replaceChildren(
      element('div', { class: 'menu-subject', text: this.request.subject, attributes: { role: 'presentation' } }),
      this.group(t('menu.bits'), 'list', [
        ...BITS.map((bits) => ({ text: t('menu.bitsOf', bits), scheme: withBits(base, bits), checked: chosen?.bits === bits })),
        { text: t('menu.float16'), scheme: { kind: 'float16' }, checked: sameScheme({ kind: 'float16' }, this.scheme) },
        { text: t('menu.float'), scheme: { kind: 'float' }, checked: sameScheme({ kind: 'float' }, this.scheme) },
      ]),
      this.group(t('menu.zeroPoint'), 'line', [
        { text: t('menu.symmetric'), scheme: withSymmetry(base, true), checked: chosen?.symmetric === true },
        { text: t('menu.asymmetric'), scheme: withSymmetry(base, false), checked: chosen?.symmetric === false },
      ]),
      this.group(t('menu.granularity'), 'line', [granularity('tensor', t('menu.tensor')), granularity('channel', t('menu.channel'))]),
      this.group(t('menu.blocks'), 'line', BLOCKS.map((block) => granularity({ block }, String(block))), (index) => t('menu.block', BLOCKS[index]!)),
      this.group(t('menu.range'), 'line', [
        { text: t('menu.minmax'), scheme: withRange(base, 'minmax'), checked: chosen?.range === 'minmax' },
        { text: t('menu.mse'), scheme: withRange(base, 'mse'), checked: chosen?.range === 'mse' },
      ]),
      ...this.activationGroup(),
      element('div', { class: 'menu-separator', attributes: { role: 'separator' } }),
      this.resetItem(),
    );
  }

  private redraw(): void {
    const focused = this.items.indexOf(document.activeElement as HTMLElement);
    this.draw();
    if (focused >= 0) this.focusOn(this.items[focused]);
  }

  private group(title: string, layout: 'list' | 'line', items: readonly Item[], nameOf: (index: number) => string | null = () => null): HTMLElement {
    return groupOf(title, layout, items.map((item, index) => this.item(item, layout, nameOf(index))));
  }

  private activationGroup(): readonly HTMLElement[] {
    const { activations, floatActivations } = this.request;
    if (floatActivations !== null) return [groupOf(t('menu.activations'), 'line', [this.keepFloatItem(floatActivations)])];
    if (activations === null) return [];
    const items = (['float', ...activations.formats] as const).map((format) => {
      const made = choice('menuitemradio', format === 'float' ? t('menu.activationFloat') : format, format === this.activations);
      made.addEventListener('click', () => {
        this.activations = format;
        activations.onChoose(format);
        this.redraw();
      });
      return made;
    });
    return [groupOf(t('menu.activations'), 'line', items)];
  }

  private keepFloatItem({ onChoose }: FloatActivations): HTMLElement {
    const made = choice('menuitemcheckbox', t('menu.keepActivations'), this.keepsFloat);
    made.addEventListener('click', () => {
      this.keepsFloat = !this.keepsFloat;
      onChoose(this.keepsFloat);
      this.redraw();
    });
    return made;
  }

  private item(item: Item, layout: 'list' | 'line', name: string | null): HTMLElement {
    const option = this.options.get(schemeKey(item.scheme));
    const refusal = option?.refusal ?? '';
    const made = choice('menuitemradio', item.text, item.checked);
    if (name !== null) made.setAttribute('aria-label', name);
    if (refusal !== '') {
      made.setAttribute('aria-disabled', 'true');
      made.title = refusal;
    }
    if (layout === 'list' && option !== undefined) made.append(element('span', { class: 'menu-figures', text: refusal === '' ? predictionText(option) : refusal }));
    made.addEventListener('click', () => {
      this.choose(made, item.scheme);
    });
    return made;
  }

  private resetItem(): HTMLElement {
    const made = element('div', { class: 'menu-item', attributes: { role: 'menuitem', tabindex: '-1' } }, icon('discard'), element('span', { class: 'menu-text', text: t('menu.reset') }));
    made.addEventListener('click', () => {
      this.request.onChoose(null);
      this.popup.close(true);
    });
    return made;
  }

  private choose(item: HTMLElement, scheme: WeightScheme): void {
    if (item.getAttribute('aria-disabled') === 'true') return;
    this.scheme = scheme;
    this.request.onChoose(scheme);
    const focused = this.items.indexOf(item);
    this.draw();
    this.focusOn(this.items[focused]);
    void this.loadOptions();
  }

  private focusOn(item: HTMLElement | undefined): void {
    item?.focus();
  }

  private onKey(event: KeyboardEvent): void {
    const { items } = this;
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = (by: number): void => {
      this.focusOn(items[(at + by + items.length) % items.length]);
    };
    switch (event.key) {
      case 'ArrowDown': this.focusOn(items[this.nextLine(items, at, 1)]); break;
      case 'ArrowUp': this.focusOn(items[this.nextLine(items, at, -1)]); break;
      case 'ArrowRight': step(1); break;
      case 'ArrowLeft': step(-1); break;
      case 'Home': this.focusOn(items[0]); break;
      case 'End': this.focusOn(items.at(-1)); break;
      case ' ': items[at]?.click(); break;
      case 'Enter':
        if (items[at]?.getAttribute('aria-disabled') === 'true') break;
        items[at]?.click();
        this.popup.close(true);
        break;
      case 'Escape':
      case 'Tab': this.popup.close(true); break;
      default: return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Up and down go item by item in a list, and from line to line where items stand side by side. */
  private nextLine(items: readonly HTMLElement[], at: number, by: 1 | -1): number {
    const top = (index: number): number => items[index]?.getBoundingClientRect().top ?? 0;
    let index = at;
    do index = (index + by + items.length) % items.length;
    while (index !== at && Math.abs(top(index) - top(at)) < 2);
    // Going up enters a line at its checked or first item, not at its last.
    const line = items.filter((_item, other) => Math.abs(top(other) - top(index)) < 2);
    const entry = line.find((item) => item.getAttribute('aria-checked') === 'true') ?? line[0];
    return entry === undefined ? index : items.indexOf(entry);
  }
}

function groupOf(title: string, layout: 'list' | 'line', items: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: `menu-group menu-${layout}`, attributes: { role: 'group', 'aria-label': title } },
    element('div', { class: 'menu-title', text: title, attributes: { role: 'presentation' } }),
    element('div', { class: 'menu-items', attributes: { role: 'presentation' } }, ...items));
}

function choice(role: 'menuitemradio' | 'menuitemcheckbox', text: string, checked: boolean): HTMLElement {
  return element('div', { class: 'menu-item', attributes: { role, tabindex: '-1', 'aria-checked': String(checked) } }, icon('check'), element('span', { class: 'menu-text', text }));
}

function predictionText(option: FormatOption): string {
  const known = decibels(option.sqnrDb, option.maxError);
  const size = formatBytes(option.bytes);
  if (known === null) return size;
  return known === 'exact' ? t('menu.exact', size) : t('menu.prediction', known, size);
}
