import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calibrate } from '../../../src/jobs/activations/calibrate';
import type { CalibrateRun } from '../../../src/jobs/activations/calibrateContext';
import { neededNodes } from '../../../src/jobs/activations/neededNodes';
import { MAX_GROUP_BYTES, tapModels } from '../../../src/jobs/activations/tapModels';
import { ModelFile } from '../../../src/jobs/modelFile';
import { TensorObserver } from '../../../src/quant/observe/tensorObserver';
import { extremesOf } from '../../support/extremes';
import { npy } from '../../support/npy';
import { buildModel, floatTensor, graph, graphAttribute, int64Tensor, node, valueInfo } from '../../support/onnxBuilder';
import type { ModelParts } from '../../support/onnxBuilder';
import { testPorts } from '../../support/quantizing';
import { tempFolder } from '../../support/tempFolder';

function opened(parts: ModelParts, dims: readonly number[], values: Float32Array): { readonly file: ModelFile; readonly run: CalibrateRun } {
  const folder = tempFolder();
  writeFileSync(join(folder, 'model.onnx'), buildModel(parts));
  writeFileSync(join(folder, 'samples.npy'), npy('<f4', dims, values));
  const file = ModelFile.open(join(folder, 'model.onnx'));
  let files = 0;
  const run: CalibrateRun = {
    ports: testPorts,
    ranges: null,
    inputs: { inputs: file.analysis.model.inputs, samples: join(folder, 'samples.npy'), count: 8, threads: 1 },
    scratch: (name) => join(folder, `${name}-${String((files += 1))}.onnx`),
    open: (path) => ModelFile.open(path),
    report: () => undefined,
    signal: new AbortController().signal,
  };
  return { file, run };
}

/** x [1, 4, side, side] → a = −x → b = a + a → c = Relu(b) → y = Softmax(c). */
function chain(opset: number): ModelParts {
  return {
    opsets: { '': opset },
    graph: graph({
      nodes: [node('Neg', ['x'], ['a'], { name: 'a' }), node('Add', ['a', 'a'], ['b'], { name: 'b' }), node('Relu', ['b'], ['c'], { name: 'c' }), node('Softmax', ['c'], ['y'], { name: 'y' })],
      inputs: [valueInfo('x', 'float', ['batch', 4, 'side', 'side'])],
      outputs: [valueInfo('y', 'float', ['batch', 4, 'side', 'side'])],
    }),
  };
}

describe('tapModels', () => {
  it.each([11, 13, 18, 21])('sees what a pass over all values would see: operator set %i', async (opset) => {
    const values = Float32Array.from({ length: 3 * 4 * 25 }, (_, index) => Math.sin(index * 1.7) * (1 + (index % 4)));
    const { file, run } = opened(chain(opset), [3, 4, 5, 5], values);
    const { observations, names } = await calibrate(file, [{ name: 'b', channelRank: 4 }, { name: 'x', channelRank: null }], true, run);
    const expected = new TensorObserver(true, true);
    for (let sample = 0; sample < 3; sample += 1) {
      const own = values.slice(sample * 100, (sample + 1) * 100).map((value) => -2 * value);
      expected.add(extremesOf(own, [1, 4, 5, 5], 1), own);
    }
    expect(observations.get('b')).toEqual(expected.result());
    expect(observations.get('x')!.channels).toBeNull();
    expect(names).toEqual(['samples.npy[0]', 'samples.npy[1]', 'samples.npy[2]']);
    const { observations: extremes } = await calibrate(file, [{ name: 'b', channelRank: 4 }], false, run);
    expect(extremes.get('b')).toEqual({ ...expected.result(), buckets: null });
    file.close();
  });

  it('cuts large values into groups, each of which computes only what it needs, and sees the same', async () => {
    const side = Math.ceil(Math.sqrt(MAX_GROUP_BYTES / 2 / 16)) + 1;
    const values = Float32Array.from({ length: 4 * side * side }, (_, index) => Math.cos(index));
    const { file, run } = opened(chain(17), [1, 4, side, side], values);
    const watched = ['c', 'a', 'b'].map((name) => ({ name, channelRank: 4 }));
    const groups = await tapModels(file, watched, true, run);
    expect(groups.map(({ taps }) => taps.map(({ name }) => name))).toEqual([['a'], ['b'], ['c']]);
    const operators = groups.map(({ model }) => {
      const made = ModelFile.open(model.path);
      made.close();
      return made.model.graph.nodes.map(({ op }) => op).filter((op) => !op.startsWith('Reduce'));
    });
    expect(operators).toEqual([['Neg'], ['Neg', 'Add'], ['Neg', 'Add', 'Relu']]);
    const { observations } = await calibrate(file, watched, true, run);
    const whole = new TensorObserver(true, true);
    const doubled = values.map((value) => -2 * value);
    whole.add(extremesOf(doubled, [1, 4, side, side], 1), doubled);
    expect(observations.get('b')).toEqual(whole.result());
    expect(await tapModels(file, watched, false, run)).toHaveLength(1);
    file.close();
  });

  it('flags values that are not finite, and values that are not there', async () => {
    const parts: ModelParts = {
      graph: graph({
        nodes: [node('Log', ['x'], ['l'], { name: 'l' }), node('Sqrt', ['x'], ['r'], { name: 'r' }), node('Slice', ['x', 'zero', 'zero', 'axis'], ['empty'], { name: 'e' })],
        initializers: [int64Tensor('zero', [1], [0]), int64Tensor('axis', [1], [1])],
        inputs: [valueInfo('x', 'float', ['batch', 3])],
        outputs: [valueInfo('l', 'float', ['batch', 3]), valueInfo('r', 'float', ['batch', 3]), valueInfo('empty', 'float', ['batch', 0])],
      }),
    };
    const { file, run } = opened(parts, [3, 3], Float32Array.of(1, 2, 3, 1, 0, 3, 1, -1, 4));
    for (const counted of [true, false]) {
      const { observations } = await calibrate(file, ['l', 'r', 'empty'].map((name) => ({ name, channelRank: null })), counted, run);
      expect(observations.get('l')).toMatchObject({ nonFinite: 2, firstNonFinite: 1, low: 0 });
      expect(observations.get('r')).toMatchObject({ nonFinite: 1, firstNonFinite: 2 });
      expect(observations.get('empty')).toMatchObject({ nonFinite: 0, low: 0, high: 0 });
    }
    file.close();
  });
});

describe('neededNodes', () => {
  it('follows what bodies capture', () => {
    const file = ModelFile.open(join(written(), 'model.onnx'));
    const { graph: main } = file.model;
    expect([...neededNodes(main, ['chosen'])].map(({ name }) => name).sort()).toEqual(['captured', 'if']);
    file.close();
  });
});

/** A model whose If captures a value of the main graph in one branch. */
function written(): string {
  const folder = tempFolder();
  writeFileSync(join(folder, 'model.onnx'), buildModel({
    graph: graph({
      nodes: [
        node('Neg', ['x'], ['inner'], { name: 'captured' }),
        node('Abs', ['x'], ['other'], { name: 'other' }),
        node('If', ['choice'], ['chosen'], {
          name: 'if',
          attributes: {
            then_branch: graphAttribute(graph({ nodes: [node('Relu', ['inner'], ['t'], { name: 't' })], outputs: [valueInfo('t', 'float', [3])] })),
            else_branch: graphAttribute(graph({ nodes: [node('Relu', ['w'], ['e'], { name: 'e' })], outputs: [valueInfo('e', 'float', [3])] })),
          },
        }),
      ],
      initializers: [floatTensor('w', [3], [1, 2, 3])],
      inputs: [valueInfo('x', 'float', [3]), valueInfo('choice', 'bool', [])],
      outputs: [valueInfo('chosen', 'float', [3]), valueInfo('other', 'float', [3])],
    }),
  }));
  return folder;
}
