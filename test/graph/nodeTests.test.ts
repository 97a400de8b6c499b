import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../src/graph/analysis';
import { STRICT_COUNTER } from '../../src/graph/cost/counter';
import { inputValue } from '../../src/graph/declared';
import type { Dim } from '../../src/graph/dim';
import { Interpreter } from '../../src/graph/interpreter';
import { layOut } from '../../src/graph/program';
import type { Value } from '../../src/graph/value';
import type { Model, Tensor } from '../../src/onnx/model';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../support/memorySource';

/** What an output really is: type, shape and, where they follow from constants and are few, its elements. */
type Expected = readonly [type: string, dims: readonly number[], elements?: readonly number[]];

interface Outcome {
  readonly name: string;
  /** Null when every output's type and shape are as they really are. */
  readonly exception: { readonly kind: 'wrong' | 'unknown'; readonly reason: string } | null;
  /** Outputs whose elements were worked out. */
  readonly computed: number;
}

function vectors(name: string): Buffer {
  return readFileSync(new URL(`../vectors/${name}`, import.meta.url));
}

/** How many tests of the onnx package are right, and of how many outputs the elements are worked out. They only ever grow. */
const held = JSON.parse(vectors('nodeTests.json').toString()) as { readonly right: number; readonly of: number; readonly computed: number };

/** Models one after the other, each behind its length. */
function* modelsOf(name: string): Generator<Uint8Array> {
  const records = gunzipSync(vectors(name));
  for (let at = 0; at < records.byteLength; ) {
    const length = records.readUInt32LE(at);
    yield records.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
}

function infer(bytes: Uint8Array): Outcome {
  const source = memorySource(bytes);
  const siblings = memorySiblings();
  const model = readModel(source);
  const readBytes = (tensor: Tensor): Uint8Array | null => (tensor.storage.kind === 'external' ? null : loadBytes(tensor, { source, siblings }));
  const name = model.metadata.get('name') ?? '';
  const values = outputsOf(model, readBytes);
  const expected = JSON.parse(model.metadata.get('expected') ?? '[]') as readonly Expected[];
  let computed = 0;
  for (const [index, [type, dims, elements]] of expected.entries()) {
    const { dataType, shape, elements: own } = values[index]!;
    if (contradicts(shape, dims) || (dataType !== 'undefined' && dataType !== type)) {
      return { name, exception: { kind: 'wrong', reason: `output ${String(index)} is ${type} ${JSON.stringify(dims)}, not ${dataType} ${JSON.stringify(shape)}` }, computed };
    }
    if (dataType === 'undefined' || shape === null || shape.some((dim) => typeof dim !== 'number')) return { name, exception: { kind: 'unknown', reason: reasonOf(model, readBytes) }, computed };
    if (own === null) continue;
    if (elements === undefined || own.every((element, at) => isSame(element, elements[at]!))) computed += 1;
    else return { name, exception: { kind: 'wrong', reason: `output ${String(index)} holds ${JSON.stringify(elements)}, not ${JSON.stringify(own)}` }, computed };
  }
  return { name, exception: null, computed };
}

function outputsOf(model: Model, readBytes: (tensor: Tensor) => Uint8Array | null): readonly Value[] {
  const program = layOut(model);
  const fed = new Map(model.graph.inputs.map(({ name, type }) => [name, inputValue(name, type, {})]));
  return new Interpreter({}, new Set(), readBytes, STRICT_COUNTER).run(program, null, program.inputs.map((name) => fed.get(name)));
}

function contradicts(shape: readonly Dim[] | null, dims: readonly number[]): boolean {
  return shape !== null && (shape.length !== dims.length || shape.some((dim, axis) => typeof dim === 'number' && dim !== dims[axis]));
}

/** Floats are computed with in float32 by some runtimes, and in double precision by others. */
function isSame(element: Dim, wanted: number): boolean {
  return typeof element !== 'number' || element === wanted || Math.abs(element - wanted) <= 1e-5 * Math.abs(wanted);
}

function reasonOf(model: Model, readBytes: (tensor: Tensor) => Uint8Array | null): string {
  const { layers, model: { outputs } } = analyzeModel(model, { readBytes }).analysis;
  return layers.find(({ unresolved, untaken }) => unresolved !== null && untaken !== true)?.unresolved?.reason ?? `its outputs are ${JSON.stringify(outputs.map(({ shape }) => shape))}`;
}

describe('shapes, types and small integers of every test in the onnx package', () => {
  // Written by test/tools/node_tests.py: every test of the onnx package, with what its outputs really are.
  const outcomes = [...modelsOf('nodeTests.bin.gz')].map(infer);
  const exceptions = outcomes.filter(({ exception }) => exception !== null);

  it('are right in as many as before, and wrong in none', () => {
    const right = outcomes.length - exceptions.length;
    const computed = outcomes.reduce((sum, outcome) => sum + outcome.computed, 0);
    console.log(`${String(right)} of ${String(outcomes.length)} tests of the onnx package; the elements of ${String(computed)} outputs`);
    for (const { name, exception } of exceptions) console.log(`  ${name}: ${exception?.kind ?? ''}: ${exception?.reason ?? ''}`);
    expect(exceptions.filter(({ exception }) => exception?.kind === 'wrong')).toEqual([]);
    // When more are right, write the new number into test/vectors/nodeTests.json.
    expect({ right, of: outcomes.length, computed }).toEqual(held);
  });
});

describe('shapes and types of operators of com.microsoft', () => {
  // Written by test/tools/contrib_tests.py with onnxruntime.
  it.each([...modelsOf('contribTests.bin.gz')].map(infer).map(({ name, exception }) => ({ name, exception })))('$name', ({ exception }) => {
    expect(exception).toBeNull();
  });
});
