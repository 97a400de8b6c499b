import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SingleOperator } from './operands';
import { analyzeOperator } from './operands';

interface Vector extends SingleOperator {
  readonly outputs: readonly { readonly type: string; readonly shape: readonly number[] }[];
}

// Written by test/vectors/shapes.py with onnx's reference evaluator.
const vectors = JSON.parse(readFileSync(new URL('../vectors/shapes.json', import.meta.url), 'utf8')) as readonly Vector[];

describe('shapes and types of single operators', () => {
  it.each(vectors.map((vector): [string, Vector] => [`${vector.op} ${String(vector.opset)} ${JSON.stringify(vector.attributes)}`, vector]))('%s', (_, vector) => {
    const { model, totals } = analyzeOperator(vector, vector.outputs.length);
    expect(model.outputs.map(({ dataType, shape }) => ({ type: dataType, shape }))).toEqual(vector.outputs.map(({ type, shape }) => ({ type, shape })));
    expect(totals.unresolved).toBe(0);
  });
});
