import { utimesSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { MAX_GROUP_MEASURED } from '../../src/jobs/assess/formats';
import { OpenedModel } from '../../src/jobs/openModel';
import type { AssessmentUpdate } from '../../src/jobs/openModel';
import type { WeightPort } from '../../src/jobs/ports';
import type { GroupFormat } from '../../src/jobs/records';
import type { Plan } from '../../src/plan/plan';
import { schemeKey } from '../../src/quant/scheme';
import { caught } from '../support/caught';
import { smallNetwork, withSamples } from '../support/calibrating';
import { buildModel, graph, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { plainWeights } from '../support/plainWeights';
import { tempFolder } from '../support/tempFolder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { weightTensor } from '../support/weightedModels';

const signal = new AbortController().signal;
const plan = (weights: NonNullable<Plan['default']>['weights'], layers: Plan['layers'] = []): Plan => ({ version: 1, default: { weights: weights! }, layers });

/** Three MatMuls: the first two share their weights, the third has NaN in its own. */
function threeLayers(): string {
  const bad = new Float32Array(64 * 64).fill(0.5);
  bad[7] = NaN;
  return modelFile(buildModel({
    opsets: { '': 21 },
    graph: graph({
      nodes: [node('MatMul', ['x', 'w'], ['a'], { name: 'first' }), node('MatMul', ['a', 'w'], ['b'], { name: 'second' }), node('Relu', ['b'], ['r'], { name: 'relu' }), node('MatMul', ['r', 'bad'], ['y'], { name: 'third' })],
      initializers: [weightTensor('w', [64, 64]), rawTensor('bad', 'float', [64, 64], new Uint8Array(bad.buffer))],
      inputs: [valueInfo('x', 'float', [1, 64])],
      outputs: [valueInfo('y', 'float', [1, 64])],
    }),
  }));
}

function open(path: string, weights: WeightPort = plainWeights): OpenedModel {
  const model = OpenedModel.open(path, {}, weights);
  onTestFinished(() => { model.close(); });
  return model;
}

it('says what a plan means for activations, as the result of quantizing does', async () => {
  const { path, samples } = withSamples(tempFolder(), smallNetwork());
  const wish: Plan = { version: 1, default: { activations: { bits: 8 } }, calibration: { method: 'minmax', count: 2 }, layers: [{ match: 'depth', activations: 'float' }, { match: 'head', weights: { bits: 4 } }] };
  const { layers } = open(path).assess(wish, 1, [], () => undefined);
  const names = open(path).analysis.layers.map(({ name }) => name);
  const said = new Map(layers.flatMap(({ layer, activations }) => (activations ? [[names[layer]!, activations] as const] : [])));
  expect([...said].map(([name, { format, byPlan, why }]) => [name, format, byPlan, why])).toEqual([
    ['stem', 'uint8', false, ''],
    ['point', 'uint8', false, ''],
    ['depth', null, true, 'the plan leaves them float'],
    ['head', null, false, expect.stringContaining('weights of 4 bits') as unknown],
  ].sort(([a], [b]) => names.indexOf(a as string) - names.indexOf(b as string)));
  const { activations } = await quantizeAll(path, {}, { plan: wish, samples });
  expect(activations!.kernels.map(({ layer, predicted }) => [layer, predicted])).toEqual([...said].map(([name, { kernel }]) => [name, kernel]));
  expect(open(path).assess({ version: 1 }, 1, [], () => undefined).layers.some((layer) => 'activations' in layer)).toBe(false);
});

it('counts for a batch of one where neither plan nor person gives another, and says so', () => {
  const path = modelFile(buildModel({
    graph: graph({ nodes: [node('MatMul', ['x', 'w'], ['y'])], initializers: [weightTensor('w', [64, 64])], inputs: [valueInfo('x', 'float', ['batch', 'steps', 64])], outputs: [valueInfo('y', 'float', null)] }),
  }));
  const analyzed = (dimensions: Readonly<Record<string, number>>) => {
    const model = OpenedModel.open(path, dimensions, plainWeights);
    onTestFinished(() => { model.close(); });
    return model.analysis;
  };
  expect(analyzed({ steps: 3 })).toMatchObject({ model: { dimensions: { batch: 1, steps: 3 }, assumed: ['batch'] }, totals: { macs: 3 * 64 * 64 } });
  expect(analyzed({ batch: 2, steps: 3 })).toMatchObject({ model: { assumed: [] }, totals: { macs: 6 * 64 * 64 } });
  // Only the batch is anybody's guess.
  expect(analyzed({})).toMatchObject({ model: { dimensions: { batch: 1, steps: null } }, totals: { unresolved: 1 } });
});

/** Assesses, and resolves with the figures when none is pending any more. */
async function settled(model: OpenedModel, with_: Plan, revision = 1) {
  const updates: AssessmentUpdate[] = [];
  const first = model.assess(with_, revision, [], (update) => { updates.push(update); });
  await vi.waitFor(() => { expect((updates.at(-1)?.totals ?? first.totals).pending).toBe(0); }, { timeout: 5000, interval: 10 });
  const layers = first.layers.map((layer) => updates.flatMap((update) => update.layers).findLast((candidate) => candidate.layer === layer.layer) ?? layer);
  return { first, updates, layers, totals: updates.at(-1)?.totals ?? first.totals };
}

describe('OpenedModel.assess', () => {
  it('answers at once with pending figures and brings them later', async () => {
    const { first, updates, layers, totals } = await settled(open(threeLayers()), plan({ bits: 8 }), 7);
    expect(first.layers.map(({ state }) => state)).toEqual(['pending', 'pending', 'none', 'pending']);
    expect(first.revision).toBe(7);
    expect(updates.every(({ revision }) => revision === 7)).toBe(true);
    expect(layers.map(({ state }) => state)).toEqual(['computed', 'computed', 'none', 'skipped']);
    expect(layers[0]!.sqnrDb).toBeGreaterThan(35);
    expect(layers[0]!.sqnrDb).toBe(layers[1]!.sqnrDb);
    expect(layers[3]!.reason).toContain('not finite');
    expect(totals.sqnrDb).toBe(layers[0]!.sqnrDb);
  });

  it('predicts exactly the bytes and errors that quantizing then writes', async () => {
    const path = threeLayers();
    for (const weights of [{ bits: 8 }, { bits: 4, granularity: { block: 32 } }, { bits: 4, symmetric: false, granularity: 'channel' }, 'float16'] as const) {
      const { layers, totals } = await settled(open(path), plan(weights));
      const result = await quantizeAll(path, weights, { run: 'no' });
      expect(totals).toMatchObject({ bytesBefore: result.weightBytes.before, bytesAfter: result.weightBytes.after });
      expect(layers[0]).toMatchObject({ sqnrDb: result.layers[0]!.weights[0]!.sqnrDb, maxError: result.layers[0]!.weights[0]!.maxError });
      expect(layers[0]!.bytesAfter).toBe(result.layers[0]!.weights[0]!.bytes.after);
      expect(layers[1]).toMatchObject({ bytesBefore: 0, bytesAfter: 0 });
      expect(layers[3]!.bytesAfter).toBe(64 * 64 * 4);
    }
  });

  it('remembers what it measured when a plan comes back', async () => {
    const model = open(threeLayers());
    await settled(model, plan({ bits: 8 }));
    await settled(model, plan({ bits: 8, granularity: 'tensor' }));
    expect(model.assess(plan({ bits: 8 }), 3, [], () => undefined).layers.map(({ state }) => state)).toEqual(['computed', 'computed', 'none', 'skipped']);
  });

  it('says float, and what a shared tensor gets when its layers disagree', async () => {
    const model = open(threeLayers());
    expect(model.assess(plan('float'), 1, [], () => undefined).layers.map(({ state }) => state)).toEqual(['float', 'float', 'none', 'float']);
    const { layers } = await settled(model, plan({ bits: 4, granularity: 'channel' }, [{ match: 'second', weights: { bits: 8 } }]));
    expect(layers[0]!.reason).toContain('second');
    expect(layers[0]!.sqnrDb).toBeGreaterThan(35);
  });

  it('measures the layers on show first', async () => {
    const measured: string[] = [];
    const slow: WeightPort = { ...plainWeights, measure: (task, schemes, options) => {
      measured.push(`${task.dims.join('x')} ${schemes.map(schemeKey).join()}`);
      return plainWeights.measure(task, schemes, options);
    } };
    const sizes = [32, 40, 48, 56, 64, 72, 80, 88, 96];
    const path = modelFile(buildModel({ graph: graph({
      nodes: sizes.map((size) => node('MatMul', [`x${size}`, `w${size}`], [`y${size}`], { name: `layer${size}` })),
      initializers: sizes.map((size) => weightTensor(`w${size}`, [size, 32])),
      inputs: sizes.map((size) => valueInfo(`x${size}`, 'float', [1, size])),
      outputs: sizes.map((size) => valueInfo(`y${size}`, 'float', null)),
    }) }));
    const model = open(path, slow);
    await new Promise<void>((resolve) => { model.assess(plan({ bits: 8 }), 1, [8, 6], () => { resolve(); }); });
    expect(measured.slice(0, 2)).toEqual(['96x32 int8-sym-channel-minmax', '80x32 int8-sym-channel-minmax']);
    // Then the other chosen formats, each once, then all formats of the layers on show.
    expect(new Set(measured.slice(0, 9)).size).toBe(9);
    expect(measured.slice(0, 9).every((line) => line.endsWith(' int8-sym-channel-minmax'))).toBe(true);
    expect(measured[9]).toMatch(/^96x32 float16,/);
  });

  it('stops at close', async () => {
    const model = OpenedModel.open(threeLayers(), {}, plainWeights);
    const onUpdate = vi.fn();
    model.assess(plan({ bits: 8 }), 1, [], onUpdate);
    model.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(onUpdate).not.toHaveBeenCalled();
  });

  it('says when the file on disk is another one now', async () => {
    const path = threeLayers();
    const model = open(path);
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect(await caught(() => model.assess(plan('float'), 1, [], () => undefined))).toMatchObject({ reason: 'changed' });
  });
});

describe('OpenedModel.formats', () => {
  it('lists every format with its error, size and kernel, and marks the chosen one', async () => {
    const options = await open(threeLayers()).formats(0, plan({ bits: 4, granularity: { block: 64 } }), signal);
    const find = (key: string) => options.find(({ scheme }) => schemeKey(scheme) === key)!;
    expect(options.filter(({ chosen }) => chosen).map(({ scheme }) => schemeKey(scheme))).toEqual(['int4-sym-block64-minmax']);
    expect(find('float')).toMatchObject({ sqnrDb: Infinity, maxError: 0, bytes: 64 * 64 * 4, refusal: '' });
    expect(find('int8-sym-channel-minmax').bytes).toBe(64 * 64 + 64 * 4);
    expect(find('int4-sym-block32-minmax').bytes).toBe(64 * 32 + 128 * 4);
    expect(find('int4-sym-block32-minmax').kernel).toBe('MatMulNBits');
    const order = ['int16-sym-channel-minmax', 'int8-sym-channel-minmax', 'int4-sym-block32-minmax', 'int4-sym-channel-minmax'].map((key) => find(key).sqnrDb!);
    expect(order).toEqual([...order].sort((a, b) => b - a));
    expect(find('int2-sym-channel-minmax').refusal).toBe('');
  });

  it('counts what the layer keeps beside its weights, so that sizes compare with the layer’s own', async () => {
    const model = open(modelFile(buildModel({
      opsets: { '': 21 },
      graph: graph({
        nodes: [node('Gemm', ['x', 'w', 'b'], ['y'], { name: 'fc' })],
        initializers: [weightTensor('w', [64, 64]), weightTensor('b', [64])],
        inputs: [valueInfo('x', 'float', [1, 64])],
        outputs: [valueInfo('y', 'float', [1, 64])],
      }),
    })));
    const options = await model.formats(0, plan({ bits: 8 }), signal);
    const { layers } = await settled(model, plan({ bits: 8 }));
    expect(options.find(({ chosen }) => chosen)!.bytes).toBe(layers[0]!.bytesAfter);
    expect(options.find(({ scheme }) => scheme.kind === 'float')!.bytes).toBe(layers[0]!.bytesBefore);
  });

  it('gives the reason where no format is possible', async () => {
    const options = await open(threeLayers()).formats(3, plan({ bits: 8 }), signal);
    expect(options.filter(({ scheme }) => scheme.kind !== 'float').every(({ refusal }) => refusal !== '')).toBe(true);
    expect(options.find(({ scheme }) => scheme.kind === 'float')!.refusal).toBe('');
  });

  it('adds up several layers: shared weights once, the lowest error, and who cannot have the format', async () => {
    const weight = weightTensor('w', [64, 64]);
    const model = open(modelFile(buildModel({
      opsets: { '': 21 },
      graph: graph({
        nodes: [
          node('MatMul', ['x', 'w'], ['a'], { name: 'first' }),
          node('MatMul', ['a', 'w'], ['b'], { name: 'again' }),
          node('MatMul', ['b', 'odd'], ['c'], { name: 'odd' }),
          node('MatMul', ['c', 'whole'], ['y'], { name: 'whole' }),
        ],
        initializers: [weight, weightTensor('odd', [64, 50]), rawTensor('whole', 'double', [50, 8], new Uint8Array(50 * 8 * 8))],
        inputs: [valueInfo('x', 'float', [1, 64])],
        outputs: [valueInfo('y', 'float', [1, 8])],
      }),
    })));
    const all = await model.groupFormats([0, 1, 2, 3, 3], plan({ bits: 8 }), signal);
    const find = (key: string) => all.find(({ scheme }) => schemeKey(scheme) === key)!;
    const int8 = find('int8-sym-channel-minmax');
    // Two tensors of codes with a scale a column; the last layer's doubles stay.
    expect(int8.bytes).toBe(64 * 64 + 64 * 4 + 64 * 50 + 50 * 4 + 50 * 8 * 8);
    expect(int8).toMatchObject({ chosen: true, layers: 3, measured: 3, refused: { layers: 1, first: 'whole', reason: expect.stringContaining('double') as string } });
    const single = await Promise.all([0, 1, 2].map(async (layer) => (await model.formats(layer, plan({ bits: 8 }), signal)).find(({ chosen }) => chosen)!.sqnrDb!));
    expect(int8.lowestSqnrDb).toBe(Math.min(...single));
    expect(find('float')).toMatchObject({ layers: 4, lowestSqnrDb: Infinity, refused: null, bytes: 64 * 64 * 4 + 64 * 50 * 4 + 50 * 8 * 8 });
    expect((await model.groupFormats([3], plan({ bits: 8 }), signal)).find(({ scheme }) => scheme.kind === 'float16')).toMatchObject({ layers: 0, lowestSqnrDb: null, refused: { layers: 1 } });
    expect(await caught(() => model.groupFormats([9], plan({ bits: 8 }), signal))).toMatchObject({ reason: 'invalid-argument' });
  });

  it('measures only so many tensors of a group, says so, and has the size of all of them', async () => {
    const count = MAX_GROUP_MEASURED + 2;
    const model = open(modelFile(buildModel({
      opsets: { '': 21 },
      graph: graph({
        nodes: Array.from({ length: count }, (_, index) => node('MatMul', [`v${index}`, `w${index}`], [`v${index + 1}`], { name: `m${index}` })),
        initializers: Array.from({ length: count }, (_, index) => weightTensor(`w${index}`, [4, 4])),
        inputs: [valueInfo('v0', 'float', [1, 4])],
        outputs: [valueInfo(`v${count}`, 'float', [1, 4])],
      }),
    })));
    const layers = Array.from({ length: count }, (_, index) => index);
    const int8 = (list: readonly GroupFormat[]) => list.find(({ scheme }) => schemeKey(scheme) === 'int8-sym-channel-minmax')!;
    expect(int8(await model.groupFormats(layers, plan('float'), signal))).toMatchObject({ layers: count, measured: MAX_GROUP_MEASURED, bytes: count * (16 + 4 * 4) });
    expect(int8(await model.groupFormats(layers.slice(0, MAX_GROUP_MEASURED), plan('float'), signal))).toMatchObject({ layers: MAX_GROUP_MEASURED, measured: MAX_GROUP_MEASURED });
  });

  it('has nothing for an operator without weights and refuses a layer that is not there', async () => {
    const model = open(threeLayers());
    expect(await model.formats(2, plan({ bits: 8 }), signal)).toEqual([]);
    expect(await caught(() => model.formats(4, plan({ bits: 8 }), signal))).toMatchObject({ reason: 'invalid-argument' });
  });
});
