import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

/** What every hover over a layer says: format, error, sizes, what other formats would give, and where the figures come from. */
const SAYS = [/int8/, /\d dB/, /kB/, /int4/, /[Cc]omputed/];

function expectSays(text: string): void {
  for (const part of SAYS) expect(text).toMatch(part);
}

journey('the error is told in the tree, in the table, in the plan and in the explorer', async (workbench, session) => {
  await session.write('lenet5.nibble.json', JSON.stringify({ version: 1, layers: [{ match: '/features/conv3/Conv', weights: { bits: 8 } }] }, null, 2));
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await expect.poll(() => editor.cell('conv3', 'sqnrDb').innerText()).toMatch(/^\d/);

  await editor.cell('conv3', 'name').hover();
  await editor.tooltip.filter({ hasText: /dB/ }).waitFor();
  expectSays(await editor.tooltip.innerText());
  await workbench.press('Escape');

  await workbench.openFile('lenet5.nibble.json');
  await workbench.word('/features/conv3/Conv').hover();
  await workbench.textHover('dB').waitFor();
  expectSays(await workbench.textHover('dB').innerText());

  await workbench.file('lenet5.onnx').hover();
  await workbench.hover('dB').waitFor();

  await workbench.tab('lenet5.onnx').click();
  await workbench.showContainer('Nibble');
  const tree = workbench.view('Layers');
  await tree.getByRole('treeitem', { name: /^features/ }).click();
  await workbench.press('ArrowRight');
  await tree.getByRole('treeitem', { name: /conv3/ }).hover();
  await workbench.hover('dB').waitFor();
  expectSays(await workbench.hover('dB').innerText());
});

journey('the error is told without the mouse', async (workbench, session) => {
  await session.write('lenet5.nibble.json', '{ "version": 1, "layers": [{ "match": "/features/conv3/Conv", "weights": { "bits": 8 } }] }');
  await workbench.openFileByKeyboard('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.focusTable();
  await workbench.press('End');
  await editor.tooltip.filter({ hasText: /dB/ }).waitFor();
  await workbench.press('Escape');
  await editor.tooltip.waitFor({ state: 'hidden' });

  await workbench.openFileByKeyboard('lenet5.nibble.json');
  await workbench.findInEditor('conv3');
  await workbench.runCommand('Show or Focus Hover');
  await workbench.textHover('dB').waitFor();
});

journey('the explorer tells what models hold before any is opened', async (workbench) => {
  const badge = workbench.file('lenet5.onnx').locator('.monaco-icon-label');
  await expect.poll(() => badge.evaluate((label) => getComputedStyle(label, '::after').content)).toBe('"32"');
});
