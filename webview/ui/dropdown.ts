import { element } from '../dom';

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** A toolkit dropdown that reports the value picked. */
export class DropDown {
  readonly root: HTMLElement;
  private shown = '';

  constructor(label: string, onPick: (value: string) => void) {
    this.root = element('vscode-dropdown' as 'div', { class: 'dropdown', attributes: { 'aria-label': label } });
    this.root.addEventListener('change', () => {
      const value = (this.root as HTMLElement & { readonly value: string }).value;
      if (value !== '') onPick(value);
    });
  }

  /** Replaces the choices when they differ from what is shown. */
  setChoices(choices: readonly Choice[], selected: string): void {
    const key = JSON.stringify([choices, selected]);
    if (key === this.shown) return;
    this.shown = key;
    this.root.replaceChildren(...choices.map(({ value, text }) => {
      const option = element('vscode-option' as 'option', { text, attributes: { value } });
      option.toggleAttribute('selected', value === selected);
      return option;
    }));
    // The element takes its value from its options a microtask after they are slotted.
    queueMicrotask(() => {
      (this.root as HTMLElement & { value: string }).value = selected;
    });
  }
}
