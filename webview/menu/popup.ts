/** Distance that a popup keeps from the edges of the page. */
const MARGIN = 4;

/**
 * Shows a box beside its anchor until something else is clicked or focused. `onClose` hears whether the focus should go
 * back to where it came from: not when the person has put it elsewhere.
 */
export class Popup {
  private closed = false;
  private readonly closers = new AbortController();

  constructor(
    private readonly box: HTMLElement,
    overlay: HTMLElement,
    anchor: Element,
    private readonly onClose: (returnFocus: boolean) => void,
  ) {
    overlay.append(box);
    const target = anchor.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const left = Math.min(target.left, window.innerWidth - size.width - MARGIN);
    const below = target.bottom + 2;
    const top = below + size.height + MARGIN <= window.innerHeight ? below : target.top - size.height - 2;
    box.style.left = `${Math.max(MARGIN, left)}px`;
    box.style.top = `${Math.max(MARGIN, Math.min(top, window.innerHeight - size.height - MARGIN))}px`;
    const { signal } = this.closers;
    document.addEventListener('pointerdown', (event) => {
      if (!(event.target instanceof Node && box.contains(event.target))) this.close(false);
    }, { capture: true, signal });
    window.addEventListener('resize', () => {
      this.close(false);
    }, { signal });
    box.addEventListener('focusout', (event) => {
      if (event.relatedTarget instanceof Node && !box.contains(event.relatedTarget)) this.close(false);
    }, { signal });
  }

  close(returnFocus: boolean): void {
    if (this.closed) return;
    this.closed = true;
    this.closers.abort();
    this.box.remove();
    this.onClose(returnFocus);
  }
}
