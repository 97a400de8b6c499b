import { element } from '../dom';

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly content: HTMLElement;
}

/** Toolkit panels: a row of tabs with the content of the chosen one below. */
export class Tabs {
  readonly root: HTMLElement;

  constructor(label: string, tabs: readonly Tab[], selected: string, onSelect: (id: string) => void) {
    this.root = element('vscode-panels' as 'div', { class: 'tabs', attributes: { 'aria-label': label, activeid: tabId(selected) } });
    for (const { id, title } of tabs) this.root.append(element('vscode-panel-tab' as 'div', { text: title, attributes: { id: tabId(id) } }));
    for (const { id, content } of tabs) this.root.append(element('vscode-panel-view' as 'div', { attributes: { id: `view-${id}` } }, content));
    this.root.addEventListener('change', () => {
      const active = (this.root as HTMLElement & { readonly activeid: string }).activeid;
      const tab = tabs.find(({ id }) => tabId(id) === active);
      if (tab !== undefined) onSelect(tab.id);
    });
  }

  select(id: string): void {
    (this.root as HTMLElement & { activeid: string }).activeid = tabId(id);
  }
}

function tabId(id: string): string {
  return `tab-${id}`;
}
