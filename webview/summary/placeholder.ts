import { element, icon } from '../dom';

/** What stands where there is nothing to show: what is the matter and what to do next. */
export function placeholder(options: { readonly icon: string | HTMLElement; readonly title: string; readonly hint?: string; readonly actions?: readonly HTMLElement[] }): HTMLElement {
  return element('div', { class: 'placeholder' },
    typeof options.icon === 'string' ? icon(options.icon) : options.icon,
    element('h2', { class: 'placeholder-title', text: options.title }),
    options.hint === undefined ? null : element('p', { class: 'placeholder-hint', text: options.hint }),
    options.actions === undefined ? null : element('div', { class: 'placeholder-actions' }, ...options.actions));
}
