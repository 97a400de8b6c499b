import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NibbleError } from '../../src/errors';
import { checkExternalData } from '../../src/onnx/checkExternalData';
import { checkStructure } from '../../src/onnx/checkStructure';
import { LIMITS } from '../../src/onnx/limits';
import { readModel } from '../../src/onnx/readModel';
import { planSplice } from '../../src/onnx/splice';
import { loadBytes } from '../../src/onnx/tensorData';
import { tensorsOf } from '../../src/onnx/walk';
import { buildModel, concatBytes, constant, externalTensor, float, floatTensor, floats, graph, graphAttribute, int, int64Tensor, ints, node, rawField, reference, text, typedTensor, valueInfo } from '../support/onnxBuilder';
import { memorySiblings, memorySource } from '../support/memorySource';
import { mutate } from '../support/mutate';
import { randomFrom } from '../support/random';

const MUTANTS = 24_000;
/** A mutant that takes longer has met something quadratic; the whole run is a minute at most. */
const SLOWEST_MILLISECONDS = 2_000;
/** Reading may hold a few copies of a small file, never amounts that a length inside it asks for. */
const MOST_BYTES = 64 * 2 ** 20;
const EXPECTED_REASONS = new Set(['not-onnx', 'truncated', 'malformed', 'limit', 'unsafe-path']);

function branchy(): Uint8Array {
  const branch = (name: string) =>
    graph({ name, nodes: [node('MatMul', ['h', `${name}_w`], [`${name}_y`], { name: `/${name}/MatMul` })], initializers: [floatTensor(`${name}_w`, [16, 16], Float32Array.from({ length: 256 }, Math.sin))], outputs: [valueInfo(`${name}_y`, 'float', null)] });
  return buildModel({
    graph: graph({
      nodes: [
        constant('shape', int64Tensor('', [2], [1, -1])),
        constant('table', typedTensor('', 'float', [4], { floatData: [1, 2, 3, 4] })),
        node('Reshape', ['x', 'shape'], ['h'], { name: '/Reshape' }),
        node('If', ['cond'], ['y'], { name: '/If', attributes: { then_branch: graphAttribute(branch('then')), else_branch: graphAttribute(branch('else')) } }),
        node('Twice', ['y'], ['z'], { domain: 'local', attributes: { scale: float(2), mode: text('linear'), sizes: ints(1, 2, 3), weights: floats(0.5, 1) } }),
      ],
      inputs: [valueInfo('x', 'float', ['batch', 16]), valueInfo('cond', 'bool', [])],
      outputs: [valueInfo('z', 'float', null)],
      valueInfo: [valueInfo('h', 'float', ['batch', null])],
    }),
    opsets: { '': 17, local: 1 },
    functions: [{ name: 'Twice', domain: 'local', inputs: ['a'], outputs: ['b'], attributes: ['scale'], nodes: [node('Add', ['a', 'a'], ['b'], { attributes: { scale: reference('scale') } })], overload: 'v', valueInfo: [valueInfo('b', 'float', [1])] }],
    metadata: { author: 'somebody' },
    extra: [rawField(77, new Uint8Array(20))],
  });
}

function wide(): Uint8Array {
  return buildModel({
    graph: graph({
      nodes: Array.from({ length: 30 }, (_, index) => node('Conv', [`v${index}`, `w${index}`], [`v${index + 1}`], { name: `/layer${index}/conv`, attributes: { group: int(1), pads: ints(1, 1, 1, 1) } })),
      initializers: Array.from({ length: 30 }, (_, index) =>
        index % 3 === 0
          ? externalTensor(`w${index}`, 'float', [8, 8], { location: 'weights.bin', offset: index * 256, length: 256 })
          : index % 3 === 1
            ? typedTensor(`w${index}`, 'int8', [20, 60], { int32Data: Array.from({ length: 1200 }, (__, code) => (code % 200) - 100) })
            : floatTensor(`w${index}`, [4, 3, 3, 3], new Float32Array(108)),
      ),
      inputs: [valueInfo('v0', 'float', [1, 3, 8, 8])],
      outputs: [valueInfo('v30', 'float', null)],
    }),
    opsets: { '': 11 },
    irVersion: 3,
  });
}

const seeds = [branchy(), wide(), concatBytes([wide(), branchy()]), new Uint8Array(readFileSync('media/sample/lenet5.onnx'))];

test(`${MUTANTS} damaged models each give a model or an error that says why`, () => {
  const reasons = new Map<string, number>();
  let slowest = 0;
  let highest = 0;
  const before = process.memoryUsage().arrayBuffers;
  for (let seed = 0; seed < MUTANTS; seed++) {
    const bytes = mutate(seeds, randomFrom(seed));
    const started = performance.now();
    const outcome = attempt(bytes, seed);
    slowest = Math.max(slowest, performance.now() - started);
    if (seed % 50 === 0) highest = Math.max(highest, process.memoryUsage().arrayBuffers - before);
    reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1);
  }
  // Both ends have to be reached often, or the mutants test nothing.
  expect(reasons.get('model')).toBeGreaterThan(MUTANTS / 20);
  expect(reasons.get('malformed')).toBeGreaterThan(MUTANTS / 20);
  expect(slowest).toBeLessThan(SLOWEST_MILLISECONDS);
  expect(highest).toBeLessThan(4 * MOST_BYTES);
});

/** 'model', or the reason of the error. Anything else fails the test with the seed that makes the same mutant again. */
function attempt(bytes: Uint8Array, seed: number): string {
  try {
    const source = memorySource(bytes, 'mutant.onnx');
    const model = readModel(source, { ...LIMITS, structureBytes: MOST_BYTES });
    checkStructure(model);
    checkExternalData(model, memorySiblings());
    for (const tensor of tensorsOf(model)) if (tensor.storage.kind === 'file' || tensor.storage.kind === 'typed') loadBytes(tensor, { source, siblings: memorySiblings() });
    if (planSplice(source, [{ span: model.graph.span, append: [] }]).size !== bytes.length) throw new Error('An edit that changes nothing changed the size.');
    return 'model';
  } catch (error) {
    if (NibbleError.is(error) && EXPECTED_REASONS.has(error.reason) && error.message.includes('mutant.onnx')) return error.reason;
    throw new Error(`The mutant of seed ${seed} failed: ${String(error)}`, { cause: error });
  }
}
