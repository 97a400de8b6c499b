import type { onnx } from 'onnx-proto';
import { expect, test } from 'vitest';
import { checkStructure, MAX_FINDINGS } from '../../src/onnx/checkStructure';
import type { StructureFinding } from '../../src/onnx/checkStructure';
import { readModel } from '../../src/onnx/readModel';
import { buildModel, floatTensor, graph, graphAttribute, node, valueInfo } from '../support/onnxBuilder';
import type { FunctionParts, GraphParts } from '../support/onnxBuilder';
import { memorySource } from '../support/memorySource';

const x = valueInfo('x', 'float', [1]);
const y = valueInfo('y', 'float', [1]);

function check(parts: GraphParts, functions: readonly FunctionParts[] = []): readonly StructureFinding[] {
  return checkStructure(readModel(memorySource(buildModel({ graph: graph({ inputs: [x], ...parts }), functions }))));
}

const kinds = (findings: readonly StructureFinding[]): string[] => findings.map(({ kind, value }) => `${kind} ${value}`);
const chain = (...names: string[]): onnx.INodeProto[] => names.slice(1).map((name, index) => node('Relu', [names[index]!], [name]));

test('a sound model has no findings', () => {
  const branch = graph({ nodes: [node('Add', ['x', 'local'], ['inner'])], initializers: [floatTensor('local', [1], [1])], outputs: [valueInfo('inner', 'float', [1])] });
  expect(
    check({
      nodes: [node('Add', ['x', 'w'], ['a']), node('If', ['a', ''], ['y'], { attributes: { then_branch: graphAttribute(branch) } })],
      initializers: [floatTensor('w', [1], [1])],
      // Old models list initializers as inputs too.
      inputs: [x, valueInfo('w', 'float', [1])],
      outputs: [y],
    }),
  ).toEqual([]);
});

test('dangling edges, in graphs, branches, functions and outputs', () => {
  const branch = graph({ nodes: [node('Relu', ['nowhere'], ['i'])], outputs: [valueInfo('lost', 'float', null)] });
  const findings = check(
    { nodes: [node('Add', ['x', 'missing'], ['a'], { name: 'sum' }), node('If', ['a'], ['b'], { attributes: { then_branch: graphAttribute(branch) } })], outputs: [y] },
    [{ name: 'F', domain: 'd', inputs: ['p'], outputs: ['q'], nodes: [node('Relu', ['absent'], ['r'])] }],
  );
  expect(kinds(findings)).toEqual(['dangling missing', 'dangling nowhere', 'dangling lost', 'dangling y', 'dangling absent', 'dangling q']);
  expect(findings[0]!.message).toBe("The node 'sum' (Add) reads 'missing', which nothing makes.");
});

test('names made twice', () => {
  expect(kinds(check({ nodes: [...chain('x', 'a'), ...chain('x', 'a')] }))).toEqual(['duplicate a']);
  expect(kinds(check({ nodes: [node('Relu', ['x'], ['w'])], initializers: [floatTensor('w', [1], [1])] }))).toEqual(['duplicate w']);
  expect(kinds(check({ initializers: [floatTensor('w', [1], [1]), floatTensor('w', [1], [2])] }))).toEqual(['ambiguous w']);
  expect(kinds(check({ inputs: [x, x] }))).toEqual(['duplicate x']);
});

test('a wrong order is told from a circle', () => {
  expect(kinds(check({ nodes: chain('x', 'a', 'b', 'c').reverse() }))).toEqual(['order b', 'order a']);
  // b and c wait for each other; d only reads from the circle and a only feeds it.
  const findings = check({ nodes: [node('Relu', ['x'], ['a']), node('Add', ['a', 'c'], ['b']), node('Relu', ['b'], ['c']), node('Relu', ['c'], ['d'])] });
  expect(kinds(findings)).toEqual(['cycle c']);
  expect(kinds(check({ nodes: [node('Relu', ['self'], ['self'])] }))).toEqual(['cycle self']);
});

test('an operator set that is not imported', () => {
  expect(check({ nodes: [node('Attention', ['x'], ['a'], { domain: 'com.microsoft' })] })[0]).toMatchObject({ kind: 'opset', message: expect.stringContaining("'com.microsoft'") as string });
});

test('a circle through 20,000 nodes and findings without end take no time', () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `v${index}`);
  const ring = [...chain(...names), node('Relu', [names.at(-1)!], [names[0]!])];
  const started = performance.now();
  expect(kinds(check({ nodes: ring }))).toEqual(['cycle v0']);
  expect(check({ nodes: names.map((name) => node('Relu', [`missing ${name}`], [name])) })).toHaveLength(MAX_FINDINGS);
  expect(performance.now() - started).toBeLessThan(5000);
});

test('many findings of one kind do not hide those of another', () => {
  const names = Array.from({ length: MAX_FINDINGS + 50 }, (_, index) => `v${index}`);
  const findings = kinds(check({ inputs: [x], nodes: [...chain('x', ...names).reverse(), node('Relu', ['self'], ['self'])] }));
  expect(findings.slice(0, MAX_FINDINGS).every((finding) => finding.startsWith('order'))).toBe(true);
  expect(findings.slice(MAX_FINDINGS)).toEqual(['cycle self']);
});
