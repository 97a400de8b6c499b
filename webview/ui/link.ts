import { element } from '../dom';

/** A toolkit link that acts on the page instead of leading somewhere. */
export function actionLink(text: string, label: string, onClick: () => void): HTMLElement {
  const made = element('vscode-link' as 'a', { text, attributes: { role: 'button', tabindex: '0', 'aria-label': label, href: '#' } });
  made.addEventListener('click', (event) => {
    event.preventDefault();
    onClick();
  });
  return made;
}
