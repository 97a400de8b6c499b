import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('formats are chosen in the table, by mouse', async (workbench) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  const before = await editor.cell('conv3', 'bytesAfter').innerText();
  await editor.chooseFormat('conv3', '4 bits', 'Block of 32');
  await expect.poll(() => editor.formatButton('conv3').innerText()).toContain('int4 · block 32');
  await expect.poll(() => editor.cell('conv3', 'bytesAfter').innerText()).not.toBe(before);
  await expect.poll(() => workbench.isDirty('lenet5.onnx')).toBe(true);

  await editor.chooseFormat('classifier', 'Keep float');
  await expect.poll(() => editor.formatButton('fc1').innerText()).toContain('float');
  await editor.button('Whole model').click();
  await editor.menu.getByRole('menuitemradio', { name: '16 bits' }).click();
  await workbench.press('Escape');
  for (const layer of ['conv1', 'conv3', 'fc2']) await expect.poll(() => editor.formatButton(layer).innerText()).toContain('int16');
});

journey('formats are chosen in the table, by keyboard, for several layers at once', async (workbench) => {
  await workbench.openFileByKeyboard('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.focusTable();
  await workbench.press('End', 'Shift+ArrowUp', 'Shift+ArrowUp', 'Enter');
  await editor.menu.waitFor();
  await workbench.press('Home', 'ArrowDown', 'ArrowDown', 'Enter');
  await editor.menu.waitFor({ state: 'detached' });
  for (const layer of ['fc1', 'fc2']) await expect.poll(() => editor.formatButton(layer).innerText()).toContain('int4');
  expect(await editor.formatButton('conv3').innerText()).toContain('int8');
});

journey('a format is chosen in the tree, from its context menu', async (workbench) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await workbench.showContainer('Nibble');
  const scope = workbench.view('Layers').getByRole('treeitem', { name: /^classifier/ });
  await scope.click({ button: 'right' });
  await workbench.chooseFromMenu('Set Format', 'int4, Blocks of 32');
  for (const layer of ['fc1', 'fc2']) await expect.poll(() => editor.formatButton(layer).innerText()).toContain('int4 · block 32');
  await expect.poll(() => scope.getAttribute('aria-label')).toContain('int4');
});

journey('a format is chosen from the context menu of a row, which also leads to the rule in the plan', async (workbench) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.cell('classifier', 'name').click({ button: 'right' });
  await workbench.chooseFromMenu('Set Format', 'int4, Blocks of 32');
  for (const layer of ['fc1', 'fc2']) await expect.poll(() => editor.formatButton(layer).innerText()).toContain('int4 · block 32');
  await editor.cell('fc2', 'name').click({ button: 'right' });
  await workbench.chooseFromMenu('Reveal in Plan');
  await workbench.tab('lenet5.nibble.json').waitFor();
  await expect.poll(() => workbench.page.locator('.statusbar').innerText()).toMatch(/\(16 selected\)/);
});

journey('the palette asks for layers and then for a format, with what each would cost', async (workbench) => {
  await workbench.openFileByKeyboard('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await workbench.runCommand('Nibble: Quantize Layer');
  await workbench.quickPick('Quantize Layer (1/2)');
  await workbench.quickInput().fill('conv3');
  await workbench.press('ArrowDown', 'Space', 'Enter');
  await workbench.quickPick(/\(2\/2\): Format of .*conv3/);
  const choice = workbench.quickRows().filter({ hasText: 'int4 · block 32' }).first();
  await expect.poll(() => choice.innerText()).toMatch(/\d dB.*kB/s);
  await workbench.quickInput().fill('int4 · block 32');
  await workbench.press('Enter');
  await expect.poll(() => editor.formatButton('conv3').innerText()).toContain('int4 · block 32');
});

journey('formats are written in the plan file, and the editor follows', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await session.write('lenet5.nibble.json', JSON.stringify({ version: 1, layers: [{ match: '/classifier/**', weights: { bits: 4 } }] }, null, 2));
  for (const layer of ['fc1', 'fc2']) await expect.poll(() => editor.formatButton(layer).innerText()).toContain('int4');
  expect(await workbench.isDirty('lenet5.onnx')).toBe(false);

  await workbench.openFile('lenet5.nibble.json');
  await workbench.replaceText(JSON.stringify({ version: 1, layers: [{ match: '/classifier/**', weights: { bits: 16 } }] }, null, 2));
  await workbench.press('Control+KeyS');
  await workbench.tab('lenet5.onnx').click();
  await expect.poll(() => editor.formatButton('fc2').innerText()).toContain('int16');

  await session.write('lenet5.nibble.json', JSON.stringify({ version: 1, layers: [{ match: '/clasifier/fc1/Gemm', weights: 'float' }] }, null, 2));
  await workbench.tab('lenet5.nibble.json').click();
  await workbench.runCommand('Problems: Focus on Problems View');
  await workbench.page.getByRole('treeitem', { name: /classifier\/fc1\/Gemm/ }).waitFor();
});
