import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { qdqModel } from '../audit/support';
import { buildModel } from '../support/onnxBuilder';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('an audit fills the Problems panel, and a repaired copy has none of it', async (workbench, session) => {
  // Codes that were made for axis 0, which the node says is axis 1; the second finding has no repair.
  const codes = Array.from({ length: 144 }, (_, index) => (index % 36 === 0 || index % 36 === 9 ? 127 : (index % 36) - 18));
  const model = qdqModel({ weight: { type: 'int8', scale: [0.01, 0.02, 0.03, 0.04], axis: 1, codes } });
  writeFileSync(join(session.workspace, 'wrong.onnx'), buildModel(model));
  await workbench.openFileByKeyboard('wrong.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  // What is quantized already is looked at by itself.
  await editor.page.getByText('The audit of this quantized model has findings: 1 error, 1 warning.').waitFor();
  await editor.row('layer').click();
  expect(await editor.row('layer').getAttribute('data-finding')).toBe('error');
  await editor.page.getByRole('list', { name: 'What the audit found' }).getByText(/run along axis 1/).waitFor();
  await editor.row('layer').locator('.cell-name').hover();
  await expect.poll(() => editor.tooltip.innerText()).toMatch(/Error[\s\S]*run along axis 1/);
  await workbench.runCommand('Nibble: Audit Model');
  await workbench.notified(/wrong\.onnx: 1 error, 1 warning/, 'Show Problems');
  const panel = workbench.page.locator('.markers-panel');
  await panel.getByRole('treeitem', { name: /wrong\.onnx/ }).first().waitFor();
  const problem = panel.getByRole('treeitem', { name: /The scales of "w_codes" run along axis 1/ });
  await problem.waitFor();
  await expect.poll(() => problem.innerText()).toMatch(/layer: .*channel-axis/s);
  await panel.getByRole('treeitem', { name: /pairs of neighbouring weights/ }).waitFor();

  await workbench.runCommand('Nibble: Write Repaired Copy…');
  await workbench.inputBox('Write Repaired Copy');
  await expect.poll(() => workbench.quickInput().inputValue()).toBe('wrong.repaired.onnx');
  await workbench.press('Enter');
  await workbench.notified('wrong.repaired.onnx written. Findings: 1 repaired, 1 left.');
  await workbench.openFile('wrong.repaired.onnx');
  await new NibbleEditor(workbench).ready();
  await workbench.runCommand('Nibble: Audit Model');
  await workbench.notified('wrong.repaired.onnx: 1 warning');
  await expect.poll(() => panel.getByRole('treeitem', { name: /run along axis 1/ }).count()).toBe(1);
});
