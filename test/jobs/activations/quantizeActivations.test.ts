import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../../src/onnx/readModel';
import { caught } from '../../support/caught';
import { calibrateAll, smallNetwork, withSamples } from '../../support/calibrating';
import { memorySource } from '../../support/memorySource';
import { floatTensor, graph, node, valueInfo } from '../../support/onnxBuilder';
import { tempFolder } from '../../support/tempFolder';

const written = (path: string) => readModel(memorySource(readFileSync(join(dirname(path), 'out.onnx'))));

describe('quantizing activations', () => {
  it.each([11, 13, 17, 21])('runs every layer in an integer kernel and stays close to the float model: operator set %i', async (opset) => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork(opset));
    const { activations, outputs, layers, notRun } = await calibrateAll(path, samples);
    expect(notRun).toBe('');
    expect(activations).toMatchObject({ format: 'uint8', source: 'samples', samples: 8, float: [] });
    expect(activations!.sqnrDb).toBeGreaterThan(25);
    expect(Object.fromEntries(activations!.kernels.map(({ layer, kernel }) => [layer, kernel]))).toEqual({ stem: 'QLinearConv', depth: 'QLinearConv', point: 'QLinearConv', head: 'QGemm' });
    expect(activations!.integerMacs).toBeGreaterThan(0.99);
    expect(outputs[0]!.sqnrDb).toBeGreaterThan(20);
    expect(outputs[0]!.sameTop1).toBe(1);
    expect(layers.map(({ weights }) => weights[0]!.format)).toEqual(['int8', 'int8', 'int8', 'int8']);
  });

  it('folds normalization into the layer before it, and keeps the names of layers', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    await calibrateAll(path, samples);
    const ops = written(path).graph.nodes.map(({ op }) => op);
    expect(ops).not.toContain('BatchNormalization');
    expect(written(path).graph.nodes.filter(({ op }) => op === 'Conv').map(({ name }) => name)).toEqual(['stem', 'depth', 'point']);
  });

  it('stores biases as codes in units of input scale times weight scale', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    await calibrateAll(path, samples);
    const { graph: main } = written(path);
    const made = new Map(main.nodes.flatMap((own) => own.outputs.map((name) => [name, own] as const)));
    const stored = new Map(main.initializers.map((tensor) => [tensor.name, tensor]));
    const floats = (name: string): Float32Array => {
      const { storage } = stored.get(name)!;
      const bytes = storage.kind === 'inline' ? storage.bytes.slice() : new Uint8Array(readFileSync(join(dirname(path), 'out.onnx'))).slice((storage as { offset: number }).offset, (storage as { offset: number; length: number }).offset + (storage as { length: number }).length);
      return new Float32Array(bytes.buffer, 0, bytes.length / 4);
    };
    for (const layer of main.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm')) {
      const [input, weight, bias] = layer.inputs.map((name) => made.get(name)!);
      expect(stored.get(bias!.inputs[0]!)!.dataType).toBe('int32');
      const inputScale = floats(input!.inputs[1]!)[0]!;
      expect([...floats(bias!.inputs[1]!)]).toEqual([...floats(weight!.inputs[1]!)].map((scale) => Math.fround(inputScale * scale)));
    }
  });

  it('is better with every channel corrected than any output error alone would allow', async () => {
    // A layer that reads values with a large mean through rounded weights is off by a constant; the correction takes it away.
    const { path, samples } = withSamples(tempFolder(), {
      graph: graph({
        nodes: [node('Gemm', ['x', 'w', 'b'], ['y'], { name: 'layer' })],
        initializers: [floatTensor('w', [64, 4], Float32Array.from({ length: 256 }, (_, index) => (index < 4 ? 1 : 0.0051 + (index % 4) * 0.0009))), floatTensor('b', [4], [0, 0, 0, 0])],
        inputs: [valueInfo('x', 'float', ['batch', 64])],
        outputs: [valueInfo('y', 'float', ['batch', 4])],
      }),
    }, [16, 64], Float32Array.from({ length: 16 * 64 }, (_, index) => (index % 64 === 0 ? 0 : 1 + 0.01 * Math.sin(index))));
    const { activations } = await calibrateAll(path, samples, { calibration: { method: 'minmax' } });
    expect(activations!.sqnrDb).toBeGreaterThan(35);
  });

  it('gives the bias of a channel without weights its place', async () => {
    const parts = smallNetwork();
    // The first four channels of the pointwise convolution are nothing but their bias.
    const dead = parts.graph.initializer!.find(({ name }) => name === 'point.w')!;
    dead.rawData = new Uint8Array(Float32Array.from(new Float32Array(dead.rawData!.slice().buffer), (value, index) => (index < 4 * 16 ? 1e-30 : value)).buffer);
    parts.graph.initializer!.push(floatTensor('point.b', [16], Float32Array.from({ length: 16 }, (_, channel) => (channel < 4 ? 3 : 0.1))));
    parts.graph.node!.find(({ name }) => name === 'point')!.input!.push('point.b');
    const { path, samples } = withSamples(tempFolder(), parts);
    const { activations } = await calibrateAll(path, samples);
    expect(activations!.kernels.find(({ layer }) => layer === 'point')!.kernel).toBe('QLinearConv');
    expect(activations!.sqnrDb).toBeGreaterThan(25);
  });

  it('leaves activations of models float that are too old for integer operators', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork(9));
    const { activations, layers } = await calibrateAll(path, samples);
    expect(activations!.layers).toEqual([]);
    expect(activations!.float[0]!.why).toContain('operator set 10');
    expect(layers[0]!.weights[0]!.format).toBe('int8');
  });

  it('names the layers that stay float, with the reason', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const { activations } = await calibrateAll(path, samples, { layers: [{ match: 'point', activations: 'float' }, { match: 'head', weights: { bits: 4 } }, { match: 'stem', weights: 'float' }] });
    expect(activations!.float.map(({ name, why }) => [name, why])).toEqual([
      ['stem', 'its weights stay floating point'],
      ['point', 'the plan leaves them float'],
      ['head', 'onnxruntime has no integer kernel for weights of 4 bits'],
    ]);
    expect(activations!.layers.map(({ name }) => name)).toEqual(['depth']);
  });

  it.each(['int8', 'uint16', 'int16'] as const)('also writes %s', async (format) => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const { activations } = await calibrateAll(path, samples, { default: { activations: { bits: format.endsWith('16') ? 16 : 8, signed: format.startsWith('int') } } });
    expect(activations!.format).toBe(format);
    expect(activations!.sqnrDb).toBeGreaterThan(format.endsWith('16') ? 35 : 25);
  });

  it('names the sample that holds NaN', async () => {
    const values = new Float32Array(8 * 3 * 12 * 12).fill(0.5);
    values[3 * 144 * 2 + 7] = NaN;
    const { path, samples } = withSamples(tempFolder(), smallNetwork(), undefined, values);
    const error = await caught(() => calibrateAll(path, samples));
    expect(error).toMatchObject({ reason: 'invalid-samples', subject: { tensor: 'x' } });
    expect(error.message).toContain('sample 3');
  });

  it('keeps a value float that is not finite, and says where that was', async () => {
    const { path, samples } = withSamples(tempFolder(), {
      graph: graph({
        nodes: [
          node('Gemm', ['x', 'v'], ['h'], { name: 'first' }),
          node('Log', ['h'], ['l'], { name: 'log' }),
          node('Gemm', ['l', 'w'], ['m'], { name: 'second' }),
          node('Relu', ['m'], ['y'], { name: 'relu' }),
        ],
        initializers: [floatTensor('v', [4, 8], Float32Array.from({ length: 32 }, (_, index) => index / 16)), floatTensor('w', [8, 4], Float32Array.from({ length: 32 }, (_, index) => 1 - index / 16))],
        inputs: [valueInfo('x', 'float', ['batch', 4])],
        outputs: [valueInfo('y', 'float', ['batch', 4])],
      }),
    }, [2, 4], Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0));
    const { activations, notes } = await calibrateAll(path, samples, { calibration: { method: 'minmax' } });
    expect(activations!.layers.map(({ name }) => name)).toEqual(['first']);
    expect(activations!.float).toEqual([{ name: 'second', op: 'Gemm', why: 'what it reads is not finite in some sample' }]);
    expect(notes).toContainEqual(expect.stringMatching(/"l".*sample 2/));
  });

  it('keeps the layer float that costs most of the outputs, and says what it was worth', async () => {
    // The third layer reads a channel that is 2,000 times larger than the others and hardly matters: in 8 bits the others are gone.
    const layer = (index: number, weights: Float32Array) => ({ weights: floatTensor(`w${index}`, [16, 16], weights), node: node('MatMul', [index === 0 ? 'x' : `h${index - 1}`, `w${index}`], [`h${index}`], { name: `layer${index}` }) });
    const mix = (seed: number) => Float32Array.from({ length: 256 }, (_, index) => (index % 17 === 0 ? 1 : 0.2 * Math.sin(index * seed)));
    const scaled = (values: Float32Array, factor: (row: number, column: number) => number) => values.map((value, index) => value * factor(Math.floor(index / 16), index % 16));
    const layers = [
      layer(0, mix(1.3)),
      layer(1, scaled(mix(2.1), (_, column) => (column === 5 ? 2000 : 1))),
      layer(2, scaled(mix(3.7), (row) => (row === 5 ? 1 / 2000 : 1))),
      layer(3, mix(4.9)),
      layer(4, mix(5.3)),
    ];
    const { path, samples } = withSamples(tempFolder(), {
      graph: graph({ nodes: layers.map((own) => own.node), initializers: layers.map(({ weights }) => weights), inputs: [valueInfo('x', 'float', ['batch', 16])], outputs: [valueInfo('h4', 'float', ['batch', 16])] }),
    }, [16, 16], Float32Array.from({ length: 256 }, (_, index) => Math.sin(index * 1.1)));
    const { activations, layers: written } = await calibrateAll(path, samples);
    expect(activations!.float).toEqual([{ name: 'layer2', op: 'MatMul', why: expect.stringMatching(/costs \d+\.\d dB/) as string }]);
    expect(activations!.layers.map(({ name }) => name)).toEqual(['layer0', 'layer1', 'layer3', 'layer4']);
    expect(written.find(({ name }) => name === 'layer2')!.weights[0]).toMatchObject({ format: 'float', skipped: expect.stringContaining('costs too much') as string });
    const [first] = activations!.tried;
    expect(activations!.sqnrDb).toBeGreaterThan(first!.sqnrDb! + 10);
    expect(activations!.sqnrDb).toBe(activations!.tried.at(-1)!.sqnrDb);
    // A method that was named is not searched around.
    const { activations: named } = await calibrateAll(path, samples, { calibration: { method: 'minmax' } });
    expect(named!.float).toEqual([]);
  });

  it('says that ranges from random inputs are a guess', async () => {
    const { path } = withSamples(tempFolder(), smallNetwork());
    const { activations, notes } = await calibrateAll(path, null);
    expect(activations!.source).toBe('random');
    expect(notes.join(' ')).toContain('guess');
  });

  it('leaves nothing behind when it is cancelled', async () => {
    const { path, samples } = withSamples(tempFolder(), smallNetwork());
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('nibble-') && !name.startsWith('nibble-test'));
    const controller = new AbortController();
    const running = caught(() => calibrateAll(path, samples, {}, controller.signal));
    setTimeout(() => { controller.abort(); }, 100);
    expect(await running).toMatchObject({ reason: 'cancelled' });
    expect(existsSync(join(dirname(path), 'out.onnx'))).toBe(false);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('nibble-') && !name.startsWith('nibble-test')).filter((name) => !before.includes(name))).toEqual([]);
  });
});
