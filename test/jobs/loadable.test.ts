import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { onnx } from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { loadRuntime } from '../../src/runtime/loadRuntime';
import { caught } from '../support/caught';
import { buildModel, graph, graphAttribute, node, tensorAttribute, valueInfo } from '../support/onnxBuilder';
import type { FunctionParts, GraphParts } from '../support/onnxBuilder';
import { modelFile, quantizeAll } from '../support/quantizing';
import { weightTensor } from '../support/weightedModels';

const x = valueInfo('x', 'float', [1, 32]);
const y = valueInfo('y', 'float', [1, 32]);
const ifTrue = (body: onnx.IGraphProto): onnx.INodeProto[] => {
  const otherwise = graph({ nodes: [node('Relu', ['x'], ['other'])], outputs: [valueInfo('other', 'float', [1, 32])] });
  return [
    node('Constant', [], ['condition'], { attributes: { value: tensorAttribute({ dataType: 9, dims: [], rawData: Uint8Array.of(1) }) } }),
    node('If', ['condition'], ['y'], { name: 'if', attributes: { then_branch: graphAttribute(body), else_branch: graphAttribute(otherwise) } }),
  ];
};
const called = (parts: Partial<FunctionParts>): FunctionParts => ({ name: 'F', domain: 'own', inputs: ['a', 'b'], outputs: ['o'], nodes: [node('MatMul', ['a', 'b'], ['o'])], opsets: { '': 17 }, ...parts });

function model({ nodes = [], ...parts }: GraphParts, functions: readonly FunctionParts[] = []): Uint8Array {
  return buildModel({
    opsets: { '': 17, own: 1 },
    functions,
    graph: graph({ nodes: [...(functions.length > 0 ? [] : [node('MatMul', ['x', 'w'], ['h'], { name: 'layer' })]), ...nodes], initializers: [weightTensor('w', [32, 32])], inputs: [x], outputs: [y], ...parts }),
  });
}

async function refusal(path: string): Promise<string> {
  const { runtime } = await loadRuntime();
  return (await caught(() => runtime.load(path, { threads: 1, optimization: 'all', externalFiles: [] }))).reason;
}

describe('a model that no runtime loads is refused before anything is written', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an input that nothing makes', model({ nodes: [node('Add', ['h', 'nowhere'], ['y'], { name: 'add' })] }), /'add' \(Add\) reads 'nowhere', which nothing makes\. Export/],
    ['the same behind nothing that is needed', model({ nodes: [node('Relu', ['h'], ['y']), node('Add', ['h', 'nowhere'], ['idle'])] }), /reads 'nowhere'/],
    ['an output that nothing makes', model({ nodes: [node('Relu', ['h'], ['z'])] }), /The graph output 'y' is made by nothing/],
    ['a circle', model({ nodes: [node('Add', ['h', 'b'], ['a'], { name: 'add' }), node('Relu', ['a'], ['b'], { name: 'relu' }), node('Relu', ['b'], ['y'])] }), /'add' \(Add\) waits for 'b', which is made from its own output/],
    ['a name that two operators make', model({ nodes: [node('Relu', ['h'], ['y']), node('Tanh', ['h'], ['y'], { name: 'again' })] }), /'again' \(Tanh\) makes 'y', which is there already/],
    ['two inputs of one name', model({ nodes: [node('Relu', ['h'], ['y'])], inputs: [x, x] }), /two graph inputs called 'x'/],
    ['a branch that reads what nothing makes', model({ nodes: ifTrue(graph({ nodes: [node('Add', ['h', 'nowhere'], ['t'])], outputs: [valueInfo('t', 'float', [1, 32])] })) }), /reads 'nowhere'/],
    ['a function that does', model({ nodes: [node('F', ['x', 'w'], ['y'], { domain: 'own' })] }, [called({ nodes: [node('Add', ['a', 'gone'], ['o'])] })]), /reads 'gone'/],
    ['several', model({ nodes: [node('Add', ['none', 'nowhere'], ['z'])] }), /reads 'none', which nothing makes\. \(2 more of this kind\)/],
  ])('%s', async (_, bytes, message) => {
    const path = modelFile(bytes);
    expect(await refusal(path)).toBe('runtime');
    const error = await caught(() => quantizeAll(path, { bits: 8 }));
    expect(error.reason).toBe('malformed');
    expect(error.message).toMatch(message);
    expect(existsSync(join(dirname(path), 'out.onnx'))).toBe(false);
  });
});

describe('what onnxruntime puts up with is quantized, and said', () => {
  it.each<[string, Uint8Array, readonly string[]]>([
    ['operators in another order', model({ nodes: [node('Relu', ['a'], ['y'], { name: 'last' }), node('Tanh', ['h'], ['a'])] }), ["The node 'last' (Relu) reads 'a', which is made only after it."]],
    ['a function with a fault that nobody calls', model({ nodes: [node('MatMul', ['x', 'w'], ['y'])] }, [called({ name: 'G', nodes: [node('Add', ['a', 'gone'], ['o'])] })]), []],
  ])('%s', async (_, bytes, notes) => {
    const result = await quantizeAll(modelFile(bytes), { bits: 8 });
    expect(result.notes).toEqual(notes);
    expect(result.notRun).toBe('');
  });
});
