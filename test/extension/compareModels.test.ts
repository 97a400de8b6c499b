import { writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { ActiveModel } from '../../src/extension/activeModel';
import { chooseCompared, compareModels } from '../../src/extension/commands/compareModels';
import { comparisonState, MAX_ROWS_SHOWN } from '../../src/extension/comparisonState';
import { DocumentPicker } from '../../src/extension/documentPicker';
import { ModelFiles } from '../../src/extension/modelFiles';
import type { ComparedLayer, ModelComparison } from '../../src/jobs/records';
import { Scene } from './support/scene';
import { Uri, ui } from './support/vscode';

const pickerOf = (scene: Scene): DocumentPicker => new DocumentPicker(scene.documents, new ActiveModel(), new ModelFiles(scene.services));

describe('Compare with…', () => {
  it('takes two models that are selected, and asks for the second of one', async () => {
    const scene = new Scene();
    const [net, small] = [scene.uri('net.onnx'), scene.uri('small.onnx')];
    expect(await chooseCompared(net, [net, small], pickerOf(scene))).toEqual({ first: net, second: small });
    writeFileSync(scene.path('small.onnx'), 'other bytes');
    ui.found = [Uri.file(scene.path('small.onnx'))];
    const chosen = chooseCompared(net, [net], pickerOf(scene));
    await vi.waitFor(() => { expect(ui.quickPick?.title).toBe('Compare net.onnx with…'); });
    ui.quickPick!.accept('small.onnx');
    expect((await chosen)?.second.fsPath).toBe(scene.path('small.onnx'));
  });

  it('does nothing when the person picks none', async () => {
    const scene = new Scene();
    const chosen = chooseCompared(undefined, undefined, pickerOf(scene));
    await vi.waitFor(() => { expect(ui.quickPick?.title).toBe('Compare Models: the Original'); });
    ui.quickPick!.hide();
    expect(await chosen).toBeNull();
  });

  it('holds the second model against the plan beside the first, and shows the page', async () => {
    const scene = new Scene();
    writeFileSync(scene.path('net.nibble.json'), '{ "version": 1, "dimensions": { "batch": 2 } }');
    writeFileSync(scene.path('small.onnx'), 'other bytes');
    const uris = { first: scene.uri('net.onnx'), second: scene.uri('small.onnx') };
    await compareModels(uris, scene.services);
    expect(scene.engine.compared).toMatchObject({ first: scene.path('net.onnx'), second: scene.path('small.onnx'), dimensions: { batch: 2 }, plan: { name: 'net.nibble.json', plan: { version: 1 } } });
    expect(ui.panels.map(({ title }) => title)).toEqual(['small.onnx compared with net.onnx']);
    expect(ui.panels[0]!.html).toContain('data-page="comparison"');
    writeFileSync(scene.path('net.nibble.json'), 'no plan');
    await compareModels(uris, scene.services);
    expect(scene.engine.compared).toMatchObject({ dimensions: {}, plan: null });
  });
});

describe('the page of a comparison', () => {
  const side = (name: string, bits: number) => ({ layer: 0, name, standsFor: ['MatMul'], format: { dataType: bits === 8 ? 'int8' as const : 'float' as const, bits, granularity: bits === 8 ? 'channel' as const : null, symmetric: null }, parameters: 10, weightBytes: bits, macs: null });
  const row = (name: string, changes: Partial<ComparedLayer> = {}): ComparedLayer => ({ first: side(name, 32), second: side(name, 8), match: 'name', absorbed: [], difference: { elements: 10, different: 0, signal: 1, noise: 0, maxError: 0, sqnrDb: Infinity }, notCompared: '', unmet: null, ...changes });
  const model = { file: 'net.onnx', bytes: 1, layers: 1, parameters: 1, weightBytes: 1, macs: 1, unresolved: 0, sha256: '0'.repeat(64) };
  const stateOf = (layers: readonly ComparedLayer[]) => comparisonState({ first: model, second: model, layers, difference: null, plan: 'plan', notes: [] } satisfies ModelComparison);

  it('has plain values that survive the way to the page', () => {
    const state = stateOf([row('a'), row('b', { second: side('b', 32) }), row('c', { notCompared: 'its type is string', difference: null, unmet: { scheme: { kind: 'float16' }, reason: '' } })]);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(state.rows).toHaveLength(2);
    expect(state.leftOut).toBe('1 layer is the same in both models.');
    expect(state.findings).toEqual([
      { title: 'Not as the plan asks', lines: ['c: plan asks for float16, the layer has int8 · channel'] },
      { title: 'Weights not compared', lines: ['c: its type is string'] },
    ]);
    expect(state.bars.map(({ before, after, sqnrDb }) => [before, after, sqnrDb])).toEqual([[32, 8, null], [32, 32, null], [32, 8, null]]);
  });

  it.each([[MAX_ROWS_SHOWN, ''], [MAX_ROWS_SHOWN + 1, '1 more layer differs; the command line shows all of them.']])('shows %i rows and says what is left out', (count, leftOut) => {
    const state = stateOf(Array.from({ length: count }, (_, index) => row(`l${index}`)));
    expect([state.rows.length, state.leftOut]).toEqual([MAX_ROWS_SHOWN, leftOut]);
  });
});
