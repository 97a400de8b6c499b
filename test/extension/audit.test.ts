import { rmSync } from 'node:fs';
import type * as real from 'vscode';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Finding } from '../../src/audit/finding';
import { AuditProblems, MAX_PROBLEMS } from '../../src/extension/auditProblems';
import { auditModel, repairModel } from '../../src/extension/commands/auditModel';
import { editorState, planState } from '../../src/extension/editorState';
import { layerHover } from '../../src/extension/layerHover';
import { ModelFiles } from '../../src/extension/modelFiles';
import { MAX_QUIETLY_AUDITED_BYTES } from '../../src/extension/modelSession';
import { fakeLayer } from '../engine/support/fakeAnalysis';
import type { LogicalLayer } from '../../src/graph/layer';
import { Scene } from './support/scene';
import { Uri, ui } from './support/vscode';

const finding = (overrides: Partial<Finding> = {}): Finding => ({ rule: 'channel-axis', severity: 'error', node: '/stem/conv/Conv', tensor: 'w', reason: 'It is wrong.', consequence: 'It fails.', remedy: 'Mend it.', fix: null, ...overrides });

const QDQ: LogicalLayer = {
  form: 'qdq', standsFor: ['Conv'], activations: null, output: null, members: [],
  weights: { dataType: 'int8', bits: 8, symmetric: true, granularity: 'channel', scales: null, zeroPoints: null, dynamic: false, elements: 256, codeBytes: 256, scaleBytes: 64 },
};

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
  const problems = new AuditProblems(new ModelFiles(scene.services));
  scene.documents.onDidOpen((document) => { problems.follow(document); });
});

const shown = (): readonly real.Diagnostic[] | undefined => ui.problems!.get(Uri.file(scene.path('net.onnx'))) as readonly real.Diagnostic[] | undefined;

describe('Audit Model', () => {
  it('puts every finding into the Problems panel, with its severity and rule', async () => {
    scene.engine.audited = { file: 'net.onnx', findings: [finding(), finding({ severity: 'warning', node: null, rule: 'saturation' }), finding({ severity: 'note', node: 'a\u202eb' })], notes: ['w.bin is not there.'] };
    await auditModel(await scene.open(), scene.services);
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
    await auditModel(document, scene.services);
    expect(ui.messages).toEqual([{ kind: 'info', text: 'net.onnx: 1 note' }]);
    scene.engine.audited = { file: 'net.onnx', findings: [], notes: [] };
    await auditModel(document, scene.services);
    expect(shown()).toEqual([]);
    expect(ui.messages.at(-1)).toEqual({ kind: 'info', text: 'No findings in net.onnx.' });
  });

  it('leads to the panel, and to the repair where there is one', async () => {
    const document = await scene.open();
    scene.engine.audited = { file: 'net.onnx', findings: [finding({ fix: 'Set axis to 0' })], notes: [] };
    ui.pressed = 'Show Problems';
    await auditModel(document, scene.services);
    await vi.waitFor(() => { expect(ui.executed).toContainEqual(['workbench.actions.view.problems']); });
    ui.pressed = 'Write Repaired Copy…';
    await auditModel(document, scene.services);
    await vi.waitFor(() => { expect(ui.executed).toContainEqual(['nibble.repairModel', document.modelUri]); });
  });

  it.each([MAX_PROBLEMS, MAX_PROBLEMS + 5])('shows at most so many of %i', async (count) => {
    scene.engine.audited = { file: 'net.onnx', findings: Array.from({ length: count }, () => finding()), notes: [] };
    await auditModel(await scene.open(), scene.services);
    expect(shown()!.length).toBe(Math.min(count, MAX_PROBLEMS + 1));
    expect(shown()!.at(-1)!.message.startsWith('And 5 more')).toBe(count > MAX_PROBLEMS);
  });

  it('forgets them when the model changes or goes', async () => {
    scene.engine.audited = { file: 'net.onnx', findings: [finding()], notes: [] };
    const document = await scene.open();
    const uri = Uri.file(scene.path('net.onnx'));
    await auditModel(document, scene.services);
    ui.fileEvent('changed', uri);
    expect(shown()).toBeUndefined();
    await auditModel(document, scene.services);
    ui.fileEvent('created', Uri.file(scene.path('other.onnx')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(shown()).toHaveLength(1);
    rmSync(scene.path('net.onnx'));
    ui.fileEvent('deleted', uri);
    await vi.waitFor(() => { expect(shown()).toBeUndefined(); });
  });
});

describe('a model that is quantized already', () => {
  const quantized = (fileBytes = 1000): Scene => {
    const made = new Scene([fakeLayer(0, '/stem/conv/Conv', { logical: QDQ }), fakeLayer(1, '/head/fc/Gemm')]);
    made.engine.analysis = { ...made.engine.analysis, model: { ...made.engine.analysis.model, fileBytes } };
    const quiet = new AuditProblems(new ModelFiles(made.services));
    made.documents.onDidOpen((document) => { quiet.follow(document); });
    made.engine.audited = { file: 'net.onnx', findings: [finding(), finding({ severity: 'note', node: '/head/fc/Gemm' }), finding({ severity: 'warning', node: null })], notes: [] };
    return made;
  };

  it('is audited when it is opened, without a message: in the panel, the page, the hover and the notices', async () => {
    const made = quantized();
    const document = await made.open();
    await vi.waitFor(() => { expect(document.notices.map(({ severity, text }) => [severity, text])).toEqual([['error', 'The audit of this quantized model has findings: 1 error, 1 warning.']]); });
    expect((ui.problems!.get(Uri.file(made.path('net.onnx'))) as readonly unknown[]).length).toBe(3);
    expect(ui.messages).toEqual([]);
    const { findings } = editorState(document, planState(document, made.samples), []);
    expect(findings).toEqual([{ layer: 0, severity: 'error', text: 'It is wrong. It fails. Mend it.' }, { layer: 1, severity: 'note', text: 'It is wrong. It fails. Mend it.' }]);
    expect((await layerHover(document.session, 0)).lines[0]).toEqual(['Error', 'It is wrong. It fails. Mend it.']);
    made.engine.audited = { file: 'net.onnx', findings: [], notes: [] };
    await document.session.load();
    await vi.waitFor(() => { expect(made.engine.asked.filter((method) => method === 'audit')).toHaveLength(2); });
    expect(document.notices).toEqual([]);
  });

  it.each([[MAX_QUIETLY_AUDITED_BYTES, 1], [MAX_QUIETLY_AUDITED_BYTES + 1, 0]])('of %i bytes is looked at %i times by itself', async (bytes, times) => {
    const made = quantized(bytes);
    await made.open();
    expect(made.engine.asked.filter((method) => method === 'audit')).toHaveLength(times);
  });

  it('is told from a float one, which is left alone', async () => {
    await scene.open();
    expect(scene.engine.asked).not.toContain('audit');
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
