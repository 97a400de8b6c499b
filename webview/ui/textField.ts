import { element, icon } from '../dom';

export interface TextFieldOptions {
  readonly label: string;
  readonly placeholder?: string;
  readonly icon?: string;
  readonly onInput?: (value: string) => void;
  /** Enter or leaving the field. */
  readonly onCommit?: (value: string) => void;
}

/** A toolkit text field. Its label is for screen readers; what is seen beside it is the caller's. */
export class TextField {
  readonly root: HTMLElement & { value: string };

  constructor(options: TextFieldOptions) {
    this.root = element('vscode-text-field' as 'input', { class: 'text-field', attributes: { placeholder: options.placeholder ?? '' } });
    // The element overwrites its aria-label with its own text when it is connected.
    this.root.append(element('span', { class: 'visually-hidden', text: options.label }));
    if (options.icon !== undefined) {
      const start = icon(options.icon);
      start.slot = 'start';
      this.root.append(start);
    }
    this.root.addEventListener('input', () => options.onInput?.(this.root.value));
    this.root.addEventListener('change', () => options.onCommit?.(this.root.value));
  }

  get value(): string {
    return this.root.value;
  }

  set value(value: string) {
    if (this.root.value !== value) this.root.value = value;
  }

  focus(): void {
    this.root.focus();
  }
}
