import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { CustomDocumentEditEvent } from 'vscode';
import { describe, expect, it, vi } from 'vitest';
import type { ModelDocument } from '../../src/extension/modelDocument';
import { NibbleError } from '../../src/errors';
import { formatOf } from '../../src/quant/scheme';
import { INT4 } from './support/pretendEngine';
import { Scene } from './support/scene';
import { CancellationError, Uri, ui, workspace } from './support/vscode';

type Edit = CustomDocumentEditEvent<ModelDocument>;

const formats = (document: ModelDocument): string[] => (document.session.assessment?.layers ?? []).map(({ scheme }) => formatOf(scheme));
/** Lets answers of the pretended engine arrive. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('ModelDocument', () => {
  it('opens a model without a plan clean, with the settings’ default, and creates no file', async () => {
    const scene = new Scene();
    ui.configuration.set('nibble.default.weights', 'uint4');
    ui.configuration.set('nibble.default.granularity', 'block 64');
    ui.configuration.set('nibble.default.symmetric', false);
    const document = await scene.open();
    expect(document.isDirty).toBe(false);
    expect(document.plan.default).toEqual({ weights: { bits: 4, symmetric: false, granularity: { block: 64 } } });
    expect(formats(document)).toEqual(['uint4', 'float', 'uint4', 'uint4']);
    expect(existsSync(scene.path('net.nibble.json'))).toBe(false);
  });

  it('leaves dimensions that nobody set out of a new plan, and a plan on disk alone', async () => {
    const scene = new Scene();
    const { model, ...rest } = scene.engine.analysis;
    scene.engine.analysis = { ...rest, model: { ...model, inputs: [{ name: 'x', dataType: 'float', shape: [1, 3, 'height', 8] }], dimensions: { batch: 1, height: null }, assumed: ['batch'] } };
    const document = await scene.open();
    await vi.waitFor(() => { expect(document.session.loaded).not.toBeNull(); });
    expect(document.plan.dimensions).toBeUndefined();
    expect(document.isDirty).toBe(false);
    document.dispose();
    writeFileSync(scene.path('net.nibble.json'), '{ "version": 1 }');
    const again = await scene.open();
    await settle();
    expect(again.text).toBe('{ "version": 1 }');
  });

  it('makes each choice one edit that can be undone and redone, and saves the plan only', async () => {
    const scene = new Scene();
    const document = await scene.open();
    const edits: Edit[] = [];
    document.onDidEdit((edit) => edits.push(edit));
    const before = document.text;
    scene.editing.setScheme(document, { kind: 'layers', layers: [2, 3] }, INT4);
    scene.editing.setScheme(document, { kind: 'scope', scope: ['stem'] }, { kind: 'float' });
    await settle();
    expect(formats(document)).toEqual(['float', 'float', 'int4', 'int4']);
    expect(edits.map(({ label }) => label)).toEqual(['Set 2 Layers to int4 · block 32', 'Set /stem to float']);
    const after = document.text;
    edits[1]!.undo();
    edits[0]!.undo();
    expect(document.text).toBe(before);
    expect(document.isDirty).toBe(false);
    edits[0]!.redo();
    edits[1]!.redo();
    expect(document.text).toBe(after);
    await scene.provider.saveCustomDocument(document);
    expect(readFileSync(scene.path('net.nibble.json'), 'utf8')).toBe(after);
    expect(readFileSync(scene.path('net.onnx'), 'utf8')).toBe('model bytes');
    expect(document.isDirty).toBe(false);
  });

  it('comes back from a backup with its edits and can then be reverted', async () => {
    const scene = new Scene();
    const first = await scene.open();
    scene.editing.setScheme(first, { kind: 'model' }, INT4);
    const destination = scene.uri('not/yet/there/backup');
    const { id } = await scene.provider.backupCustomDocument(first, { destination });
    first.dispose();
    const second = await scene.open('net.onnx', id);
    expect(second.text).toBe(first.text);
    expect(second.isDirty).toBe(true);
    expect(formats(second)).toEqual(['int4', 'float', 'int4', 'int4']);
    await scene.provider.revertCustomDocument(second);
    await settle();
    expect(second.isDirty).toBe(false);
    expect(formats(second)).toEqual(['int8', 'float', 'int8', 'int8']);
  });

  it('saves as another plan, or as a copy of the model with its plan', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    await scene.provider.saveCustomDocumentAs(document, scene.uri('small.nibble.json'));
    expect(readFileSync(scene.path('small.nibble.json'), 'utf8')).toBe(document.text);
    await scene.provider.saveCustomDocumentAs(document, scene.uri('copy.onnx'));
    expect(readFileSync(scene.path('copy.onnx'), 'utf8')).toBe('model bytes');
    expect(readFileSync(scene.path('copy.nibble.json'), 'utf8')).toBe(document.text);
  });

  it('asks before Save As replaces the plan of another model, and writes nothing when told not to', async () => {
    const scene = new Scene();
    const document = await scene.open();
    writeFileSync(scene.path('other.onnx'), 'other bytes');
    writeFileSync(scene.path('other.nibble.json'), '{ "version": 1, "default": { "weights": "float16" } }');
    await expect(scene.provider.saveCustomDocumentAs(document, scene.uri('other.onnx'))).rejects.toBeInstanceOf(CancellationError);
    expect(ui.messages).toEqual([{ kind: 'warning', text: 'Replace the plan other.nibble.json?' }]);
    expect(readFileSync(scene.path('other.onnx'), 'utf8')).toBe('other bytes');
    expect(readFileSync(scene.path('other.nibble.json'), 'utf8')).toContain('float16');
    ui.pressed = 'Replace';
    await scene.provider.saveCustomDocumentAs(document, scene.uri('other.onnx'));
    expect(readFileSync(scene.path('other.onnx'), 'utf8')).toBe('model bytes');
    expect(readFileSync(scene.path('other.nibble.json'), 'utf8')).toBe(document.text);
  });

  it('opens the model that a plan names', async () => {
    const scene = new Scene();
    writeFileSync(scene.path('tiny.nibble.json'), '{ "version": 1, "model": { "file": "net.onnx" }, "default": { "weights": "float16" } }');
    const document = await scene.open('tiny.nibble.json');
    expect(document.modelUri.fsPath).toBe(scene.path('net.onnx'));
    expect(formats(document)[0]).toBe('float16');
  });

  it('keeps the last good plan while the text is no plan, says where, and refuses edits by other ways', async () => {
    const scene = new Scene();
    const document = await scene.open();
    document.follow('{\n  "version": 1,\n  "layers": [oops]\n}');
    await settle();
    expect(formats(document)[0]).toBe('int8');
    expect(document.notices.map(({ text }) => text).join()).toMatch(/net\.nibble\.json, line 3, column \d+:/);
    expect(() => { scene.editing.setScheme(document, { kind: 'model' }, INT4); }).toThrow(/not valid/);
    document.follow('{ "version": 1, "default": { "weights": "float16" } }');
    await settle();
    expect(document.notices).toEqual([]);
    expect(formats(document)[0]).toBe('float16');
  });
});

describe('the engine', () => {
  it('that has come back opens a model again which it could not open before', async () => {
    const scene = new Scene();
    scene.engine.failure = new NibbleError('engine-stopped', 'The engine stopped several times.');
    const document = await scene.open();
    expect(document.session.failure?.reason).toBe('engine-stopped');
    scene.engine.failure = null;
    scene.engine.restart();
    await vi.waitFor(() => { expect(formats(document)[0]).toBe('int8'); });
  });

  it('that has come back assesses the plan with its edits', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    await settle();
    scene.engine.asked.length = 0;
    scene.engine.restart();
    await settle();
    expect(scene.engine.asked).toContain('assess');
    expect(formats(document)[0]).toBe('int4');
  });
});

describe('changes on disk', () => {
  const other = '{ "version": 1, "default": { "weights": "float16" } }\n';

  it('are taken over while there are no edits', async () => {
    const scene = new Scene();
    const document = await scene.open();
    writeFileSync(scene.path('net.nibble.json'), other);
    ui.fileEvent('created', Uri.file(scene.path('net.nibble.json')));
    await vi.waitFor(() => { expect(formats(document)[0]).toBe('float16'); });
    expect(document.isDirty).toBe(false);
    expect(document.notices).toEqual([]);
  });

  it('never replace edits: a notice offers the file’s version, as an edit that can be undone', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    const mine = document.text;
    writeFileSync(scene.path('net.nibble.json'), other);
    ui.fileEvent('changed', Uri.file(scene.path('net.nibble.json')));
    await vi.waitFor(() => { expect(document.notices.map(({ id }) => id)).toEqual(['plan-conflict']); });
    expect(document.text).toBe(mine);
    const edits: Edit[] = [];
    document.onDidEdit((edit) => edits.push(edit));
    await document.reloadPlan();
    expect(document.text).toBe(other);
    expect(document.notices).toEqual([]);
    edits[0]!.undo();
    expect(document.text).toBe(mine);
  });

  it('are noticed by a save before any event has come, and a second save replaces them', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    writeFileSync(scene.path('net.nibble.json'), other);
    await expect(document.save()).rejects.toMatchObject({ reason: 'changed' });
    expect(readFileSync(scene.path('net.nibble.json'), 'utf8')).toBe(other);
    await document.save();
    expect(readFileSync(scene.path('net.nibble.json'), 'utf8')).toBe(document.text);
  });

  it('are not seen in its own saving, also when an edit comes while the file is being written', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    const written = document.text;
    const saving = document.save();
    const { writeFile } = workspace.fs;
    vi.spyOn(workspace.fs, 'writeFile').mockImplementationOnce(async (uri, bytes) => {
      await writeFile(uri, bytes);
      scene.editing.setScheme(document, { kind: 'layers', layers: [0] }, { kind: 'float16' });
    });
    await saving;
    expect(readFileSync(scene.path('net.nibble.json'), 'utf8')).toBe(written);
    expect(document.isDirty).toBe(true);
    await document.save();
    expect(document.isDirty).toBe(false);
    expect(document.notices).toEqual([]);
  });

  it('of its own saving are not noticed', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    await document.save();
    ui.fileEvent('changed', Uri.file(scene.path('net.nibble.json')));
    scene.editing.setScheme(document, { kind: 'model' }, { kind: 'float16' });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(document.notices).toEqual([]);
    expect(document.isDirty).toBe(true);
  });

  it('of the model are read again, and a model that vanishes and comes back keeps its edits', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    rmSync(scene.path('net.onnx'));
    scene.engine.failure = new NibbleError('not-found', 'There is no file net.onnx.');
    ui.fileEvent('deleted', Uri.file(scene.path('net.onnx')));
    await vi.waitFor(() => { expect(document.session.failure?.message).toBe('There is no file net.onnx.'); });
    expect(document.isDirty).toBe(true);
    scene.engine.failure = null;
    ui.fileEvent('created', Uri.file(scene.path('net.onnx')));
    await vi.waitFor(() => { expect(document.notices.map(({ id }) => id)).toEqual(['model-changed']); });
    await settle();
    expect(formats(document)[0]).toBe('int4');
  });

  it('make an undo of what is gone a message, not a wrong plan', async () => {
    const scene = new Scene();
    const document = await scene.open();
    const edits: Edit[] = [];
    document.onDidEdit((edit) => edits.push(edit));
    scene.editing.setScheme(document, { kind: 'model' }, INT4);
    await document.save();
    writeFileSync(scene.path('net.nibble.json'), '{}');
    await document.revert();
    edits[0]!.undo();
    expect(document.text).toBe('{}');
    expect(ui.messages.at(-1)?.text).toMatch(/cannot be undone/);
  });
});
