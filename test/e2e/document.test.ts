import { parse } from 'jsonc-parser';
import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('edits are undone, redone, saved and reverted as in a text editor', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  const format = (): Promise<string> => editor.formatButton('fc1').innerText();
  await editor.chooseFormat('fc1', '4 bits');
  await expect.poll(format).toContain('int4');
  await editor.focusTable();
  await workbench.press('Control+KeyZ');
  await expect.poll(format).toContain('int8');
  await expect.poll(() => workbench.isDirty('lenet5.onnx')).toBe(false);
  await workbench.press('Control+Shift+KeyZ');
  await expect.poll(format).toContain('int4');

  await workbench.press('Control+KeyS');
  await expect.poll(() => workbench.isDirty('lenet5.onnx')).toBe(false);
  const plan = parse(await session.read('lenet5.nibble.json')) as { layers: unknown };
  expect(plan.layers).toEqual([{ match: '/classifier/fc1/Gemm', weights: expect.objectContaining({ bits: 4 }) as unknown }]);

  await editor.chooseFormat('fc1', 'Keep float');
  await expect.poll(format).toContain('float');
  await workbench.runCommand('File: Revert File');
  await expect.poll(format).toContain('int4');
});

journey('two editors on one model show the same', async (workbench) => {
  await workbench.openFile('lenet5.onnx');
  await new NibbleEditor(workbench).ready();
  await workbench.runCommand('View: Split Editor');
  const [left, right] = [0, 1].map((index) => new NibbleEditor(workbench, index));
  await right!.ready();
  await right!.chooseFormat('fc1', '4 bits');
  await expect.poll(() => left!.formatButton('fc1').innerText()).toContain('int4');
});

journey('unsaved choices survive a reload of the window', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.chooseFormat('conv3', '4 bits', 'Block of 32');
  await expect.poll(() => workbench.isDirty('lenet5.onnx')).toBe(true);
  await workbench.reload();
  await editor.ready();
  await expect.poll(() => editor.formatButton('conv3').innerText()).toContain('int4 · block 32');
  expect(await workbench.isDirty('lenet5.onnx')).toBe(true);
  await expect(session.read('lenet5.nibble.json')).rejects.toThrow('ENOENT');
});

journey('a model that changes on disk is read again and the choices stay', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.chooseFormat('fc1', '4 bits');
  await session.copySample('digits-depthwise.onnx', 'lenet5.onnx');
  await editor.row('stem').waitFor();
  await session.copySample('lenet5.onnx', 'lenet5.onnx');
  await editor.row('fc1').waitFor();
  await expect.poll(() => editor.formatButton('fc1').innerText()).toContain('int4');
  expect(await workbench.isDirty('lenet5.onnx')).toBe(true);
});
