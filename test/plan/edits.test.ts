import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NibbleError } from '../../src/errors';
import type { Layer } from '../../src/graph/layer';
import { setDimension, setScheme, setTarget, targetPositions } from '../../src/plan/edits';
import { newPlanText } from '../../src/plan/newPlan';
import { readPlan } from '../../src/plan/parsePlan';
import type { EditTarget } from '../../src/plan/plan';
import { resolvePlan } from '../../src/plan/resolve';
import { applyChange, type TextEdit } from '../../src/plan/textChange';
import { type IntegerScheme, schemeKey, type WeightScheme } from '../../src/quant/scheme';
import { makeLayers } from '../support/layers';
import { TIMED } from '../support/timed';

const int8: IntegerScheme = { kind: 'integer', bits: 8, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' };
const int4: IntegerScheme = { ...int8, bits: 4, granularity: { block: 32 } };
const FLOAT = { kind: 'float' } as const;

const keysOf = (text: string, layers: readonly Layer[]): readonly string[] => resolvePlan(readPlan(text, 'plan'), layers).schemes.map(schemeKey);

function expectInvertible(before: string, edit: TextEdit): void {
  expect(applyChange(before, edit.change)).toBe(edit.text);
  expect(applyChange(edit.text, edit.inverse)).toBe(before);
}

const layers = makeLayers(['/enc/a/MatMul', '/enc/b/MatMul', '/dec/a/MatMul', '/dec/b/MatMul', '/dec/b/Relu'], (name, index) => (name.endsWith('Relu') ? [] : [{ ...makeLayers(['x'])[0]!.weights[0]!, key: `${index}` }]));
const only = (...positions: readonly number[]): EditTarget => ({ kind: 'layers', layers: positions });

describe('setting a scheme for the repetitions of a block', () => {
  const names = Array.from({ length: 12 }, (_, block) => ['query', 'key'].map((role) => `/enc/layer.${String(block)}/${role}/MatMul`)).flat();
  const encoder = makeLayers([...names, '/enc/norm/MatMul', '/head/MatMul']);
  const rulesFor = (layers: readonly Layer[], wanted: (name: string) => boolean): readonly string[] => {
    const positions = layers.flatMap(({ name }, index) => (wanted(name) ? [index] : []));
    return readPlan(setScheme('{ "version": 1 }', layers, only(...positions), int4).text, 'plan').layers!.map(({ match }) => match);
  };

  it('needs one rule for the same layer in all of them', () => {
    expect(rulesFor(encoder, (name) => name.endsWith('/query/MatMul'))).toEqual(['/enc/layer.*/query/MatMul']);
  });

  it('needs one rule for all layers in all of them', () => {
    expect(rulesFor(encoder, (name) => name.startsWith('/enc/layer.'))).toEqual(['/enc/layer.*/**']);
  });

  it('needs one rule for blocks in stages', () => {
    const stages = makeLayers([0, 1, 2].flatMap((stage) => [0, 1].map((unit) => `/layer${stage}/unit${unit}/conv/Conv`)).concat('/layer0/unit0/bias/Add'));
    expect(rulesFor(stages, (name) => name.endsWith('/Conv'))).toEqual(['/layer*/unit*/conv/Conv']);
  });

  it('names them one by one where a star would mean more', () => {
    expect(rulesFor(encoder, (name) => name.endsWith('/query/MatMul') && !name.includes('layer.11/'))).toHaveLength(11);
    const more = makeLayers([...names, '/enc/layer.norm/MatMul']);
    expect(rulesFor(more, (name) => /layer\.\d/.test(name))).toEqual(['/enc/layer.*/query/MatMul', '/enc/layer.*/key/MatMul']);
  });
});

describe('setting a scheme', () => {
  const plan = `{
  // by hand
  "version": 1,
  "default": { "weights": { "bits": 8 } }, // everything
  "layers": [
    // the encoder is sensitive
    { "match": "/enc/**", "weights": { "bits": 16 } }, // keep
    { "match": "/dec/a/MatMul", "weights": "float" }
  ]
}
`;

  it('adds a rule at the end and touches nothing else', () => {
    const edit = setScheme(plan, layers, only(3), int4);
    expect(edit.text).toBe(plan.replace('"float" }\n', '"float" },\n    { "match": "/dec/b/MatMul", "weights": { "bits": 4, "symmetric": true, "granularity": { "block": 32 } } }\n'));
    expectInvertible(plan, edit);
  });

  it('changes a rule for the same layer in place', () => {
    expect(setScheme(plan, layers, only(2), { kind: 'float16' }).text).toBe(plan.replace('"float" }', '"float16" }'));
  });

  it('drops a rule that says what the others say anyway', () => {
    const edit = setScheme(plan, layers, only(2), int8);
    expect(edit.text).toBe(plan.replace(',\n    // the', '!').replace(', // keep\n    { "match": "/dec/a/MatMul", "weights": "float" }', ' // keep').replace('!', ',\n    // the'));
    expectInvertible(plan, edit);
  });

  it('takes back what was said about a scope alone', () => {
    const edit = setScheme(plan, layers, { kind: 'scope', scope: ['enc'] }, null);
    expect(edit.text).toBe(plan.replace('\n    // the encoder is sensitive\n    { "match": "/enc/**", "weights": { "bits": 16 } }, // keep', ''));
    // A layer inside a scope keeps what the scope's rule says.
    expect(setScheme(plan, layers, only(0), null).text).toBe(plan);
  });

  it('uses the default for the whole model', () => {
    for (const target of [{ kind: 'model' }, only(0, 1, 2, 3)] as const) {
      const edit = setScheme(plan, layers, target, int4);
      expect(keysOf(edit.text, layers).slice(0, 4)).toEqual(Array(4).fill(schemeKey(int4)));
      expect(readPlan(edit.text, '').layers).toEqual([]);
      expect(edit.text).toContain('"default": { "weights": { "bits": 4, "symmetric": true, "granularity": { "block": 32 } } }, // everything');
    }
    expect(readPlan(setScheme(plan, layers, { kind: 'model' }, null).text, '')).toEqual({ version: 1, default: {}, layers: [] });
  });

  it('leaves what a rule says about activations', () => {
    const both = '{ "version": 1, "layers": [{ "match": "/enc/**", /* here */ "weights": "float", "activations": "float" }, { "match": "/dec/a/MatMul", "activations": "float", "weights": { "bits": 4 } }] }';
    expect(setScheme(both, layers, { kind: 'model' }, null).text).toBe('{ "version": 1, "layers": [{ "match": "/enc/**", "activations": "float" }, { "match": "/dec/a/MatMul", "activations": "float" }] }');
    expect(setScheme(both, layers, only(0, 1), int8).text).toContain('[{ "match": "/enc/**", "activations": "float" }, {');
    expect(readPlan(setScheme(both, layers, only(2), FLOAT).text, '').layers![1]).toEqual({ match: '/dec/a/MatMul', activations: 'float', weights: 'float' });
  });

  it('writes one glob for a scope and for a selection that is a scope', () => {
    for (const target of [{ kind: 'scope', scope: ['dec'] }, only(2, 3, 4)] as const) {
      expect(readPlan(setScheme('{ "version": 1 }', layers, target, FLOAT).text, '').layers).toEqual([{ match: '/dec/**', weights: 'float' }]);
    }
    expect(readPlan(setScheme('{ "version": 1 }', layers, only(1, 2, 3), FLOAT).text, '').layers).toEqual([
      { match: '/enc/b/MatMul', weights: 'float' },
      { match: '/dec/**', weights: 'float' },
    ]);
  });

  it('spells every field out where an earlier rule has set an unusual one', () => {
    const unusual = '{ "version": 1, "layers": [{ "match": "**", "weights": { "signed": false, "range": "mse" } }] }';
    const { text } = setScheme(unusual, layers, only(0), int8);
    expect(keysOf(text, layers)).toEqual([schemeKey(int8), ...Array(3).fill('uint8-sym-channel-mse') as string[], 'float']);
  });

  it('formats what it adds to a file without a list', () => {
    expect(setScheme('{\n  "version": 1\n}\n', layers, only(0), FLOAT).text).toBe('{\n  "version": 1,\n  "layers": [\n    { "match": "/enc/a/MatMul", "weights": "float" }\n  ]\n}\n');
    expect(setScheme('{"version":1,"layers":[]}', layers, only(0), FLOAT).text).toBe('{"version":1,"layers":[\n  { "match": "/enc/a/MatMul", "weights": "float" }\n]}');
    expect(setScheme('{\r\n\t"version": 1,\r\n\t"layers": [\r\n\t],\r\n}', layers, only(0), FLOAT).text).toBe('{\r\n\t"version": 1,\r\n\t"layers": [\r\n\t\t{ "match": "/enc/a/MatMul", "weights": "float" }\r\n\t],\r\n}');
  });

  it('refuses a text that is not a plan', () => {
    expect(() => setScheme('{ "version": 1, ', layers, only(0), FLOAT)).toThrow(NibbleError);
    expect(() => setScheme('', layers, { kind: 'model' }, null)).toThrow(NibbleError);
  });

  it('says so when two layers have one name', () => {
    expect(() => setScheme('{ "version": 1 }', makeLayers(['a', 'a', 'b']), only(0), FLOAT)).toThrow(/both have that name/);
  });

  it('answers within the frame of an edit for 10,000 layers', TIMED, () => {
    const many = makeLayers(Array.from({ length: 10_000 }, (_, index) => `/block${index % 100}/part${index}/MatMul`));
    const odd = only(...many.filter(({ index }) => index % 2 === 1).map(({ index }) => index));
    setScheme('{ "version": 1 }', many, odd, int4);
    const started = performance.now();
    const { text } = setScheme('{ "version": 1 }', many, odd, int4);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(readPlan(text, '').layers).toHaveLength(50);
  });
});

describe('properties of edits', () => {
  const part = fc.oneof({ weight: 3, arbitrary: fc.constantFrom('a', 'b', 'enc', 'layer1.0') }, fc.constantFrom('*', '**', 'a*', '?', 'x[0]', '(y)', '{z}', '\\', '😀', '"q"', '<b>', '__proto__', ' ', '#2', '!n'), fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }));
  const name = fc.tuple(fc.constantFrom('', '/', '/', '/'), fc.array(part, { minLength: 1, maxLength: 4 })).map(([start, parts]) => start + parts.join('/'));
  const model = fc.uniqueArray(name, { minLength: 1, maxLength: 14 }).chain((names) =>
    fc.array(fc.nat(4), { minLength: names.length, maxLength: names.length }).map((dice) => {
      const weight = makeLayers(['x'])[0]!.weights[0]!;
      return makeLayers(names, (_, index) => (dice[index] === 0 ? [] : [{ ...weight, key: `${index}` }]));
    }),
  );
  const scheme: fc.Arbitrary<WeightScheme> = fc.oneof(
    fc.constant(FLOAT),
    fc.constant({ kind: 'float16' } as const),
    fc.record({
      kind: fc.constant('integer' as const),
      bits: fc.constantFrom(2, 4, 8, 16),
      signed: fc.boolean(),
      symmetric: fc.boolean(),
      granularity: fc.oneof(fc.constantFrom('tensor' as const, 'channel' as const), fc.record({ block: fc.constantFrom(16, 32, 256) })),
      range: fc.constantFrom('minmax' as const, 'mse' as const),
    }),
  );
  const weights = fc.oneof(fc.constantFrom('float', 'float16'), fc.record({ bits: fc.constantFrom(4, 8), symmetric: fc.boolean(), signed: fc.boolean(), range: fc.constantFrom('minmax', 'mse') }, { requiredKeys: [] }));
  const gap = fc.constantFrom('', ' ', '\n  ', ' // note, with [brackets] {\n', '/* c */', '\n    /* a\n b */ ', '\r\n\t');

  /** A plan for this model in any odd layout: rules for its names, its scopes, globs and names that are not there. */
  const planText = (layersOfModel: readonly Layer[]): fc.Arbitrary<string> => {
    const match = fc.oneof(fc.constantFrom(...layersOfModel.map((layer) => layer.name)), fc.constantFrom('**', '/**', '/a/**', '*', '/enc/*', 'nothing', '**/a'));
    const rule = fc.tuple(match, fc.option(weights, { nil: undefined }), gap).map(([text, value, space]) => `{${space}"match": ${JSON.stringify(text)}${value === undefined ? '' : `, "weights":${space}${JSON.stringify(value)}`}${space}}`);
    return fc.tuple(fc.array(fc.tuple(rule, gap, gap), { maxLength: 5 }), fc.option(weights, { nil: undefined }), gap, fc.boolean(), fc.boolean()).map(([rules, byDefault, space, withList, trailing]) => {
      const list = rules.map(([text, before, after]) => before + text + after).join(',') + (trailing && rules.length > 0 ? `,${space}` : '');
      const fields = ['"version": 1', ...(byDefault === undefined ? [] : [`"default": {${space}"weights": ${JSON.stringify(byDefault)}}`]), ...(withList || rules.length > 0 ? [`"layers":${space}[${list}${space}]`] : [])];
      return `// head\n{${space}${fields.join(`,${space}`)}${trailing ? ',' : ''}${space}}/* tail */`;
    });
  };
  const target = (layersOfModel: readonly Layer[]): fc.Arbitrary<EditTarget> =>
    fc.oneof(
      fc.constant({ kind: 'model' } as const),
      fc.subarray(layersOfModel.map(({ index }) => index)).map((chosen) => ({ kind: 'layers', layers: chosen }) as const),
      fc.constantFrom(...layersOfModel).chain((layer) => fc.nat(layer.scope.length).map((depth) => ({ kind: 'scope', scope: layer.scope.slice(0, depth) }) as const)),
    );

  it('gives exactly the chosen layers the scheme, and the inverse restores the text', () => {
    const cases = model.chain((some) => fc.tuple(fc.constant(some), planText(some), fc.array(fc.tuple(target(some), fc.option(scheme, { nil: null, freq: 5 })), { minLength: 1, maxLength: 3 })));
    fc.assert(fc.property(cases, ([some, start, edits]) => {
      let text = start;
      for (const [what, wanted] of edits) {
        const before = keysOf(text, some);
        const edit = setScheme(text, some, what, wanted);
        expectInvertible(text, edit);
        const after = keysOf(edit.text, some);
        const chosen = new Set(targetPositions(what, some));
        for (const { index, weights: own } of some) {
          if (own.length === 0) continue;
          if (!chosen.has(index)) expect(after[index]).toBe(before[index]);
          else if (wanted !== null) expect(after[index]).toBe(schemeKey(wanted));
        }
        expect(edit.text).toMatch(/^\/\/ head\n[^]*\/\* tail \*\/$/);
        text = edit.text;
      }
    }), { numRuns: 3_000, seed: 1 });
  });

  it('sets dimensions of any name', () => {
    fc.assert(fc.property(model.chain(planText), fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 2 ** 31 - 1 }), (text, dimension, value) => {
      const set = setDimension(text, dimension, value);
      expectInvertible(text, set);
      const again = setDimension(set.text, dimension, value === 1 ? 2 : value - 1);
      expect(Object.entries(readPlan(again.text, '').dimensions!)).toEqual([[dimension, value === 1 ? 2 : value - 1]]);
      const removed = setDimension(again.text, dimension, null);
      expectInvertible(again.text, removed);
      expect(readPlan(removed.text, '').dimensions).toEqual({});
    }), { numRuns: 500, seed: 1 });
  });
});

describe('a new plan', () => {
  const fresh = newPlanText({ file: 'net.onnx', target: 'onnxruntime-cpu', weights: { bits: 8 }, dimensions: { batch: 1 } });

  it('is valid, and says nothing about single layers', () => {
    expect(readPlan(fresh, '')).toEqual({ version: 1, model: { file: 'net.onnx' }, target: 'onnxruntime-cpu', dimensions: { batch: 1 }, default: { weights: { bits: 8 } }, layers: [] });
  });

  it('has its example above the rules that are added, and keeps it when they go', () => {
    const added = setScheme(fresh, layers, only(3), int4).text;
    expect(added).toMatch(/\/\/ Later rules win[^\n]*\n {2}"layers": \[\n {4}\{ "match": "\/dec\/b\/MatMul"/);
    expect(setScheme(added, layers, only(3), null).text).toContain('// Later rules win');
  });
});

describe('other settings', () => {
  it('sets the target', () => {
    expect(setTarget('{\n  "version": 1\n}', 'onnxruntime-cpu').text).toBe('{\n  "version": 1,\n  "target": "onnxruntime-cpu"\n}');
    expect(() => setTarget('{ "version": 1 }', 'abacus')).toThrow('"target" must be "onnxruntime-cpu", "onnxruntime-cpu-avx2"');
  });

  it('refuses a dimension that is not a positive whole number', () => {
    for (const value of [0, -1, 1.5]) expect(() => setDimension('{ "version": 1 }', 'batch', value)).toThrow(NibbleError);
  });
});
