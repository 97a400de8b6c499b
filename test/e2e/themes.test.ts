import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

const THEMES = [
  { setting: 'Default Dark Modern', kind: 'vscode-dark' },
  { setting: 'Default Light Modern', kind: 'vscode-light' },
  { setting: 'Default High Contrast', kind: 'vscode-high-contrast' },
  { setting: 'Default High Contrast Light', kind: 'vscode-high-contrast-light' },
];

for (const { setting, kind } of THEMES) {
  journey(
    `${setting}: the page takes the theme's colours and breaks no rule of its content policy`,
    async (workbench, session) => {
      const violations: string[] = [];
      workbench.page.on('console', (message) => {
        if (/Content Security Policy/.test(message.text())) violations.push(message.text());
      });
      await workbench.openFile('lenet5.onnx');
      const editor = await new NibbleEditor(workbench).ready();
      await expect.poll(() => editor.page.locator('body').getAttribute('class')).toContain(kind);
      await editor.cell('conv3', 'name').click();
      await editor.page.locator('canvas:visible').first().waitFor();
      await session.capture(`theme ${setting}`);
      expect(violations.filter((text) => !text.includes('serviceWorker'))).toEqual([]);
    },
    { settings: { 'workbench.colorTheme': setting } },
  );
}
