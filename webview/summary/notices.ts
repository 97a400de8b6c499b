import type { Notice } from '../../src/extension/editorApi';
import { element, icon } from '../dom';
import { t } from '../strings';
import { button } from '../ui/button';

/** Lines above the table that say what happened and offer the one thing to do about it. */
export class Notices {
  readonly root = element('div', { class: 'notices', attributes: { role: 'status' } });
  private readonly dismissed = new Set<string>();
  private fromHost: readonly Notice[] = [];
  private own: readonly Notice[] = [];
  private shown = '';

  constructor(private readonly act: (key: string) => void) {}

  update(notices: readonly Notice[]): void {
    this.fromHost = notices;
    for (const id of this.dismissed) if (!notices.some((notice) => notice.id === id)) this.dismissed.delete(id);
    this.draw();
  }

  /** Something that went wrong in the page itself; a newer report about the same thing takes the place of the older. */
  report(about: string, text: string): void {
    const id = `page-${about}`;
    this.own = [...this.own.filter((notice) => notice.id !== id), { id, severity: 'error', text, action: null }];
    this.dismissed.delete(id);
    this.draw();
  }

  /** What was reported about this is over. */
  settle(about: string): void {
    this.own = this.own.filter(({ id }) => id !== `page-${about}`);
    this.draw();
  }

  private draw(): void {
    const notices = [...this.fromHost, ...this.own].filter(({ id }) => !this.dismissed.has(id));
    const key = JSON.stringify(notices);
    if (key === this.shown) return;
    this.shown = key;
    this.root.replaceChildren(...notices.map((notice) => this.line(notice)));
  }

  private line(notice: Notice): HTMLElement {
    const line = element('div', { class: `notice notice-${notice.severity}` }, icon(notice.severity), element('span', { class: 'notice-text', text: notice.text }));
    const { action } = notice;
    if (action !== null) line.append(button({ text: action.label, onClick: () => {
      this.act(action.key);
    } }));
    line.append(button({ text: t('notice.dismiss'), icon: 'close', look: 'icon', onClick: () => {
      this.dismissed.add(notice.id);
      // The host forgets its own, so that a reload of the page does not bring them back.
      if (this.fromHost.includes(notice)) this.act(`dismiss:${notice.id}`);
      this.own = this.own.filter(({ id }) => id !== notice.id);
      this.draw();
    } }));
    return line;
  }
}
