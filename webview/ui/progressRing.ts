import { element } from '../dom';

/** A turning ring for work without a known end. */
export function progressRing(label: string): HTMLElement {
  return element('vscode-progress-ring' as 'div', { class: 'progress-ring', attributes: { 'aria-label': label } });
}
