import { join } from 'node:path';
import { expect } from 'vitest';
import { NibbleEditor } from './support/nibbleEditor';
import { journey } from './support/session';

const CONTENTS: Readonly<Record<string, RegExp>> = {
  html: /<!doctype html>[\s\S]*lenet5\.onnx[\s\S]*int4/i,
  md: /^# .*lenet5\.onnx[\s\S]*\| .*conv3/m,
  csv: /^name,op,[\s\S]*conv3/,
  json: /"sha256": ?"[0-9a-f]{64}"/,
};

journey('a report is exported in each of its forms, with what the plan says', async (workbench, session) => {
  await workbench.openFile('lenet5.onnx');
  const editor = await new NibbleEditor(workbench).ready();
  await editor.chooseFormat('conv3', '4 bits', 'Block of 32');
  await expect.poll(() => editor.formatButton('conv3').innerText()).toContain('int4 · block 32');
  for (const [ending, content] of Object.entries(CONTENTS)) {
    const name = `told.${ending}`;
    await workbench.runCommand('Nibble: Export Report…');
    await workbench.saveAs(join(session.workspace, name));
    await workbench.notified(`${name} written`);
    expect(await session.read(name)).toMatch(content);
  }
  const json = JSON.parse(await session.read('told.json')) as { layers: readonly { name: string }[] };
  expect(json.layers.some(({ name }) => name.includes('conv3'))).toBe(true);

  // Texts open in an editor, by the button of the message.
  await workbench.runCommand('Nibble: Export Report…');
  await workbench.saveAs(join(session.workspace, 'again.md'));
  await workbench.notified('again.md written', 'Open');
  await workbench.tab('again.md').waitFor();
});
