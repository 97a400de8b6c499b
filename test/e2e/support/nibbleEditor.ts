import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench';

/** A column of the layer table, by the name that the page gives it. */
export type ColumnName = 'name' | 'op' | 'output' | 'parameters' | 'weightBytes' | 'macs' | 'format' | 'sqnrDb' | 'bytesAfter';

/** The Nibble editor on show in a window: its page, driven by role and name. */
export class NibbleEditor {
  /** `index`: which one, from left to right, where several are on show. */
  constructor(
    private readonly workbench: Workbench,
    private readonly index = 0,
  ) {}

  get page(): FrameLocator {
    return this.workbench.webview(this.index);
  }

  /** Waits until the layers are drawn. */
  async ready(): Promise<this> {
    await this.table.getByRole('row').nth(1).waitFor();
    return this;
  }

  get table(): Locator {
    return this.page.getByRole('treegrid');
  }

  /** Puts the keyboard into the layer table, at its first row. */
  async focusTable(): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Filter layers' }).focus();
    await this.workbench.press('Enter', 'Home');
  }

  /** The row of a layer or scope, by the last part of its name. */
  row(label: string): Locator {
    return this.table.getByRole('row').filter({ has: this.page.locator('.cell-name').getByText(label, { exact: true }) });
  }

  cell(label: string, column: ColumnName): Locator {
    return this.row(label).locator(`.cell-${column}`);
  }

  formatButton(label: string): Locator {
    return this.row(label).getByRole('button', { name: /^Format of/ });
  }

  /** The format menu that is open. */
  get menu(): Locator {
    return this.page.getByRole('menu');
  }

  /** Opens a row's format menu with the mouse and chooses from it, item by item. */
  async chooseFormat(label: string, ...items: string[]): Promise<void> {
    // A tooltip of the row that has the focus may lie over this one.
    if (await this.tooltip.isVisible()) await this.workbench.press('Escape');
    await this.formatButton(label).click();
    for (const item of items) await this.menu.getByRole('menuitemradio', { name: item }).click();
    await this.workbench.press('Escape');
    await this.menu.waitFor({ state: 'detached' });
  }

  /** A figure of the summary, by its title. */
  figure(title: string): Locator {
    return this.page.locator('.figure').filter({ has: this.page.getByText(title, { exact: true }) }).locator('dd');
  }

  /** Says how large an open dimension is. */
  async setDimension(name: string, value: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: new RegExp(`“${name}”`) });
    await field.fill(value);
    await this.workbench.press('Enter');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  get tooltip(): Locator {
    return this.page.getByRole('tooltip');
  }
}
