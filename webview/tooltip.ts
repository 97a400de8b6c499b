import type { HoverText } from '../src/extension/editorApi';
import { element, uniqueId } from './dom';

/** The wait of VS Code's own hovers. */
const DELAY_MS = 500;
/** Longer after the keyboard: whoever goes through rows wants to see the next ones, not what is said about this one. */
const KEYBOARD_DELAY_MS = 1200;
const GAP = 6;

export type TooltipContent = HoverText | string;

interface Wish {
  readonly anchor: Element;
  readonly content: () => Promise<TooltipContent | null> | TooltipContent;
}

/**
 * The page's one tooltip: for rows, cells and chart points, by mouse and by keyboard. Escape or leaving dismisses it; it can
 * be hovered itself, so that its text can be read and selected.
 */
export class Tooltip {
  private readonly box = element('div', { class: 'tooltip', attributes: { role: 'tooltip', id: uniqueId('tooltip') } });
  private timer = 0;
  private hideTimer = 0;
  private generation = 0;
  private anchor: Element | null = null;

  constructor(overlay: HTMLElement) {
    this.box.hidden = true;
    this.box.addEventListener('mouseenter', () => {
      window.clearTimeout(this.hideTimer);
    });
    this.box.addEventListener('mouseleave', () => {
      this.leave();
    });
    overlay.append(this.box);
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.box.hidden) return;
      this.hide();
      event.stopPropagation();
    }, true);
    document.addEventListener('scroll', () => {
      this.hide();
    }, true);
    window.addEventListener('blur', () => {
      this.hide();
    });
  }

  /** Shows the tooltip after the usual wait, unless another wish or `leave` comes first. `at`: where in the page; left out for the keyboard, which gets it beside the anchor. */
  wish(wish: Wish, at?: { readonly x: number; readonly y: number }): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.hideTimer);
    if (this.anchor === wish.anchor && !this.box.hidden && at === undefined) return;
    this.generation += 1;
    const generation = this.generation;
    const wait = at === undefined ? KEYBOARD_DELAY_MS : this.box.hidden ? DELAY_MS : DELAY_MS / 4;
    this.timer = window.setTimeout(() => {
      void Promise.resolve(wish.content()).then(
        (content) => {
          if (generation === this.generation && content !== null && wish.anchor.isConnected) this.show(wish.anchor, content, at);
        },
        // A tooltip is an extra: whatever made it fail is reported where the figure itself is shown.
        () => undefined,
      );
    }, wait);
  }

  /** The pointer or the focus has left; a moment is allowed to reach the tooltip itself. */
  leave(): void {
    window.clearTimeout(this.timer);
    this.generation += 1;
    window.clearTimeout(this.hideTimer);
    this.hideTimer = window.setTimeout(() => {
      this.hide();
    }, 150);
  }

  hide(): void {
    window.clearTimeout(this.timer);
    window.clearTimeout(this.hideTimer);
    this.generation += 1;
    if (this.anchor?.getAttribute('aria-describedby') === this.box.id) this.anchor.removeAttribute('aria-describedby');
    this.anchor = null;
    this.box.hidden = true;
  }

  private show(anchor: Element, content: TooltipContent, at: { readonly x: number; readonly y: number } | undefined): void {
    this.hide();
    this.anchor = anchor;
    anchor.setAttribute('aria-describedby', this.box.id);
    this.box.replaceChildren(...render(content));
    this.box.hidden = false;
    const box = this.box.getBoundingClientRect();
    const target = anchor.getBoundingClientRect();
    const x = at?.x ?? target.right + GAP;
    const below = (at?.y ?? target.bottom) + GAP;
    const above = (at?.y ?? target.top) - GAP - box.height;
    this.box.style.left = `${Math.max(GAP, Math.min(x, window.innerWidth - box.width - GAP))}px`;
    this.box.style.top = `${below + box.height <= window.innerHeight || above < GAP ? Math.min(below, Math.max(GAP, window.innerHeight - box.height - GAP)) : above}px`;
  }
}

function render(content: TooltipContent): readonly Node[] {
  if (typeof content === 'string') return [element('div', { class: 'tooltip-text', text: content })];
  const lines = element('dl', { class: 'tooltip-lines' });
  for (const [label, value] of content.lines) lines.append(element('dt', { text: label }), element('dd', { text: value }));
  return [element('div', { class: 'tooltip-title', text: content.title }), lines, element('div', { class: 'tooltip-provenance', text: content.provenance })];
}
