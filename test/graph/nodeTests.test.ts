import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyzeModel } from '../../src/graph/analysis';
import type { ShapeDim } from '../../src/graph/layer';
import { readModel } from '../../src/onnx/readModel';
import { loadBytes } from '../../src/onnx/tensorData';
import { memorySiblings, memorySource } from '../support/memorySource';

interface Outcome {
  readonly name: string;
  /** Null when every output's type and shape are as they really are. */
  readonly exception: { readonly kind: 'wrong' | 'unknown'; readonly reason: string } | null;
}

// Written by test/tools/node_tests.py: every test of the onnx package, with what its outputs really are.
const records = gunzipSync(readFileSync(new URL('../vectors/nodeTests.bin.gz', import.meta.url)));

/** How many of them are right. It only ever grows. */
const held = JSON.parse(readFileSync(new URL('../vectors/nodeTests.json', import.meta.url), 'utf8')) as { readonly right: number; readonly of: number };

function* models(): Generator<Uint8Array> {
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
  const { analysis } = analyzeModel(model, { readBytes: (tensor) => (tensor.storage.kind === 'external' ? null : loadBytes(tensor, { source, siblings })) });
  const name = model.metadata.get('name') ?? '';
  const expected = JSON.parse(model.metadata.get('expected') ?? '[]') as readonly (readonly [string, readonly number[]])[];
  const reason = (): string => analysis.layers.find(({ unresolved, untaken }) => unresolved !== null && untaken !== true)?.unresolved?.reason ?? `its outputs are ${JSON.stringify(analysis.model.outputs.map(({ shape }) => shape))}`;
  for (const [index, [type, dims]] of expected.entries()) {
    const { dataType, shape } = analysis.model.outputs[index]!;
    if (contradicts(shape, dims) || (dataType !== 'undefined' && dataType !== type)) {
      return { name, exception: { kind: 'wrong', reason: `output ${String(index)} is ${type} ${JSON.stringify(dims)}, not ${dataType} ${JSON.stringify(shape)}` } };
    }
    if (dataType === 'undefined' || shape === null || shape.some((dim) => typeof dim !== 'number')) return { name, exception: { kind: 'unknown', reason: reason() } };
  }
  return { name, exception: null };
}

function contradicts(shape: readonly ShapeDim[] | null, dims: readonly number[]): boolean {
  return shape !== null && (shape.length !== dims.length || shape.some((dim, axis) => typeof dim === 'number' && dim !== dims[axis]));
}

describe('shapes and types of every test in the onnx package', () => {
  const outcomes = [...models()].map(infer);
  const exceptions = outcomes.filter(({ exception }) => exception !== null);

  it('are right in as many as before, and wrong in none', () => {
    const right = outcomes.length - exceptions.length;
    console.log(`${String(right)} of ${String(outcomes.length)} tests of the onnx package`);
    for (const { name, exception } of exceptions) console.log(`  ${name}: ${exception?.kind ?? ''}: ${exception?.reason ?? ''}`);
    expect(exceptions.filter(({ exception }) => exception?.kind === 'wrong')).toEqual([]);
    // When more are right, write the new number into test/vectors/nodeTests.json.
    expect({ right, of: outcomes.length }).toEqual(held);
  });
});
