import { rmSync } from 'node:fs';
import type * as real from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/audit/finding';
import { AuditProblems, MAX_PROBLEMS } from '../../src/extension/auditProblems';
import { auditModel, repairModel } from '../../src/extension/commands/auditModel';
import { ModelFiles } from '../../src/extension/modelFiles';
import { Scene } from './support/scene';
import { Uri, ui } from './support/vscode';

const finding = (overrides: Partial<Finding> = {}): Finding => ({ rule: 'channel-axis', severity: 'error', node: '/stem/conv/Conv', tensor: 'w', reason: 'It is wrong.', consequence: 'It fails.', remedy: 'Mend it.', fix: null, ...overrides });

let scene: Scene;
let problems: AuditProblems;
beforeEach(() => {
  scene = new Scene();
  problems = new AuditProblems(new ModelFiles(scene.services));
});

const shown = (): readonly real.Diagnostic[] | undefined => ui.problems!.get(Uri.file(scene.path('net.onnx'))) as readonly real.Diagnostic[] | undefined;

describe('Audit Model', () => {
  it('puts every finding into the Problems panel, with its severity and rule', async () => {
    scene.engine.audited = { file: 'net.onnx', findings: [finding(), finding({ severity: 'warning', node: null, rule: 'saturation' }), finding({ severity: 'note', node: 'a\u202eb' })], notes: ['w.bin is not there.'] };
    await auditModel(await scene.open(), scene.services, problems);
    expect(shown()!.map(({ message, severity, code, source }) => [message, severity, code, source])).toEqual([
      ['/stem/conv/Conv: It is wrong. It fails. Mend it.', 0, 'channel-axis', 'Nibble'],
      ['It is wrong. It fails. Mend it.', 1, 'saturation', 'Nibble'],
      ['a\\u{202e}b: It is wrong. It fails. Mend it.', 2, 'channel-axis', 'Nibble'],
      ['w.bin is not there.', 2, undefined, 'Nibble'],
    ]);
    expect(ui.messages).toEqual([{ kind: 'warning', text: 'net.onnx: 1 error, 1 warning, 1 note' }]);
  });

  it('says so when there is nothing, and takes away what was there', async () => {
    const document = await scene.open();
    scene.engine.audited = { file: 'net.onnx', findings: [finding({ severity: 'note' })], notes: [] };
    await auditModel(document, scene.services, problems);
    expect(ui.messages).toEqual([{ kind: 'info', text: 'net.onnx: 1 note' }]);
    scene.engine.audited = { file: 'net.onnx', findings: [], notes: [] };
    await auditModel(document, scene.services, problems);
    expect(shown()).toEqual([]);
    expect(ui.messages.at(-1)).toEqual({ kind: 'info', text: 'No findings in net.onnx.' });
  });

  it('leads to the panel, and to the repair where there is one', async () => {
    const document = await scene.open();
    scene.engine.audited = { file: 'net.onnx', findings: [finding({ fix: 'Set axis to 0' })], notes: [] };
    ui.pressed = 'Show Problems';
    await auditModel(document, scene.services, problems);
    await vi.waitFor(() => { expect(ui.executed).toContainEqual(['workbench.actions.view.problems']); });
    ui.pressed = 'Write Repaired Copy…';
    await auditModel(document, scene.services, problems);
    await vi.waitFor(() => { expect(ui.executed).toContainEqual(['nibble.repairModel', document.modelUri]); });
  });

  it.each([MAX_PROBLEMS, MAX_PROBLEMS + 5])('shows at most so many of %i', async (count) => {
    scene.engine.audited = { file: 'net.onnx', findings: Array.from({ length: count }, () => finding()), notes: [] };
    await auditModel(await scene.open(), scene.services, problems);
    expect(shown()!.length).toBe(Math.min(count, MAX_PROBLEMS + 1));
    expect(shown()!.at(-1)!.message.startsWith('And 5 more')).toBe(count > MAX_PROBLEMS);
  });

  it('forgets them when the model changes or goes', async () => {
    scene.engine.audited = { file: 'net.onnx', findings: [finding()], notes: [] };
    const document = await scene.open();
    const uri = Uri.file(scene.path('net.onnx'));
    await auditModel(document, scene.services, problems);
    ui.fileEvent('changed', uri);
    expect(shown()).toBeUndefined();
    await auditModel(document, scene.services, problems);
    ui.fileEvent('created', Uri.file(scene.path('other.onnx')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(shown()).toHaveLength(1);
    rmSync(scene.path('net.onnx'));
    ui.fileEvent('deleted', uri);
    await vi.waitFor(() => { expect(shown()).toBeUndefined(); });
  });
});

describe('Write Repaired Copy', () => {
  it('asks for a name, writes, and says what is left', async () => {
    scene.engine.audited = { file: 'net.onnx', findings: [finding({ fix: 'Set axis to 0' }), finding()], notes: [] };
    const result = await repairModel(await scene.open(), scene.services);
    expect(ui.inputBox).toMatchObject({ value: 'net.repaired.onnx', title: 'Write Repaired Copy: Name of the New File' });
    expect(result?.output).toBe(scene.path('net.repaired.onnx'));
    expect(ui.messages).toEqual([{ kind: 'info', text: 'net.repaired.onnx written. Findings: 1 repaired, 1 left.' }]);
  });

  it('writes nothing without a name', async () => {
    ui.typed = '';
    expect(await repairModel(await scene.open(), scene.services)).toBeNull();
    expect(scene.engine.asked).not.toContain('repair');
  });
});
