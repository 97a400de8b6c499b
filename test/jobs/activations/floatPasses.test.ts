import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../../src/graph/flow';
import { calibrate } from '../../../src/jobs/activations/calibrate';
import type { CalibrateRun } from '../../../src/jobs/activations/calibrateContext';
import { equalizeChannels } from '../../../src/jobs/activations/equalize';
import { GraphEdits } from '../../../src/jobs/activations/graphEdits';
import { candidateLayers } from '../../../src/jobs/activations/placeableLayers';
import { prepareModel, writeFloat } from '../../../src/jobs/activations/prepareModel';
import { storedTensors } from '../../../src/jobs/activations/stored';
import { Decider } from '../../../src/jobs/decisions';
import { FreshNames } from '../../../src/jobs/export/freshNames';
import { ModelFile } from '../../../src/jobs/modelFile';
import { resolvePlan } from '../../../src/plan/resolve';
import type { Observation } from '../../../src/quant/observe/tensorObserver';
import { placeActivations } from '../../../src/targets/placement';
import { DEFAULT_TARGET } from '../../../src/targets/targets';
import { smallNetwork, withSamples } from '../../support/calibrating';
import { floatTensor, graph, node, valueInfo } from '../../support/onnxBuilder';
import type { ModelParts } from '../../support/onnxBuilder';
import { testPorts } from '../../support/quantizing';
import { tempFolder } from '../../support/tempFolder';
import { weightValues } from '../../support/weightedModels';

function runFor(file: ModelFile, samples: string, folder: string): CalibrateRun {
  let files = 0;
  return {
    ports: testPorts,
    ranges: null,
    inputs: { inputs: file.analysis.model.inputs, samples, count: 8, threads: 1 },
    scratch: (name) => join(folder, `${name}-${String((files += 1))}.onnx`),
    open: (path) => ModelFile.open(path),
    report: () => undefined,
    signal: new AbortController().signal,
  };
}

/** Signal-to-noise ratio in dB of a changed float model's output against the original's on the samples. */
async function distance(original: ModelFile, changed: ModelFile, run: CalibrateRun): Promise<number> {
  const runnable = (path: string) => ({ path, externalFiles: [] });
  const { scores } = await testPorts.runner.score({ ...run.inputs, reference: runnable(original.path), candidates: [runnable(changed.path)], outputs: ['y'] }, run.report, run.signal);
  const [outputs] = scores;
  if (outputs === undefined || typeof outputs === 'string') throw new Error(outputs);
  return outputs[0]!.sqnrDb!;
}

async function prepared(parts: ModelParts, dims?: readonly number[]) {
  const folder = tempFolder();
  const { path, samples } = withSamples(folder, parts, dims);
  const original = ModelFile.open(path);
  const run = runFor(original, samples, folder);
  const file = await prepareModel(original, run);
  return { original, file, run };
}

const ops = (file: ModelFile): readonly string[] => file.model.graph.nodes.map(({ op }) => op);

describe('preparing a float model', () => {
  it.each([7, 11, 17, 21])('folds normalization into convolutions without a change of what is computed: operator set %i', async (opset) => {
    const { original, file, run } = await prepared(smallNetwork(opset));
    expect(ops(file)).not.toContain('BatchNormalization');
    expect(await distance(original, file, run)).toBeGreaterThan(100);
  });

  it('folds what follows a convolution as long as it goes on, in any shape that is broadcast along channels', async () => {
    const { original, file, run } = await prepared({
      graph: graph({
        nodes: [
          node('Conv', ['x', 'w'], ['c'], { name: 'conv' }),
          node('Mul', ['c', 'two'], ['m'], { name: 'scalar' }),
          node('Add', ['shift', 'm'], ['a'], { name: 'shift' }),
          node('Mul', ['a', 'each'], ['b'], { name: 'each' }),
          node('Add', ['b', 'x'], ['y'], { name: 'residual' }),
        ],
        initializers: [
          floatTensor('w', [4, 4, 1, 1], weightValues(16, 1)), floatTensor('two', [], [2]),
          floatTensor('shift', [4, 1, 1], [1, 2, 3, 4]), floatTensor('each', [1, 4, 1, 1], [1, -1, 0.5, 3]),
        ],
        inputs: [valueInfo('x', 'float', ['batch', 4, 6, 6])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    }, [4, 4, 6, 6]);
    expect(ops(file)).toEqual(['Conv', 'Add']);
    expect(await distance(original, file, run)).toBeGreaterThan(100);
  });

  it.each([
    ['is needed elsewhere', [node('Conv', ['x', 'w'], ['c'], { name: 'conv' }), node('Mul', ['c', 'k'], ['m'], { name: 'mul' }), node('Add', ['m', 'c'], ['y'], { name: 'add' })]],
    ['is scaled along another axis', [node('Conv', ['x', 'w'], ['c'], { name: 'conv' }), node('Mul', ['c', 'row'], ['y'], { name: 'mul' })]],
    ['shares its weights', [node('Conv', ['x', 'w'], ['c'], { name: 'conv' }), node('Mul', ['c', 'k'], ['m'], { name: 'mul' }), node('Conv', ['m', 'w'], ['y'], { name: 'other' })]],
  ])('leaves a convolution alone whose output or weight %s', async (_, nodes) => {
    const { original, file } = await prepared({
      graph: graph({
        nodes,
        initializers: [floatTensor('w', [4, 4, 1, 1], weightValues(16, 1)), floatTensor('k', [], [2]), floatTensor('row', [1, 1, 1, 4], [1, 2, 3, 4])],
        inputs: [valueInfo('x', 'float', ['batch', 4, 4, 4])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    }, [2, 4, 4, 4]);
    expect(file).toBe(original);
  });

  it('joins a product of matrices with its bias', async () => {
    const { original, file, run } = await prepared({
      graph: graph({
        nodes: [node('MatMul', ['x', 'w'], ['m'], { name: 'product' }), node('Add', ['b', 'm'], ['y'], { name: 'bias' })],
        initializers: [floatTensor('w', [8, 4], weightValues(32, 1)), floatTensor('b', [4], [1, 2, 3, 4])],
        inputs: [valueInfo('x', 'float', ['batch', 8])],
        outputs: [valueInfo('y', 'float', null)],
      }),
    }, [4, 8]);
    expect(ops(file)).toEqual(['Gemm']);
    expect(file.analysis.layers[0]!.name).toBe('product');
    expect(await distance(original, file, run)).toBeGreaterThan(100);
  });
});

describe('equalizeChannels', () => {
  it('evens out channels without a change of what is computed', async () => {
    const { original, file, run } = await prepared(smallNetwork());
    const flow = new Flow(file.model.graph);
    const stored = storedTensors(file.model.graph);
    const decisions = new Decider(file).all(resolvePlan({ version: 1 }, file.analysis.layers), DEFAULT_TARGET);
    const { layers } = candidateLayers(file, flow, decisions, DEFAULT_TARGET.runtime, 'uint8', () => true);
    const placement = placeActivations(flow, layers, { rules: DEFAULT_TARGET.runtime.activations.placement, additions: false, float: new Set() });
    const taps = ['relu', 'depth', 'point'].map((name) => ({ name, channelRank: 4 }));
    const { observations } = await calibrate(file, taps, false, run);
    const edits = new GraphEdits(file.model, new FreshNames(file.model));
    expect(equalizeChannels({ file, flow, stored, placement, observations }, edits)).toBeGreaterThan(1);
    const evened = await writeFloat(file, edits, run);
    expect(await distance(original, evened, run)).toBeGreaterThan(90);

    // The outputs of the depthwise convolution and of the last one have their factors behind them now.
    const names = evened.model.graph.nodes.filter(({ op }) => op === 'Conv').map(({ outputs }) => outputs[0]!);
    const after = await calibrate(evened, names.map((name) => ({ name, channelRank: 4 })), true, run);
    const spread = ({ channels }: Observation): number => {
      const peaks = [...channels!.low].map((low, channel) => Math.max(-low, channels!.high[channel]!));
      return Math.max(...peaks) / Math.min(...peaks);
    };
    expect(spread(observations.get('depth')!)).toBeGreaterThan(50);
    // A channel of less than a fiftieth of the range is stretched by 50 only.
    expect(spread(after.observations.get(names[1]!)!)).toBeLessThan((1.01 * spread(observations.get('depth')!)) / 50);
  });
});
