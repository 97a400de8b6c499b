import type { Dialog, FrameLocator, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** How long a window may take to be ready, and any one step in it; about three times what a busy core takes. */
const START_LIMIT = 60_000;
const STEP_LIMIT = 20_000;

/** A VS Code window, driven as a person drives it. */
export class Workbench {
  constructor(readonly page: Page) {
    page.setDefaultTimeout(STEP_LIMIT);
  }

  async load(address: string): Promise<void> {
    await this.page.goto(address);
    await this.ready();
  }

  /**
   * Waits until the explorer is drawn and VS Code's own marks say that extensions are known and the editor is idle: before
   * that a custom editor is not registered yet, and a model would open as a binary file.
   */
  async ready(): Promise<void> {
    await this.page.getByRole('treeitem').first().waitFor({ timeout: START_LIMIT });
    await this.page.waitForFunction(
      () => ['code/didLoadExtensions', 'code/LifecyclePhase/Eventually'].every((name) => performance.getEntriesByName(name).length > 0),
      undefined,
      { timeout: START_LIMIT },
    );
  }

  /**
   * Reloads the window and waits until it is ready. VS Code objects for as long as it has not put unsaved changes into
   * safety, which it does a second after the last one; a person would be asked and stay.
   */
  async reload(): Promise<void> {
    const stay = (dialog: Dialog): void => void dialog.dismiss();
    this.page.on('dialog', stay);
    await expect.poll(() => this.page.reload().then(() => true, () => false), { timeout: START_LIMIT }).toBe(true);
    this.page.off('dialog', stay);
    await this.ready();
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  file(name: string): Locator {
    return this.page.locator('.explorer-folders-view').getByRole('treeitem', { name });
  }

  async openFile(name: string): Promise<void> {
    await this.file(name).dblclick();
    await this.tab(name).waitFor();
  }

  /** Opens a file by its name through Quick Open, without the mouse; it may not know a file yet that was written a moment ago. */
  async openFileByKeyboard(name: string): Promise<void> {
    await this.press('Control+KeyP');
    await this.quickInput().fill(name);
    await this.focusedRow(name).waitFor();
    await this.press('Enter');
    await this.tab(name).waitFor();
  }

  /** The tab of an open editor. */
  tab(name: string | RegExp): Locator {
    return this.page.locator('.tabs-container').getByRole('tab', { name });
  }

  /** Whether the tab shows the mark of unsaved changes. */
  async isDirty(name: string): Promise<boolean> {
    return /\bdirty\b/.test((await this.tab(name).getAttribute('class')) ?? '');
  }

  /** Shows a view container: "Nibble", "Explorer". */
  async showContainer(name: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: new RegExp(`^${name}`) });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
  }

  /** Runs a command by its full title, as the palette lists it: "Nibble: Quantize Model". */
  async runCommand(title: string): Promise<void> {
    await this.press('F1');
    await this.quickInput().fill(`>${title}`);
    await this.focusedRow(title).waitFor();
    await this.press('Enter');
  }

  quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input[type=text]');
  }

  /** The rows of the quick pick on show. */
  quickRows(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');
  }

  private focusedRow(text: string): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row.focused').filter({ hasText: text });
  }

  /** Waits for the quick pick with this title: the only mark that the next step of several is on show. */
  async quickPick(title: string | RegExp): Promise<void> {
    await this.page.locator('.quick-input-widget:visible .quick-input-title').filter({ hasText: title }).waitFor();
  }

  /** Chooses from the quick pick on show by typing a label. */
  async choose(label: string): Promise<void> {
    await this.quickInput().fill(label);
    await this.focusedRow(label).waitFor();
    await this.press('Enter');
  }

  /** Waits for the input box with this title. */
  async inputBox(title: string): Promise<void> {
    await this.quickPick(title);
    await this.quickInput().waitFor();
  }

  /**
   * Waits for a message, presses one of its buttons where one is named, and clears all messages. It reads them in the
   * notification centre: VS Code may file a message that arrives while the progress before it leaves, without drawing it.
   */
  async notified(text: string | RegExp, button?: string): Promise<void> {
    await this.runCommand('Notifications: Show Notifications');
    const centre = this.page.locator('.notifications-center.visible');
    const message = centre.locator('.notification-list-item').filter({ hasText: text }).first();
    await message.waitFor();
    if (button !== undefined) await message.getByRole('button', { name: button }).click();
    await this.runCommand('Notifications: Clear All Notifications');
    await centre.waitFor({ state: 'hidden' });
  }

  /** Saves under a name through VS Code's own dialog for files, which suggests one in the same folder. */
  async saveAs(path: string): Promise<void> {
    const field = this.quickInput();
    await field.waitFor();
    // The dialog writes its suggestion when it has read the folder, over whatever stands there.
    await expect.poll(() => field.inputValue()).toContain('.');
    await field.fill(path);
    await expect.poll(() => field.inputValue()).toBe(path);
    await this.press('Enter');
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** A hover over a tree item or a tab. */
  hover(text: string | RegExp): Locator {
    return this.page.locator('.workbench-hover .hover-contents').filter({ hasText: text });
  }

  /** A hover over text in an editor. */
  textHover(text: string | RegExp): Locator {
    return this.page.locator('.monaco-hover .hover-contents').filter({ hasText: text });
  }

  /** A view in the side bar, by its title. */
  view(title: string): Locator {
    return this.page.locator('.pane').filter({ has: this.page.locator('.pane-header .title').getByText(title, { exact: true }) });
  }

  /** Goes through the context menu that is open and its submenus. The last step is a key: the page's own frames cover the menu for a click. */
  async chooseFromMenu(...names: string[]): Promise<void> {
    for (const name of names) await this.page.getByRole('menuitem', { name, exact: true }).hover();
    await this.press('Enter');
  }

  /** Replaces the whole text of the text editor that has the focus. */
  async replaceText(text: string): Promise<void> {
    await this.press('Control+KeyA');
    await this.page.keyboard.insertText(text);
  }

  /** Puts the caret of the text editor on show onto a text, with its own search. */
  async findInEditor(text: string): Promise<void> {
    // The tab is drawn before the editor takes the keyboard.
    await this.page.locator('.monaco-editor.focused').waitFor();
    await this.press('Control+KeyF');
    await this.page.getByRole('textbox', { name: /^Find/ }).fill(text);
    await this.press('Enter', 'Escape');
    await this.page.locator('.monaco-editor.focused').waitFor();
  }

  /** A word in the text editor on show, as it is coloured: `"fc1"`. */
  word(text: string): Locator {
    return this.page.locator('.monaco-editor:visible .view-line span span').filter({ hasText: text }).first();
  }

  /** The page inside a webview on show; those of hidden editors stay in the document and are not meant. */
  webview(index = 0): FrameLocator {
    return this.page.locator('iframe.webview.ready:visible').nth(index).contentFrame().locator('iframe#active-frame').contentFrame();
  }
}
