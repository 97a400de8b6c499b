import { element } from '../dom';
import { Popup } from '../menu/popup';
import { t } from '../strings';

/** Shows what the filter understands, beside its button. Every example can be taken over. */
export function showFilterHelp(help: readonly (readonly [examples: string, meaning: string])[], overlay: HTMLElement, anchor: HTMLElement, take: (example: string) => void): void {
  const close = (returnFocus: boolean): void => {
    popup.close(returnFocus);
  };
  const list = element('dl', { class: 'filter-help-list' });
  for (const [examples, meaning] of help) {
    // Alternatives stand two spaces apart.
    const buttons = examples.split(/ {2,}/).map((example) => {
      const made = element('button', { class: 'link-button filter-example', text: example, attributes: { type: 'button' } });
      made.addEventListener('click', () => {
        close(false);
        take(example);
      });
      return made;
    });
    list.append(element('dt', {}, ...buttons), element('dd', { text: meaning }));
  }
  const box = element('div', { class: 'menu filter-help', attributes: { role: 'dialog', 'aria-label': t('table.filterHelp') } }, element('p', { class: 'filter-help-intro', text: t('table.filterHelpIntro') }), list);
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    close(true);
    event.preventDefault();
    event.stopPropagation();
  });
  const popup = new Popup(box, overlay, anchor, (returnFocus) => {
    if (returnFocus) anchor.focus();
  });
  box.querySelector('button')?.focus();
}
