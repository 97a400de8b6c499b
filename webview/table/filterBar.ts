import { element, setAttribute, setText } from '../dom';
import { t } from '../strings';
import { button } from '../ui/button';
import { TextField } from '../ui/textField';

export interface FilterBarActions {
  readonly onFilter: (text: string) => void;
  /** Enter or arrow down: into the table. */
  readonly onLeave: () => void;
  /** What can be typed. */
  readonly onHelp: (anchor: HTMLElement) => void;
  readonly onWholeModel: (anchor: Element) => void;
  readonly onExpandAll: (expanded: boolean) => void;
}

/** The line above the table: the filter, how many rows there are, and what concerns all of them. */
export class FilterBar {
  readonly root: HTMLElement;
  private readonly field: TextField;
  private readonly count = element('span', { class: 'filter-count', attributes: { role: 'status' } });
  private readonly scopeButtons: readonly HTMLElement[];

  constructor(text: string, actions: FilterBarActions) {
    this.field = new TextField({ label: t('table.filter'), placeholder: t('table.filterPlaceholder'), icon: 'filter', onInput: actions.onFilter });
    this.field.value = text;
    this.field.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        this.field.value = '';
        actions.onFilter('');
      } else if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
      actions.onLeave();
      event.preventDefault();
    });
    const help = button({ text: t('table.filterHelp'), icon: 'question', look: 'icon', onClick: () => {
      actions.onHelp(help);
    } });
    help.setAttribute('aria-haspopup', 'dialog');
    const wholeModel = button({ text: t('table.wholeModel'), icon: 'settings', hint: t('table.wholeModelHint'), onClick: () => {
      actions.onWholeModel(wholeModel);
    } });
    wholeModel.setAttribute('aria-haspopup', 'menu');
    this.scopeButtons = [
      button({ text: t('table.expandAll'), icon: 'expand-all', look: 'icon', onClick: () => {
        actions.onExpandAll(true);
      } }),
      button({ text: t('table.collapseAll'), icon: 'collapse-all', look: 'icon', onClick: () => {
        actions.onExpandAll(false);
      } }),
    ];
    this.root = element('div', { class: 'filter-bar' }, this.field.root, help, this.count, ...this.scopeButtons, wholeModel);
  }

  get text(): string {
    return this.field.value;
  }

  set text(text: string) {
    this.field.value = text;
  }

  focus(): void {
    this.field.focus();
  }

  /** Puts the focus into the field and adds a typed character. */
  type(text: string): void {
    this.field.value += text;
    this.field.focus();
  }

  clear(): void {
    this.field.value = '';
  }

  showCount(text: string): void {
    setText(this.count, text);
  }

  showScopeButtons(shown: boolean): void {
    for (const scopeButton of this.scopeButtons) scopeButton.hidden = !shown;
  }

  /** null: the filter is understood. */
  showProblem(problem: string | null): void {
    this.field.root.classList.toggle('invalid', problem !== null);
    setAttribute(this.field.root, 'title', problem);
  }
}
