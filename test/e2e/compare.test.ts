import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('two models selected in the explorer are compared in a tab', async (workbench) => {
  await workbench.file('digits-depthwise.onnx').click();
  // The click shows the model, and VS Code 1.100 leaves a page empty for half a minute that takes the place of one still loading.
  await new NibbleEditor(workbench).ready();
  await workbench.file('lenet5.onnx').click({ modifiers: ['Control'] });
  await workbench.file('lenet5.onnx').click({ button: 'right' });
  await workbench.chooseFromMenu('Compare with…');
  await workbench.tab(/lenet5\.onnx|digits-depthwise\.onnx/).first().waitFor();
  const page = workbench.webview();
  await page.getByRole('table', { name: 'Layers that differ' }).getByText('depthwise').first().waitFor();
});

journey('a model is compared with its quantized copy from the palette, without the mouse', async (workbench, session) => {
  await workbench.openFileByKeyboard('lenet5.onnx');
  await workbench.webview().getByRole('treegrid').getByRole('row').nth(1).waitFor();
  await workbench.runCommand('Nibble: Quantize Model…');
  await workbench.inputBox('Quantize Model');
  await workbench.press('Enter');
  await workbench.notified('lenet5.int8.onnx written');
  await workbench.runCommand('Nibble: Compare with…');
  await workbench.quickPick('Compare Models: the Original');
  await workbench.choose('lenet5.onnx');
  await workbench.quickPick('Compare lenet5.onnx with…');
  await workbench.choose('lenet5.int8.onnx');
  await workbench.tab(/int8/).waitFor();
  const rows = workbench.webview().getByRole('table', { name: 'Layers that differ' }).getByRole('row');
  await expect.poll(() => rows.count()).toBe(6);
  await expect.poll(() => rows.filter({ hasText: 'conv3' }).innerText()).toMatch(/int8/);
  expect(session.files()).toContain('lenet5.int8.onnx');
});
