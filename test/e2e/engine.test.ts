import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

journey('the engine dies in the middle of a job and nothing is lost', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.chooseFormat('conv3', '4 bits', 'Block of 32');
  await expect.poll(() => editor.formatButton('conv3').innerText()).toContain('int4 · block 32');

  // A stopped process holds the job for as long as the test needs; then it dies.
  const [engine] = session.enginePids();
  process.kill(engine!, 'SIGSTOP');
  await workbench.runCommand('Nibble: Quantize Model');
  await workbench.inputBox('Quantize Model');
  await workbench.press('Enter');
  await workbench.notification('Quantizing lenet5.onnx').waitFor();
  process.kill(engine!, 'SIGKILL');
  await workbench.notification(/engine.*stopped/i).first().waitFor();

  await expect.poll(() => session.enginePids().filter((pid) => pid !== engine).length).toBe(1);
  expect(await editor.formatButton('conv3').innerText()).toContain('int4 · block 32');
  expect(await workbench.isDirty('lenet5.onnx')).toBe(true);
  expect(session.files()).not.toContainEqual(expect.stringMatching(/\.tmp$|quantized\.onnx$/));

  // And it works again.
  await editor.chooseFormat('fc1', '4 bits');
  await expect.poll(() => editor.formatButton('fc1').innerText()).toContain('int4');
  await expect.poll(() => editor.cell('fc1', 'sqnrDb').innerText()).toMatch(/^\d/);
});

journey(
  'a broken model is told as such and leaves the window as it is',
  async (workbench, session) => {
    await workbench.openFile('text.onnx');
    const editor = new NibbleEditor(workbench);
    await editor.page.getByText('text.onnx could not be opened').waitFor();
    await workbench.openFile('lenet5.onnx');
    await editor.ready();
    await session.copySample('lenet5.onnx', 'text.onnx');
    await workbench.tab('text.onnx').click();
    await editor.ready();
  },
  { files: { 'text.onnx': 'This is no model.' } },
);
