import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('8-bit activations are chosen, found on the samples beside the model, and told of in the result', async (workbench) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.button('Activations: float').click();
  await workbench.quickPick('Activations of lenet5.onnx');
  await workbench.quickRows().filter({ hasText: '8 bits, unsigned' }).click();
  await editor.button('Activations: uint8').waitFor();
  await editor.button('Samples: samples.npz').waitFor();
  await expect.poll(() => editor.cell('conv3', 'format').innerText()).toMatch(/int8 · channel\s*A8/);

  await editor.button('Quantize').click();
  await workbench.inputBox('Quantize Model');
  await workbench.press('Enter');
  const result = editor.page.getByRole('tabpanel', { name: 'Result' });
  await expect.poll(() => result.innerText(), { timeout: 60_000 }).toMatch(/uint8\s*in 5 of 5 layers/);
  const text = await result.innerText();
  expect(text).toMatch(/from 32 samples/);
  expect(text).toMatch(/100\.0 %\s*of the MACs/);
  expect(text).toMatch(/\/features\/conv3\/Conv\s+Conv\s+uint8\s+uint8\s+QLinearConv/);
});
