import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../src/errors';
import { loadRuntime } from '../../src/runtime/loadRuntime';
import { nativeRuntime } from '../../src/runtime/native';
import type { Runtime, SessionOptions } from '../../src/runtime/session';
import { wasmRuntime } from '../../src/runtime/wasm';
import { caught } from '../support/caught';
import { buildModel, externalTensor, floatTensor, graph, int64Tensor, node, rawTensor, valueInfo } from '../support/onnxBuilder';
import { tempFolder } from '../support/tempFolder';

const OPTIONS: SessionOptions = { threads: 1, optimization: 'all', externalFiles: [] };

function file(bytes: Uint8Array, name = 'model.onnx', folder = tempFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe.each([
  ['native', nativeRuntime],
  ['wasm', wasmRuntime],
] as const)('the %s runtime', (_, load) => {
  it('runs a model and tells its inputs and outputs', async () => {
    const path = file(buildModel({
      graph: graph({
        nodes: [node('Add', ['x', 'one'], ['y']), node('Add', ['n', 'two'], ['m'])],
        initializers: [floatTensor('one', [], [1]), int64Tensor('two', [1], [2])],
        inputs: [valueInfo('x', 'float', ['batch', 2]), valueInfo('n', 'int64', [1])],
        outputs: [valueInfo('y', 'float', null), valueInfo('m', 'int64', null)],
      }),
    }));
    const session = await (await load()).load(path, OPTIONS);
    expect(session.inputs).toEqual([{ name: 'x', dataType: 'float' }, { name: 'n', dataType: 'int64' }]);
    expect(session.outputs.map(({ name }) => name)).toEqual(['y', 'm']);
    const outputs = await session.run(new Map([
      ['x', { dataType: 'float', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ['n', { dataType: 'int64', dims: [1], data: BigInt64Array.of(2n ** 60n) }],
    ]));
    expect(outputs.get('y')).toEqual({ dataType: 'float', dims: [2, 2], data: Float32Array.of(2, 3, 4, 5) });
    expect(outputs.get('m')?.data).toEqual(BigInt64Array.of(2n ** 60n + 2n));
    await session.release();
  });

  it('passes float16 as its codes', async () => {
    const path = file(buildModel({ graph: graph({
      nodes: [node('Neg', ['x'], ['y'])],
      inputs: [valueInfo('x', 'float16', [2])],
      outputs: [valueInfo('y', 'float16', [2])],
    }) }));
    const session = await (await load()).load(path, OPTIONS);
    const outputs = await session.run(new Map([['x', { dataType: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0x0001) }]]));
    expect(outputs.get('y')).toEqual({ dataType: 'float16', dims: [2], data: Uint16Array.of(0xbc00, 0x8001) });
    await session.release();
  });

  it('leaves out outputs that are not tensors', async () => {
    const sequence = { name: 's', type: { sequenceType: { elemType: { tensorType: { elemType: 1 } } } } };
    const path = file(buildModel({ graph: graph({
      nodes: [node('SequenceConstruct', ['x'], ['s']), node('Neg', ['x'], ['y'])],
      inputs: [valueInfo('x', 'float', [1])],
      outputs: [sequence, valueInfo('y', 'float', [1])],
    }) }));
    const session = await (await load()).load(path, OPTIONS);
    expect(session.outputs[0]).toEqual({ name: 's', dataType: null });
    const outputs = await session.run(new Map([['x', { dataType: 'float', dims: [1], data: Float32Array.of(2) }]]));
    expect([...outputs.keys()]).toEqual(['y']);
    await session.release();
  });

  it('finds external data', async () => {
    const folder = tempFolder();
    const data = file(new Uint8Array(Float32Array.of(10, 20).buffer), 'w.bin', folder);
    const path = file(buildModel({ graph: graph({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [externalTensor('w', 'float', [2], { location: 'w.bin', offset: 0, length: 8 })],
      inputs: [valueInfo('x', 'float', [2])],
      outputs: [valueInfo('y', 'float', [2])],
    }) }), 'model.onnx', folder);
    const session = await (await load()).load(path, { ...OPTIONS, externalFiles: [{ location: 'w.bin', path: data }] });
    const outputs = await session.run(new Map([['x', { dataType: 'float', dims: [2], data: Float32Array.of(1, 2) }]]));
    expect(outputs.get('y')?.data).toEqual(Float32Array.of(11, 22));
    await session.release();
  });

  it('gives a reason in one line when a model is refused or a run fails', async () => {
    const runtime = await load();
    const path = file(buildModel({ graph: graph({
      nodes: [node('NoSuchOperator', ['x'], ['y'])],
      inputs: [valueInfo('x', 'float', [1])],
      outputs: [valueInfo('y', 'float', [1])],
    }) }));
    const refused = await caught(() => runtime.load(path, OPTIONS));
    expect(refused).toMatchObject({ reason: 'runtime', subject: { file: path } });
    expect(refused.message).toContain('NoSuchOperator');
    expect(refused.message).not.toContain('\n');

    const half = file(buildModel({ graph: graph({
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [rawTensor('w', 'float', [3], new Uint8Array(12))],
      inputs: [valueInfo('x', 'float', ['n'])],
      outputs: [valueInfo('y', 'float', null)],
    }) }));
    const session = await runtime.load(half, OPTIONS);
    const failed = await caught(() => session.run(new Map([['x', { dataType: 'float', dims: [2], data: new Float32Array(2) }]])));
    expect(failed).toMatchObject({ reason: 'runtime', subject: { file: half } });
    await session.release();
  });
});

describe('loadRuntime', () => {
  const runtime = (kind: Runtime['kind']): (() => Promise<Runtime>) => () => Promise.resolve({ kind, load: () => Promise.reject(new Error('not needed')) });
  const broken = (): Promise<Runtime> => Promise.reject(new Error('no binary'));

  it('prefers the native library and says nothing about it', async () => {
    expect(await loadRuntime({ native: runtime('native'), wasm: broken })).toMatchObject({ runtime: { kind: 'native' }, note: '' });
  });

  it('falls back to WebAssembly with one clear note', async () => {
    const { runtime: loaded, note } = await loadRuntime({ native: broken, wasm: runtime('wasm') });
    expect(loaded.kind).toBe('wasm');
    expect(note).toContain('WebAssembly');
  });

  it('says so when neither loads', async () => {
    const error = await caught(() => loadRuntime({ native: broken, wasm: broken }));
    expect(error).toBeInstanceOf(NibbleError);
    expect(error.reason).toBe('runtime');
  });
});
