import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../src/errors';
import { MAX_GLOB_CHARACTERS, MAX_GLOB_RULES, MAX_PLAN_CHARACTERS, MAX_PLAN_DEPTH, parsePlan, readPlan } from '../../src/plan/parsePlan';
import { MAX_VIOLATIONS } from '../../src/plan/planSchema';
import { positionAt } from '../../src/plan/problem';

/** "line:column message" of each problem. */
const problems = (text: string): readonly string[] =>
  parsePlan(text).problems.map(({ offset, message }) => {
    const { line, column } = positionAt(text, offset);
    return `${line}:${column} ${message}`;
  });

describe('reading a plan', () => {
  it('reads what is said about activations and their calibration', () => {
    const { plan, problems: found } = parsePlan(`{ "version": 1, "default": { "weights": "float16", "activations": { "bits": 8, "signed": false } },
      "layers": [{ "match": "a", "activations": "float" }],
      "calibration": { "samples": "calibration/*.npz", "count": 128, "method": "mse" } }`);
    expect(found).toEqual([]);
    expect(plan).toMatchObject({ default: { activations: { bits: 8, signed: false } }, layers: [{ match: 'a', activations: 'float' }], calibration: { samples: 'calibration/*.npz', count: 128, method: 'mse' } });
  });

  it.each([
    ['{ "version": 1, "default": { "activations": { "bits": 4 } } }', 'must be 8 or 16'],
    ['{ "version": 1, "default": { "activations": "int8" } }', 'must be "float" or an object'],
    ['{ "version": 1, "layers": [{ "match": "a", "activations": "int8" }] }', 'must be "float"'],
    ['{ "version": 1, "calibration": { "method": "best" } }', '"minmax"'],
    ['{ "version": 1, "calibration": { "count": 0 } }', 'at least 1'],
  ])('refuses what is not known about activations: %s', (text, message) => {
    expect(problems(text)).toEqual([expect.stringContaining(message)]);
  });

  it('reads every field, with comments and trailing commas', () => {
    const text = `{
      // chosen by hand
      "version": 1,
      "model": { "file": "resnet.onnx", "sha256": "${'0'.repeat(64)}" },
      "target": "onnxruntime-cpu",
      "dimensions": { "batch": 1, },
      "default": { "weights": "float16" },
      "layers": [
        { "match": "/layer4/**", "weights": { "bits": 4, "symmetric": false, "signed": true, "granularity": { "block": 32 }, "range": "mse" } }, /* the large ones */
      ],
    }`;
    const { plan, problems: found } = parsePlan(text);
    expect(found).toEqual([]);
    expect(plan).toEqual({
      version: 1,
      model: { file: 'resnet.onnx', sha256: '0'.repeat(64) },
      target: 'onnxruntime-cpu',
      dimensions: { batch: 1 },
      default: { weights: 'float16' },
      layers: [{ match: '/layer4/**', weights: { bits: 4, symmetric: false, signed: true, granularity: { block: 32 }, range: 'mse' } }],
    });
  });

  it.each([
    ['', '1:1 The plan is empty. Write at least { "version": 1 }.'],
    ['[]', '1:1 The plan must be an object.'],
    ['{}', '1:1 The plan lacks "version".'],
    ['{"version": 2}', '1:13 "version" must be 1.'],
    ['{"version": 1', '1:14 Not valid JSON: close brace expected.'],
    ['{"version": 1,\n "layrs": []}', '2:2 "layrs" is not known here; did you mean "layers"?'],
    ['{"version": 1,\r\n "layers": [{"match": "a"}, {}]}', '2:29 Entry 2 lacks "match".'],
    ['{"version": 1, "default": {"weights": {"bits": 3}}}', '1:48 "bits" must be 2, 4, 8 or 16.'],
    ['{"version": 1, "default": {"weights": "int8"}}', '1:39 "weights" must be "float", "float16" or an object with "bits", "symmetric", "signed", "granularity" or "range".'],
    ['{"version": 1, "default": {"weights": {"granularity": {"block": 15}}}}', '1:65 "block" must be at least 16.'],
    ['{"version": 1, "default": {"weights": {"granularity": {"block": 257}}}}', '1:65 "block" must be at most 256.'],
    ['{"version": 1, "default": {"weights": {"granularity": "row"}}}', '1:55 "granularity" must be "tensor", "channel" or an object with "block".'],
    ['{"version": 1, "target": "tpu"}', '1:26 "target" must be "onnxruntime-cpu", "onnxruntime-cpu-avx2", "onnxruntime-web", "openvino", "tensorrt" or "qnn".'],
    ['{"version": 1, "dimensions": {"batch": 0}}', '1:40 "batch" must be at least 1.'],
    ['{"version": 1, "version": 1}', '1:16 "version" is there twice; remove one.'],
  ])('says what is wrong with %s', (text, expected) => {
    expect(problems(text)).toEqual([expected]);
    expect(parsePlan(text).plan).toBeNull();
  });

  it('accepts block sizes at both ends', () => {
    for (const block of [16, 256]) expect(problems(`{"version": 1, "default": {"weights": {"granularity": {"block": ${block}}}}}`)).toEqual([]);
  });

  it('names the file and the place when it throws', () => {
    expect(() => readPlan('{\n "version": 3 }', 'a.nibble.json')).toThrow(new NibbleError('invalid-plan', 'a.nibble.json:2:13: "version" must be 1.', { file: 'a.nibble.json' }));
  });

  it('bounds length, depth, globs and the number of messages', () => {
    const padded = (length: number): string => '{"version":1}'.padEnd(length);
    expect(problems(padded(MAX_PLAN_CHARACTERS))).toEqual([]);
    expect(problems(padded(MAX_PLAN_CHARACTERS + 1))[0]).toContain('more than 8000000 characters');

    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(problems(nested(MAX_PLAN_DEPTH))).toEqual(['1:1 The plan must be an object.']);
    expect(problems(nested(MAX_PLAN_DEPTH + 1))).toEqual([`1:${MAX_PLAN_DEPTH + 1} Brackets are nested more than 64 deep here; a plan is not.`]);
    expect(problems('[{"a":'.repeat(500_000))).toHaveLength(1);

    const globs = (count: number, match = 'a*'): string => JSON.stringify({ version: 1, layers: Array.from({ length: count }, () => ({ match })) });
    expect(problems(globs(MAX_GLOB_RULES))).toEqual([]);
    expect(problems(globs(MAX_GLOB_RULES + 1))[0]).toContain('more than 1000 rules with wildcards');
    expect(problems(globs(1, '*'.padEnd(MAX_GLOB_CHARACTERS, 'a')))).toEqual([]);
    expect(problems(globs(1, '*'.padEnd(MAX_GLOB_CHARACTERS + 1, 'a')))[0]).toContain('at most 1000 characters');
    expect(problems(globs(1, 'a'.repeat(100_000)))).toEqual([]);

    expect(parsePlan(JSON.stringify({ version: 1, layers: Array.from({ length: 20_000 }, () => ({ weights: 3 })) })).problems).toHaveLength(MAX_VIOLATIONS);
  });

  it('comes to an end on unterminated comments and strings', () => {
    for (const text of ['/*', '{/*', '{"a', '// a', '{"version":1}/*', '"']) expect(parsePlan(text).plan).toBeNull();
  });

  it('answers any text without throwing', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[[\]{}",:\\/*a1 \n]{0,60}$/)), (text) => {
      const parsed = parsePlan(text);
      expect(parsed.plan === null).toBe(parsed.problems.length > 0);
      for (const { offset, length } of parsed.problems) expect(offset + length).toBeLessThanOrEqual(Math.max(text.length, 1));
    }), { numRuns: 2_000, seed: 1 });
  });
});
