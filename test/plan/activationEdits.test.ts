import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Layer } from '../../src/graph/layer';
import { setActivations, setFloatActivations, setSamples } from '../../src/plan/activationEdits';
import { resolveActivations, resolveFloatActivations } from '../../src/plan/activations';
import { setScheme, targetPositions } from '../../src/plan/edits';
import { readPlan } from '../../src/plan/parsePlan';
import type { EditTarget } from '../../src/plan/plan';
import { applyChange, type TextEdit } from '../../src/plan/textChange';
import { ACTIVATION_FORMATS } from '../../src/quant/activationFormat';
import { makeLayers, makeWeight } from '../support/layers';

const layers = makeLayers(['/enc/a/MatMul', '/enc/b/MatMul', '/enc/b/Relu', '/dec/a/MatMul', '/dec/b/MatMul'], (name, index) => (name.endsWith('Relu') ? [] : [makeWeight({ key: String(index) })]));
const only = (...positions: readonly number[]): EditTarget => ({ kind: 'layers', layers: positions });
const floatOf = (text: string, of: readonly Layer[]): readonly number[] => [...resolveFloatActivations(readPlan(text, ''), of)].sort((a, b) => a - b);

function expectInvertible(before: string, edit: TextEdit): void {
  expect(applyChange(before, edit.change)).toBe(edit.text);
  expect(applyChange(edit.text, edit.inverse)).toBe(before);
}

describe('setting what activations become', () => {
  const plan = `{
  "version": 1, // by hand
  "default": { "weights": { "bits": 8 } },
  "layers": [{ "match": "/enc/**", "activations": "float" }]
}
`;

  it('reads back as what was chosen, and touches nothing else', () => {
    for (const format of ACTIVATION_FORMATS) {
      const edit = setActivations(plan, format);
      expect(resolveActivations(readPlan(edit.text, ''), layers, ACTIVATION_FORMATS)).toEqual({ format, method: 'auto', count: 32, float: new Set([0, 1, 2]) });
      expectInvertible(plan, edit);
    }
    expect(setActivations(plan, 'uint8').text).toBe(plan.replace('{ "bits": 8 } }', '{ "bits": 8 }, "activations": { "bits": 8, "signed": false } }'));
    expect(setActivations(setActivations(plan, 'int16').text, 'float').text).toBe(plan);
    const inLines = '{\n  "version": 1,\n  "default": {\n    "weights": "float"\n  }\n}\n';
    expect(setActivations(inLines, 'uint8').text).toBe(inLines.replace('"float"', '"float",\n    "activations": { "bits": 8, "signed": false }'));
  });

  it('names the samples in the same edit', () => {
    const edit = setActivations('{ "version": 1 }', 'uint8', 'samples.npz');
    expect(readPlan(edit.text, '')).toEqual({ version: 1, default: { activations: { bits: 8, signed: false } }, calibration: { samples: 'samples.npz' } });
    expectInvertible('{ "version": 1 }', edit);
  });

  it('sets and forgets samples beside other settings', () => {
    const start = '{ "version": 1, "calibration": { "count": 16 /* enough */ } }';
    const named = setSamples(start, '../data/"odd" *.npz');
    expect(readPlan(named.text, '').calibration).toEqual({ count: 16, samples: '../data/"odd" *.npz' });
    expect(setSamples(named.text, null).text).toBe(start);
    expect(setSamples('{ "version": 1 }', null).text).toBe('{ "version": 1 }');
    expect(() => setSamples('{ "version": 1 }', '')).toThrow('"samples" must not be empty.');
  });
});

describe('keeping activations float', () => {
  it('names a layer, or a scope by one glob', () => {
    expect(setFloatActivations('{ "version": 1 }', layers, only(3), true).text).toBe('{ "version": 1,\n  "layers": [\n    { "match": "/dec/a/MatMul", "activations": "float" }\n  ]\n }');
    for (const target of [{ kind: 'scope', scope: ['enc'] }, only(0, 1)] as const) {
      expect(readPlan(setFloatActivations('{ "version": 1 }', layers, target, true).text, '').layers).toEqual([{ match: '/enc/**', activations: 'float' }]);
    }
  });

  it('takes one layer out of a glob and leaves the weights of the rule', () => {
    const text = '{ "version": 1, "layers": [{ "match": "**", "activations": "float", "weights": { "bits": 4 } }] }';
    const edit = setFloatActivations(text, layers, only(1), false);
    expect(floatOf(edit.text, layers)).not.toContain(1);
    expect(readPlan(edit.text, '').layers).toEqual([{ match: '**', weights: { bits: 4 } }, { match: '/enc/a/MatMul', activations: 'float' }, { match: '/dec/**', activations: 'float' }]);
    expectInvertible(text, edit);
  });

  it('does not write what holds already', () => {
    const text = '{ "version": 1, "layers": [{ "match": "/enc/**", "activations": "float" }] }';
    expect(setFloatActivations(text, layers, only(0), true).text).toBe(text);
    expect(setFloatActivations(text, layers, only(3), false).text).toBe(text);
    expect(readPlan(setFloatActivations(text, layers, { kind: 'model' }, false).text, '').layers).toEqual([]);
  });

  it('says so when two layers have one name', () => {
    expect(() => setFloatActivations('{ "version": 1 }', makeLayers(['a', 'a']), only(0), true)).toThrow(/both have that name/);
  });

  it('changes the chosen layers and no other, and can be taken back', () => {
    const name = fc.array(fc.constantFrom('a', 'b', 'enc', 'x1', 'x2', '*', '[q]', '😀'), { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
    const model = fc.uniqueArray(name, { minLength: 1, maxLength: 10 }).map((names) => makeLayers(names, (_, index) => (index % 4 === 3 ? [] : [makeWeight({ key: String(index) })])));
    const rule = (some: readonly Layer[]) => fc.record({ match: fc.constantFrom(...some.map((layer) => layer.name), '**', '/a/**', '/*'), activations: fc.constant('float'), weights: fc.constantFrom('float', 'float16') }, { requiredKeys: ['match'] });
    const target = (some: readonly Layer[]): fc.Arbitrary<EditTarget> => fc.oneof(fc.constant({ kind: 'model' } as const), fc.subarray(some.map(({ index }) => index)).map((chosen) => only(...chosen)), fc.constantFrom(...some).map(({ scope }) => ({ kind: 'scope', scope }) as const));
    const cases = model.chain((some) => fc.tuple(fc.constant(some), fc.array(rule(some), { maxLength: 4 }), fc.array(fc.tuple(target(some), fc.boolean()), { minLength: 1, maxLength: 4 })));
    fc.assert(fc.property(cases, ([some, rules, edits]) => {
      let text = JSON.stringify({ version: 1, layers: rules }, null, 2);
      for (const [what, float] of edits) {
        const before = floatOf(text, some);
        const schemes = setScheme(text, some, only(), null).text;
        const edit = setFloatActivations(text, some, what, float);
        expectInvertible(text, edit);
        const after = floatOf(edit.text, some);
        const chosen = new Set(targetPositions(what, some));
        for (const { index, weights } of some) if (weights.length > 0) expect(after.includes(index)).toBe(chosen.has(index) ? float : before.includes(index));
        expect(readPlan(edit.text, '').layers!.filter((each) => each.weights !== undefined).map(({ match, weights }) => [match, weights])).toEqual(readPlan(schemes, '').layers!.filter((each) => each.weights !== undefined).map(({ match, weights }) => [match, weights]));
        text = edit.text;
      }
    }), { numRuns: 1_000, seed: 5 });
  });
});
