import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModel, externalTensor, floatTensor, graph, node, valueInfo } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';
import { unraisable } from '../support/unraisable';

/** Numbers between −1 and 1 that are the same in every run. */
function noise(count: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  });
}

/** A folder with `mlp.onnx`: x [batch, 64] → /enc/fc1/MatMul → /enc/Relu → /head/fc2/MatMul → y. `fixed`: its operator set cannot be raised. */
export function mlpFolder(opset = 21, fixed = false): string {
  const folder = tempFolder();
  const old = fixed ? unraisable(opset) : { nodes: [], initializers: [] };
  const model = buildModel({
    opsets: { '': opset },
    graph: graph({
      nodes: [
        node('MatMul', ['x', 'enc.w'], ['h'], { name: '/enc/fc1/MatMul' }),
        node('Relu', ['h'], ['r'], { name: '/enc/Relu' }),
        node('MatMul', ['r', 'head.w'], ['y'], { name: '/head/fc2/MatMul' }),
        ...old.nodes,
      ],
      initializers: [floatTensor('enc.w', [64, 96], noise(64 * 96)), floatTensor('head.w', [96, 32], noise(96 * 32)), ...old.initializers],
      inputs: [valueInfo('x', 'float', ['batch', 64])],
      outputs: [valueInfo('y', 'float', ['batch', 32])],
    }),
  });
  writeFileSync(join(folder, 'mlp.onnx'), model);
  return folder;
}

/** A folder with `sequence.onnx`: a MatMul over [1, length, 64]. */
export function sequenceFolder(): string {
  const folder = tempFolder();
  const model = buildModel({
    graph: graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'], { name: '/proj/MatMul' })],
      initializers: [floatTensor('w', [64, 64], noise(4096))],
      inputs: [valueInfo('x', 'float', [1, 'length', 64])],
      outputs: [valueInfo('y', 'float', [1, 'length', 64])],
    }),
  });
  writeFileSync(join(folder, 'sequence.onnx'), model);
  return folder;
}

/** A folder with `large.onnx`, whose single weight is `bytes` zeros in a sparse data file. */
export function largeFolder(bytes: number): string {
  const folder = tempFolder();
  const columns = bytes / 4 / 1024;
  const model = buildModel({
    graph: graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'], { name: 'big' })],
      initializers: [externalTensor('w', 'float', [1024, columns], { location: 'w.data', offset: 0, length: bytes })],
      inputs: [valueInfo('x', 'float', [1, 1024])],
      outputs: [valueInfo('y', 'float', [1, columns])],
    }),
  });
  writeFileSync(join(folder, 'large.onnx'), model);
  writeFileSync(join(folder, 'w.data'), '');
  truncateSync(join(folder, 'w.data'), bytes);
  return folder;
}

/** A folder with `hostile.onnx`, whose names try to drive the terminal. */
export function hostileFolder(): string {
  const folder = tempFolder();
  const model = buildModel({
    graph: graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'], { name: '\u001b[2J\u001b]0;owned\u0007<b>|`a`\r\nTotal,"0"' })],
      initializers: [floatTensor('w', [32, 32], noise(1024))],
      inputs: [valueInfo('x', 'float', [1, 32])],
      outputs: [valueInfo('y', 'float', [1, 32])],
    }),
  });
  writeFileSync(join(folder, 'hostile.onnx'), model);
  return folder;
}

/** A folder with `chain.onnx`: many layers, so that the table does not fit into a pipe. */
export function chainFolder(layers: number): string {
  const folder = tempFolder();
  const model = buildModel({
    graph: graph({
      nodes: Array.from({ length: layers }, (_, index) => node('Relu', [`v${index}`], [`v${index + 1}`], { name: `/a/rather/long/scope/relu${index}` })),
      inputs: [valueInfo('v0', 'float', [1, 8])],
      outputs: [valueInfo(`v${layers}`, 'float', [1, 8])],
    }),
  });
  writeFileSync(join(folder, 'chain.onnx'), model);
  return folder;
}

/** A folder with `blocks.onnx`: `count` equal residual blocks between two other operators. */
export function blocksFolder(count: number): string {
  const folder = tempFolder();
  const block = (index: number) => [
    node('MatMul', [`b${index}`, `${index}.w1`], [`${index}.h`], { name: `/layer.${index}/fc1/MatMul` }),
    node('Relu', [`${index}.h`], [`${index}.r`], { name: `/layer.${index}/Relu` }),
    node('MatMul', [`${index}.r`, `${index}.w2`], [`${index}.o`], { name: `/layer.${index}/fc2/MatMul` }),
    node('Add', [`b${index}`, `${index}.o`], [`b${index + 1}`], { name: `/layer.${index}/Add` }),
  ];
  const indices = Array.from({ length: count }, (_, index) => index);
  const model = buildModel({
    graph: graph({
      nodes: [node('Tanh', ['x'], ['b0'], { name: '/stem/Tanh' }), ...indices.flatMap(block), node('Softmax', [`b${count}`], ['y'], { name: '/head/Softmax' })],
      initializers: indices.flatMap((index) => [floatTensor(`${index}.w1`, [64, 64], noise(4096)), floatTensor(`${index}.w2`, [64, 64], noise(4096))]),
      inputs: [valueInfo('x', 'float', [1, 64])],
      outputs: [valueInfo('y', 'float', [1, 64])],
    }),
  });
  writeFileSync(join(folder, 'blocks.onnx'), model);
  return folder;
}

/** A folder with `tied.onnx`, two layers with one weight, `unsorted.onnx`, whose operators are out of order, and `dangling.onnx`, where one reads what nothing makes. */
export function oddFolder(): string {
  const folder = tempFolder();
  const write = (name: string, nodes: readonly ReturnType<typeof node>[]): void => {
    const parts = { nodes, initializers: [floatTensor('w', [64, 64], noise(4096))], inputs: [valueInfo('x', 'float', ['batch', 64])], outputs: [valueInfo('y', 'float', ['batch', 64])] };
    writeFileSync(join(folder, name), buildModel({ opsets: { '': 21 }, graph: graph(parts) }));
  };
  write('tied.onnx', [node('MatMul', ['x', 'w'], ['h'], { name: '/a/MatMul' }), node('MatMul', ['h', 'w'], ['y'], { name: '/b/MatMul' })]);
  write('unsorted.onnx', [node('Relu', ['h'], ['y'], { name: 'first' }), node('MatMul', ['x', 'w'], ['h'], { name: 'second' })]);
  write('dangling.onnx', [node('MatMul', ['x', 'w'], ['h'], { name: 'first' }), node('Add', ['h', 'nowhere'], ['y'], { name: 'second' })]);
  return folder;
}
