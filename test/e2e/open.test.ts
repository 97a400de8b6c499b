import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('a double click shows what every layer costs', async (workbench) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await expect.poll(() => editor.figure('Parameters').innerText()).toMatch(/^61\.7/);
  // The batch is open in the file and counts as one picture until somebody says otherwise.
  await expect.poll(() => editor.figure('Compute').innerText()).toMatch(/^417\s*k MACs/);
  await editor.setDimension('batch', '10');
  await expect.poll(() => editor.figure('Compute').innerText()).toMatch(/^4\.17\s*M MACs/);
  expect(await editor.cell('conv2', 'op').innerText()).toBe('Conv');
  expect(await editor.cell('conv2', 'output').innerText()).toContain('16 × 10 × 10');
  expect(await editor.cell('pool2', 'op').innerText()).toBe('MaxPool');
  // A scope shows the sum of what is below it: 120 × 84 + 84 and 84 × 10 + 10.
  expect(await editor.cell('classifier', 'parameters').innerText()).toMatch(/^11/);
  await expect.poll(() => editor.cell('conv2', 'sqnrDb').innerText()).toMatch(/^\d\d\.\d$/);

  await editor.page.getByRole('columnheader', { name: /^Weights/ }).click();
  await expect.poll(() => editor.table.getByRole('row').nth(1).innerText()).toContain('conv3');
  await editor.page.getByRole('textbox', { name: 'Filter layers' }).fill('gemm');
  await expect.poll(() => editor.table.getByRole('row').count()).toBe(3);
});

journey('everything is reached without the mouse', async (workbench) => {
  await workbench.openFileByKeyboard('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.focusTable();
  await workbench.press('Home', 'ArrowLeft');
  await expect.poll(() => editor.row('conv1').count()).toBe(0);
  await workbench.press('ArrowRight', 'ArrowDown');
  await expect.poll(() => editor.row('conv1').getAttribute('aria-selected')).toBe('true');
  await workbench.press('End');
  await expect.poll(() => editor.row('fc2').getAttribute('aria-selected')).toBe('true');
});

journey('the side bar lists models and the layers of the open one', async (workbench, session) => {
  await workbench.showContainer('Nibble');
  const models = workbench.view('Models');
  const item = models.getByRole('treeitem', { name: /lenet5\.onnx/ });
  await expect.poll(() => item.getAttribute('aria-label')).toMatch(/61\.7 k parameters · 417 k MACs/);
  await item.click();
  await new NibbleEditor(workbench).ready();
  const layers = workbench.view('Layers');
  await layers.getByRole('treeitem', { name: /^classifier/ }).click();
  await workbench.press('ArrowRight');
  await layers.getByRole('treeitem', { name: /fc1/ }).waitFor();

  await session.copySample('lenet5.onnx', 'another.onnx');
  await models.getByRole('treeitem', { name: /another\.onnx/ }).waitFor();
});
