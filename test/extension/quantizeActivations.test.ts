import { cpSync } from 'node:fs';
import type { CustomDocumentEditEvent } from 'vscode';
import { describe, expect, it, vi } from 'vitest';
import { chooseSamples } from '../../src/extension/commands/chooseSamples';
import { quantizeActivations } from '../../src/extension/commands/quantizeActivations';
import { quantizeModel } from '../../src/extension/commands/quantizeModel';
import { RunningJobs } from '../../src/extension/jobs';
import type { ModelDocument } from '../../src/extension/modelDocument';
import { Scene } from './support/scene';
import { ui, workspace } from './support/vscode';

const accept = (title: RegExp, label: string): Promise<void> =>
  vi.waitFor(() => {
    if (!ui.quickPick || !title.test(ui.quickPick.title)) throw new Error(`On show: ${ui.quickPick?.title ?? 'nothing'}`);
    ui.quickPick.accept(label);
  });

describe('Quantize Activations', () => {
  it('sets what activations become and names the samples beside the model, in one edit', async () => {
    const scene = new Scene();
    const document = await scene.open();
    cpSync('media/sample/samples.npz', scene.path('samples.npz'));
    await scene.samples.lookBeside(document.modelUri, ['image']);
    const edits: CustomDocumentEditEvent<ModelDocument>[] = [];
    document.onDidEdit((edit) => edits.push(edit));
    const before = document.text;
    const done = quantizeActivations(document, scene.editing, scene.samples);
    await accept(/^Activations of net\.onnx$/, '8 bits, unsigned');
    expect(await done).toBe(true);
    expect(document.plan).toMatchObject({ default: { activations: { bits: 8, signed: false } }, calibration: { samples: 'samples.npz' } });
    expect(ui.messages).toEqual([]);
    expect(edits.map(({ label }) => label)).toEqual(['Set Activations to uint8']);
    edits[0]!.undo();
    expect(document.text).toBe(before);
  });

  it('says that ranges will be a guess without samples, and leads to their choice', async () => {
    const scene = new Scene();
    const document = await scene.open();
    ui.pressed = 'Choose Samples…';
    const done = quantizeActivations(document, scene.editing, scene.samples);
    await accept(/^Activations/, '16 bits, signed');
    await done;
    expect(ui.messages).toEqual([{ kind: 'warning', text: expect.stringMatching(/No samples are chosen for net\.onnx.*a guess/) as unknown }]);
    await vi.waitFor(() => { expect(ui.executed.map(([command]) => command)).toContain('nibble.chooseSamples'); });
    ui.messages = [];
    const back = quantizeActivations(document, scene.editing, scene.samples);
    await accept(/^Activations/, 'Keep float');
    await back;
    expect(ui.messages).toEqual([]);
    expect(document.plan.default).not.toHaveProperty('activations');
  });

  it('marks what the target does not take, says why, and does not set it', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setTarget(document, 'tensorrt');
    const before = document.text;
    const done = quantizeActivations(document, scene.editing, scene.samples);
    await accept(/^Activations/, '$(circle-slash) 8 bits, unsigned');
    expect(await done).toBe(false);
    expect(document.text).toBe(before);
    expect(ui.messages).toEqual([{ kind: 'warning', text: expect.stringContaining('int8 codes without zero points') as unknown }]);
    const taken = quantizeActivations(document, scene.editing, scene.samples);
    await accept(/^Activations/, '8 bits, signed');
    expect(await taken).toBe(true);
    expect(document.plan).toMatchObject({ target: 'tensorrt', default: { activations: { bits: 8, signed: true } } });
  });

  it('keeps layers float and no longer, each as an edit of its own', async () => {
    const scene = new Scene();
    const document = await scene.open();
    const labels: string[] = [];
    document.onDidEdit(({ label }) => labels.push(label ?? ''));
    scene.editing.setFloatActivations(document, { kind: 'scope', scope: ['head'] }, true);
    expect(document.plan.layers).toEqual([{ match: '/head/**', activations: 'float' }]);
    scene.editing.setFloatActivations(document, { kind: 'layers', layers: [2] }, false);
    expect(document.plan.layers).toEqual([{ match: '/head/fc2/Gemm', activations: 'float' }]);
    expect(labels).toEqual(['Set /head to Float Activations', 'Set Layer to the Plan’s Activations']);
  });

  it('is not run in a workspace that is not trusted', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setActivations(document, 'uint8');
    workspace.isTrusted = false;
    try {
      await expect(quantizeModel(document, null, new RunningJobs())).rejects.toThrow(/trusted workspaces only/);
    } finally {
      workspace.isTrusted = true;
    }
    expect(scene.engine.quantized).toBeNull();
  });
});

describe('Choose Samples', () => {
  it('has the plan name them, or nothing for random inputs', async () => {
    const scene = new Scene();
    const document = await scene.open();
    ui.opened = scene.uri('sets/dev.npz');
    const file = chooseSamples(document, scene.editing, scene.samples);
    await accept(/^Choose Samples for net\.onnx$/, '$(file) File…');
    await file;
    expect(document.plan.calibration).toEqual({ samples: 'sets/dev.npz' });
    expect(scene.samples.of(document)).toBe(scene.path('sets/dev.npz'));
    const random = chooseSamples(document, scene.editing, scene.samples);
    await accept(/^Choose Samples/, '$(symbol-numeric) Random inputs');
    await random;
    expect(document.plan.calibration).toEqual({});
    expect(scene.samples.of(document)).toBeNull();
  });
});
