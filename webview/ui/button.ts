import { icon } from '../dom';

export interface ButtonOptions {
  readonly text: string;
  readonly icon?: string;
  readonly hint?: string;
  readonly look?: 'primary' | 'secondary' | 'icon';
  readonly onClick: () => void;
}

/** A toolkit button. With the look `icon` the text is its name and only the icon is drawn. */
export function button(options: ButtonOptions): HTMLElement {
  const made = document.createElement('vscode-button');
  made.setAttribute('appearance', options.look ?? 'secondary');
  if (options.look === 'icon') {
    made.setAttribute('aria-label', options.text);
    made.title = options.hint ?? options.text;
    made.append(icon(options.icon ?? 'circle'));
  } else {
    if (options.icon !== undefined) {
      const start = icon(options.icon);
      start.slot = 'start';
      made.append(start);
    }
    made.append(options.text);
    if (options.hint !== undefined) made.title = options.hint;
  }
  made.addEventListener('click', options.onClick);
  return made;
}

/** Greys a toolkit button out, or brings it back. */
export function setDisabled(control: HTMLElement, disabled: boolean): void {
  control.toggleAttribute('disabled', disabled);
}
