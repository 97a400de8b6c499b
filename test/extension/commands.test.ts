import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { exportReport } from '../../src/extension/commands/exportReport';
import { quantizeLayer, setFormat } from '../../src/extension/commands/quantizeLayer';
import { quantizeModel } from '../../src/extension/commands/quantizeModel';
import { runModels } from '../../src/extension/commands/runModels';
import { jobText } from '../../src/extension/commands/sessionJob';
import { RunningJobs } from '../../src/extension/jobs';
import { countingSetting } from '../../src/extension/settings';
import { formatOf } from '../../src/quant/scheme';
import type { ModelDocument } from '../../src/extension/modelDocument';
import { NibbleError } from '../../src/errors';
import { INT4 } from './support/pretendEngine';
import { Scene } from './support/scene';
import type { FakeQuickPick} from './support/vscode';
import { QuickInputButtons, ui } from './support/vscode';

type AnyPick = FakeQuickPick<{ label: string; description?: string; detail?: string }>;

const pick = (title: RegExp): Promise<AnyPick> =>
  vi.waitFor(() => {
    const shown = ui.quickPick;
    if (!shown || !title.test(shown.title) || shown.busy) throw new Error(`On show: ${shown?.title ?? 'nothing'}`);
    return shown;
  });
const formats = (document: ModelDocument): string[] => (document.session.assessment?.layers ?? []).map(({ scheme }) => formatOf(scheme));

describe('Quantize Layer', () => {
  it('asks for layers, then for a format with the error and size that it would give them', async () => {
    const scene = new Scene();
    const document = await scene.open();
    const done = quantizeLayer(document, [2], scene.editing);
    const layers = await pick(/1\/2/);
    expect(layers.items.map(({ label, description }) => `${label}: ${description}`)).toEqual([
      '/stem/conv/Conv: Conv · 1.02 kB · int8 · channel · 48.0 dB',
      '/head/fc1/Gemm: Gemm · 1.02 kB · int8 · channel · 48.0 dB',
      '/head/fc2/Gemm: Gemm · 1.02 kB · int8 · channel · 48.0 dB',
    ]);
    expect(layers.selectedItems.map(({ label }) => label)).toEqual(['/head/fc1/Gemm']);
    expect(layers.ignoreFocusOut).toBe(true);
    layers.accept('/head/fc1/Gemm');
    const format = await pick(/2\/2.*\/head\/fc1\/Gemm/);
    expect(format.items.map(({ label, description, detail }) => [label, description, detail].join(' | '))).toEqual([
      '$(check) int8 · channel | 48.0 dB · 256 B | float Conv',
      'int4 · block 32 | 24.0 dB · 128 B | float Conv',
      'float16 | 96.0 dB · 512 B | float Conv',
      '$(circle-slash) int2 · channel |  | onnxruntime 1.30 does not load int2.',
      'float | no error · 1.02 kB | as now',
      expect.stringContaining('default') as unknown,
    ]);
    format.accept('int4 · block 32');
    expect(await done).toBe(true);
    await vi.waitFor(() => { expect(formats(document)).toEqual(['int8', 'float', 'int4', 'int8']); });
  });

  it('goes back from the format to the layers and keeps what was chosen', async () => {
    const scene = new Scene();
    const document = await scene.open();
    const done = quantizeLayer(document, [], scene.editing);
    (await pick(/1\/2/)).accept('/stem/conv/Conv', '/head/fc2/Gemm');
    const format = await pick(/2\/2.*2 layers/);
    expect(format.items[1]!.description).toBe('24.0 dB · 256 B');
    format.press(QuickInputButtons.Back);
    expect((await pick(/1\/2/)).selectedItems.map(({ label }) => label)).toEqual(['/stem/conv/Conv', '/head/fc2/Gemm']);
    ui.quickPick!.hide();
    expect(await done).toBe(false);
    expect(document.isDirty).toBe(false);
  });

  it('does not accept a format that is refused, and ends without a change on Escape', async () => {
    const scene = new Scene();
    const document = await scene.open();
    const done = setFormat(document, [0], scene.editing);
    const format = await pick(/Format of/);
    format.accept('$(circle-slash) int2 · channel');
    expect(ui.quickPick).toBe(format);
    format.hide();
    expect(await done).toBe(false);
    expect(document.isDirty).toBe(false);
  });

  it('fails with the reason when formats cannot be had', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.engine.failure = new NibbleError('changed', 'net.onnx has changed.');
    await expect(setFormat(document, [0], scene.editing)).rejects.toThrow('net.onnx has changed.');
    expect(ui.quickPick).toBeNull();
  });
});

describe('Export Report', () => {
  it.each([[(name: string) => name, 'net.report.html', 'html'], [() => 'figures.CSV', 'figures.CSV', 'csv'], [() => 'figures', 'figures', 'html']])('writes beside the model what the ending says', async (saved, name, format) => {
    const scene = new Scene();
    ui.saved = saved;
    await exportReport(await scene.open());
    expect(readFileSync(scene.path(name), 'utf8')).toBe(`a report in ${format}`);
    expect(ui.messages).toEqual([{ kind: 'info', text: `${name} written` }]);
  });

  it('writes nothing when the dialog is closed', async () => {
    const scene = new Scene();
    await exportReport(await scene.open());
    expect(scene.engine.asked).not.toContain('report');
    expect(ui.messages).toEqual([]);
  });
});

describe('Quantize Model', () => {
  it('suggests a name after the format, shows progress with an estimate, and says what came out', async () => {
    const scene = new Scene();
    const document = await scene.open();
    let open = (): void => undefined;
    scene.engine.gate = new Promise((resolve) => { open = resolve; });
    const done = quantizeModel(document, '/samples.npz', new RunningJobs());
    await vi.waitFor(() => { expect(document.session.job).not.toBeNull(); });
    scene.engine.progress(document.session.job!.id, 'Quantizing weights', 45, 100, 42_000);
    open();
    await done;
    expect(ui.inputBox?.value).toBe('net.int8.onnx');
    expect(scene.engine.quantized).toMatchObject({ path: scene.path('net.onnx'), output: scene.path('net.int8.onnx'), samples: '/samples.npz', run: 'auto' });
    expect(ui.progress).toContain('Quantizing weights 45 % · about 45 s left');
    expect(ui.messages).toEqual([{ kind: 'info', text: 'net.int8.onnx written: 4.00 kB → 1.00 kB, outputs 38.3 dB on 16 inputs' }]);
    expect(document.session.job).toBeNull();
    expect(document.session.result?.output).toBe(scene.path('net.int8.onnx'));
  });

  it('offers to run models that were too large to be run by itself, and takes the figures over', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.engine.notRun = 'Their weights take 600 MB.';
    ui.pressed = 'Run Both Models';
    await quantizeModel(document, '/samples.npz', new RunningJobs());
    expect(ui.messages.at(-1)!.text).toBe('net.int8.onnx written: 4.00 kB → 1.00 kB, Their weights take 600 MB.');
    await vi.waitFor(() => { expect(ui.executed).toContainEqual(['nibble.runModels', document.modelUri]); });
    const result = await runModels(document, '/samples.npz', new RunningJobs());
    expect(scene.engine.evaluated).toMatchObject({ path: scene.path('net.int8.onnx'), against: scene.path('net.onnx'), samples: '/samples.npz' });
    expect(result).toMatchObject({ output: scene.path('net.int8.onnx'), notRun: '', outputs: [{ sqnrDb: 38.25 }], notes: ['ran late'] });
    expect(document.session.result).toBe(result);
    expect(ui.messages.at(-1)!.text).toBe('net.onnx: outputs 38.3 dB on 16 inputs');
  });

  it('runs nothing before there is a result', async () => {
    const scene = new Scene();
    await expect(runModels(await scene.open(), null, new RunningJobs())).rejects.toThrow(/not been quantized/);
    expect(scene.engine.evaluated).toBeNull();
  });

  it('is cancelled from the page too, and leaves the plan as it was', async () => {
    const scene = new Scene();
    const document = await scene.open();
    scene.editing.setScheme(document, { kind: 'layers', layers: [0] }, INT4);
    await vi.waitFor(() => { expect(formats(document)[0]).toBe('int4'); });
    const text = document.text;
    scene.engine.gate = new Promise(() => undefined);
    const jobs = new RunningJobs();
    const done = quantizeModel(document, null, jobs);
    await vi.waitFor(() => { expect(scene.engine.quantized?.output).toBe(scene.path('net.quantized.onnx')); });
    await expect(document.session.quantize('again', { output: 'x', samples: null, run: 'no' })).rejects.toThrow(/already/);
    jobs.cancel(document.session);
    await expect(done).rejects.toMatchObject({ reason: 'cancelled' });
    expect(document.session.job).toBeNull();
    expect(document.text).toBe(text);
  });

  it.each([
    ['net.onnx', /never changed/],
    ['net.int8', /must end with/],
    ['a/b.onnx', /without a folder/],
    ['', /Write a file name/],
  ])('refuses the name "%s"', async (name, why) => {
    const scene = new Scene();
    const document = await scene.open();
    ui.typed = name;
    expect(await quantizeModel(document, null, new RunningJobs())).toBeNull();
    expect(ui.inputBox?.judged).toMatch(why);
  });

  it('warns before it replaces a file', async () => {
    const scene = new Scene();
    writeFileSync(scene.path('net.int8.onnx'), 'old');
    await quantizeModel(await scene.open(), null, new RunningJobs());
    expect(ui.inputBox?.judged).toMatchObject({ severity: 2, message: 'net.int8.onnx is there already and will be replaced' });
  });

  it('says the step alone while nothing is known of its length', () => {
    expect(jobText({ progress: { step: 'Opening', done: 0, total: 0, unit: 'bytes' }, etaMilliseconds: null })).toBe('Opening');
  });
});

describe('how FLOPs are counted', () => {
  it('is the window’s choice: every open model is read again, and the same choice changes nothing', async () => {
    const scene = new Scene();
    const { session } = await scene.open();
    expect(session.loaded?.totals.counting.convention).toBe('strict');
    scene.services.sessions.setCounting({ convention: 'x2', weights: {} });
    await session.whenLoaded();
    expect(session.loaded?.totals.counting.convention).toBe('x2');
    const { modelRevision } = session;
    scene.services.sessions.setCounting({ convention: 'x2', weights: {} });
    await session.whenLoaded();
    expect(session.modelRevision).toBe(modelRevision);
  });

  it('is strict where the setting names no convention', () => {
    new Scene();
    ui.configuration.set('nibble.counting', 'torchvision');
    expect(countingSetting().convention).toBe('torchvision');
    ui.configuration.set('nibble.counting', 'abacus');
    expect(countingSetting().convention).toBe('strict');
  });
});
