import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('every step of the walkthrough works on the bundled sample', async (workbench) => {
  // Some versions of VS Code go back to their own welcome page when another editor was shown meanwhile.
  const open = async (): Promise<void> => {
    await workbench.runCommand('Welcome: Open Walkthrough');
    await workbench.quickInput().fill('Make a Model Smaller');
    await workbench.quickRows().filter({ hasText: 'Make a Model Smaller' }).first().waitFor();
    await workbench.press('Enter');
  };
  const step = (name: string): Promise<void> => workbench.page.locator('.getting-started-step').getByText(name, { exact: true }).click();
  const act = (name: string): Promise<void> => workbench.page.locator('.getting-started-step.expanded').getByRole('button', { name }).click();

  await open();
  await step('Open a model');
  await act('Open the Sample');
  const editor = await new NibbleEditor(workbench).ready();

  await open();
  await step('Choose bits for a layer');
  await act('Quantize a Layer');
  await workbench.quickPick('Quantize Layer (1/2)');
  await workbench.quickInput().fill('fc1');
  await workbench.press('ArrowDown', 'Space', 'Enter');
  await workbench.quickPick('(2/2)');
  await workbench.quickInput().fill('float16');
  await workbench.press('Enter');

  await open();
  await step('Quantize');
  await act('Quantize the Model');
  await workbench.inputBox('Quantize Model');
  await workbench.press('Enter');
  await workbench.notification(/quantized/i).first().waitFor();

  await open();
  await step('Keep your choices in git');
  await act('Open the Plan');
  await workbench.word('/classifier/fc1/Gemm').waitFor();
  await workbench.tab('lenet5.onnx').click();
  await expect.poll(() => editor.formatButton('fc1').innerText()).toContain('float16');
});
