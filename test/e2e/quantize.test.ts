import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('the quantized model is written and its result is shown', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.button('Quantize').click();
  await workbench.inputBox('Quantize Model');
  await expect.poll(() => workbench.quickInput().inputValue()).toBe('lenet5.int8.onnx');
  await workbench.press('Enter');

  const result = editor.page.getByRole('tabpanel', { name: 'Result' });
  await expect.poll(() => result.innerText(), { timeout: 30_000 }).toMatch(/lenet5\.int8\.onnx/);
  const text = await result.innerText();
  expect(text).toMatch(/× smaller/);
  // Labelled samples lie beside the model: the result says how many answers stayed right, on what.
  expect(text).toMatch(/on 300 labelled samples/);
  await result.getByRole('button', { name: 'Show as table' }).first().click();
  await result.getByRole('row', { name: /conv3/ }).first().waitFor();

  const [before, after] = ['lenet5.onnx', 'lenet5.int8.onnx'].map((name) => statSync(join(session.workspace, name)).size);
  expect(after!).toBeLessThan(before! / 3);
  await workbench.openFileByKeyboard('lenet5.int8.onnx');
  await expect.poll(() => editor.figure('Parameters').innerText()).toMatch(/^\d/);
});

journey('the palette quantizes under a name of one’s own, without the mouse', async (workbench, session) => {
  await workbench.openFileByKeyboard('digits-depthwise.onnx');
  await new NibbleEditor(workbench).ready();
  await workbench.runCommand('Nibble: Quantize Model');
  await workbench.inputBox('Quantize Model');
  await workbench.quickInput().fill('small.onnx');
  await workbench.press('Enter');
  await expect.poll(() => statSync(join(session.workspace, 'small.onnx'), { throwIfNoEntry: false })?.size ?? 0, { timeout: 30_000 }).toBeGreaterThan(50_000);
});
