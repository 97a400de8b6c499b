import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey(
  'a folder that is not trusted can be looked at and quantized; its models are not run',
  async (workbench) => {
    await workbench.page.getByText('Restricted Mode is intended for safe code browsing.').waitFor();
    await workbench.openFile('lenet5.onnx');
    const editor = await new NibbleEditor(workbench).ready();
    await editor.chooseFormat('conv3', '4 bits');
    await editor.button('Quantize').click();
    await workbench.inputBox('Quantize Model');
    await workbench.press('Enter');
    await expect.poll(() => editor.page.getByRole('tabpanel', { name: 'Result' }).innerText(), { timeout: 30_000 }).toMatch(/was not run/);
  },
  { settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' } },
);
