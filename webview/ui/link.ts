import { element } from '../dom';

/**
 * A button that looks like a link. Not the toolkit's link: that one is always an anchor, and these act on the page instead of leading
 * somewhere.
 */
export function actionLink(text: string, options: { readonly label?: string; readonly hint?: string }, onClick: () => void): HTMLElement {
  const made = element('button', { class: 'link-button', text, attributes: { type: 'button', ...(options.label === undefined ? {} : { 'aria-label': options.label }) } });
  if (options.hint !== undefined) made.title = options.hint;
  made.addEventListener('click', onClick);
  return made;
}
