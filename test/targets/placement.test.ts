import type { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { Flow } from '../../src/graph/flow';
import { readModel } from '../../src/onnx/readModel';
import { onnxruntimeCpu } from '../../src/targets/onnxruntimeCpu';
import { qnn } from '../../src/targets/qnn';
import { tensorrt } from '../../src/targets/tensorrt';
import { placeActivations } from '../../src/targets/placement';
import type { Placement, PlacementChoice } from '../../src/targets/placement';
import { memorySource } from '../support/memorySource';
import { buildModel, graph, graphAttribute, int, node, valueInfo } from '../support/onnxBuilder';

const LAYERS = new Set(['Conv', 'MatMul', 'Gemm']);

/** Places the activations of a graph; second inputs of layers count as weights when they are called w. */
function place(nodes: readonly onnx.INodeProto[], outputs: readonly string[], choice: Partial<PlacementChoice> = {}): Placement {
  const bytes = buildModel({ graph: graph({ nodes, inputs: [valueInfo('x', 'float', [1, 4, 8, 8]), valueInfo('w', 'float', [4, 4, 1, 1])], outputs: outputs.map((name) => valueInfo(name, 'float', null)) }) });
  const { graph: read } = readModel(memorySource(bytes));
  const layers = read.nodes.filter(({ op }) => LAYERS.has(op)).map((own) => ({ node: own, activations: own.inputs.flatMap((name, input) => (name === 'w' ? [] : [input])) }));
  return placeActivations(new Flow(read), layers, { rules: onnxruntimeCpu.activations.placement, additions: false, float: new Set(), ...choice });
}

/** `name` where everybody gets the quantized value, `name>` where only layers do. */
function values({ values: found }: Placement): readonly string[] {
  return found.map(({ name, readers }) => (readers === 'all' ? name : `${name}>`)).sort();
}

const conv = (input: string, output: string): onnx.INodeProto => node('Conv', [input, 'w'], [output], { name: output });

describe('values that other runtimes want quantized', () => {
  const rules = tensorrt.activations.placement;

  it('leaves outputs of layers float, and quantizes what the next ones read', () => {
    const placement = place([conv('x', 'a'), node('Relu', ['a'], ['r']), conv('r', 'b')], ['b'], { rules });
    expect(placement.values.map(({ name }) => name)).toEqual(['x', 'r']);
    expect(placement.layers.map(({ output }) => output)).toEqual([null, null]);
  });

  it('quantizes the shortcut of a residual sum, not the branch', () => {
    const nodes = [conv('x', 'a'), node('Relu', ['a'], ['r']), conv('r', 'b'), node('Relu', ['b'], ['s']), conv('s', 'c'), node('Add', ['c', 'r'], ['y'])];
    const { values } = place(nodes, ['y'], { rules });
    expect(values.find(({ name }) => name === 'r')!.readers).toMatchObject([{ node: { op: 'Conv' } }, { node: { op: 'Add' }, input: 1 }]);
    expect(values.map(({ name }) => name)).toEqual(['x', 'r', 's']);
    expect(place([...nodes.slice(0, -1), node('Add', ['c', 'r'], ['y'])], ['y'], { rules, float: new Set(['r']) }).values.map(({ name }) => name)).toEqual(['x', 's']);
  });

  it('takes the shorter of two branches that end in convolutions for the shortcut', () => {
    const long = [node('Relu', ['x'], ['r']), conv('r', 'a'), node('Relu', ['a'], ['s']), conv('s', 'b')];
    for (const sum of [['b', 'short'], ['short', 'b']]) {
      const { values } = place([...long, conv('r', 'short'), node('Add', sum, ['y'])], ['y'], { rules });
      expect(values.map(({ name }) => name)).toEqual(['r', 's', 'short']);
    }
  });

  it('quantizes no constant summand and no sum without a convolution', () => {
    const { values } = place([conv('x', 'a'), node('Relu', ['a'], ['r']), node('Neg', ['r'], ['n']), node('Add', ['r', 'n'], ['y'])], ['y'], { rules });
    expect(values.map(({ name }) => name)).toEqual(['x']);
  });

  it('gives what a quantized Concat joins the scale of the whole', () => {
    const nodes = [node('Relu', ['x'], ['r']), conv('r', 'a'), node('Relu', ['a'], ['s']), conv('s', 'b'), node('Concat', ['r', 's'], ['inner']), node('Concat', ['inner', 'b'], ['all']), conv('all', 'y'), conv('inner', 'z')];
    const { values } = place(nodes, ['y', 'z'], { rules });
    expect(Object.fromEntries(values.map(({ name, sameAs }) => [name, sameAs]))).toEqual({ all: null, inner: 'all', r: 'all', s: 'all' });
    expect(values[0]!.name).toBe('all');
    const apart = place(nodes, ['y', 'z'], { rules: { ...rules, jointConcat: false } });
    expect(apart.values.every(({ sameAs }) => sameAs === null)).toBe(true);
  });

  it('quantizes outputs of all layers where they compute on codes with them only', () => {
    const nodes = [node('MatMul', ['x', 'w'], ['m']), node('Neg', ['m'], ['y'])];
    expect(place(nodes, ['y'], { rules: qnn.activations.placement }).layers[0]!.output).toBe('m');
    expect(place(nodes, ['y']).layers[0]!.output).toBeNull();
  });

  it('leaves layers float as a whole where their outputs must not be quantized', () => {
    const nodes = [conv('x', 'c'), node('Log', ['c'], ['l']), conv('l', 'y')];
    const { layers, values, refused } = place(nodes, ['y'], { rules: qnn.activations.placement });
    expect(layers.map(({ output }) => output)).toEqual(['y']);
    expect(values.map(({ name }) => name)).toEqual(['y', 'l']);
    expect([...refused].map(([{ outputs }, why]) => [outputs[0], why])).toEqual([['c', expect.stringContaining('logarithm')]]);
  });
});

describe('placeActivations', () => {
  it('quantizes what a convolution reads and gives out, behind its Relu', () => {
    const placement = place([conv('x', 'c'), node('Relu', ['c'], ['r']), conv('r', 'y')], ['y']);
    expect(values(placement)).toEqual(['r', 'x>', 'y']);
    expect(placement.layers.map(({ inputs, output }) => [inputs, output])).toEqual([[['x'], 'r'], [['r'], 'y']]);
  });

  it('leaves a Relu outside whose input something else needs', () => {
    expect(values(place([conv('x', 'c'), node('Relu', ['c'], ['r']), conv('r', 'y')], ['y', 'c']))).toEqual(['c', 'r>', 'x>', 'y']);
    const body = graph({ nodes: [node('Neg', ['c'], ['n'])], outputs: [valueInfo('n', 'float', null)] });
    const captured = [conv('x', 'c'), node('Relu', ['c'], ['r']), conv('r', 'y'), node('If', ['cond'], ['z'], { attributes: { then_branch: graphAttribute(body), else_branch: graphAttribute(body) } })];
    expect(values(place(captured, ['y', 'z']))).toEqual(['c', 'r>', 'x>', 'y']);
  });

  it('leaves elementwise arithmetic between layers float, and quantizes what comes of it for layers only', () => {
    const nodes = [conv('x', 'c'), node('Sigmoid', ['c'], ['s']), node('Mul', ['c', 's'], ['m']), conv('m', 'y'), node('Neg', ['m'], ['n'])];
    expect(values(place(nodes, ['y', 'n']))).toEqual(['c', 'm>', 'x>', 'y']);
  });

  it('lets movers of quantized values keep their scale, and gives Concat one of its own', () => {
    const placement = place([conv('x', 'c'), node('MaxPool', ['c'], ['p']), conv('x', 'd'), node('Concat', ['p', 'd'], ['k'], { attributes: { axis: int(1) } }), conv('k', 'y')], ['y']);
    expect(values(placement)).toEqual(['c', 'd', 'k', 'p', 'x>', 'y']);
    const sameAs = Object.fromEntries(placement.values.map((value) => [value.name, value.sameAs]));
    expect(sameAs).toMatchObject({ p: 'c', k: null, d: null });
  });

  it('quantizes nothing between a layer and a logarithm', () => {
    const nodes = [conv('x', 'c'), node('Mul', ['c', 'c'], ['p']), node('Log', ['p'], ['l']), conv('l', 'y')];
    const placement = place(nodes, ['y']);
    expect(values(placement)).toEqual(['l>', 'x>', 'y']);
    expect(placement.layers[0]!.outputFloat).toContain('logarithm');
    // Another layer on the way stops it.
    expect(values(place([conv('x', 'c'), conv('c', 'd'), node('Log', ['d'], ['y'])], ['y']))).toEqual(['c', 'x>']);
  });

  it('leaves products of matrices float, whose kernels read codes and give out floats', () => {
    const nodes = [node('MatMul', ['x', 'w'], ['m']), node('Softmax', ['m'], ['s']), node('MatMul', ['s', 'x'], ['y'])];
    const placement = place(nodes, ['y']);
    expect(values(placement)).toEqual(['s>', 'x>']);
    expect(placement.values.find(({ name }) => name === 's')!.fixed).toEqual({ low: 0, high: 1 });
    expect(placement.values.find(({ name }) => name === 'x')!.readers).toHaveLength(2);
  });

  it('quantizes sums of two quantized values when asked for', () => {
    const nodes = [conv('x', 'c'), conv('c', 'd'), node('Add', ['c', 'd'], ['a']), node('Relu', ['a'], ['r']), conv('r', 'y')];
    expect(values(place(nodes, ['y']))).toEqual(['c', 'd', 'r>', 'x>', 'y']);
    expect(values(place(nodes, ['y'], { additions: true }))).toEqual(['c', 'd', 'r', 'x>', 'y']);
    const mixed = [conv('x', 'c'), node('Add', ['c', 'x'], ['a']), conv('a', 'y')];
    expect(values(place(mixed, ['y'], { additions: true }))).toEqual(['a>', 'c', 'x>', 'y']);
  });

  it('leaves out layers that would read a value which must stay float', () => {
    const placement = place([conv('x', 'c'), conv('c', 'y')], ['y'], { float: new Set(['x']) });
    expect(values(placement)).toEqual(['c>', 'y']);
    expect(placement.layers).toHaveLength(1);
    const outputs = place([conv('x', 'c'), node('Neg', ['c'], ['y'])], ['y'], { float: new Set(['c']) });
    expect(values(outputs)).toEqual(['x>']);
    expect(outputs.layers[0]).toMatchObject({ output: null, outputFloat: expect.stringContaining('error') as string });
  });
});
