import { describe, expect, it } from 'vitest';
import { schemeKey, type WeightScheme } from '../../src/quant/scheme';
import type { Plan } from '../../src/plan/plan';
import { DEFAULT_SCHEME, resolvePlan } from '../../src/plan/resolve';
import { makeLayers, makeWeight } from '../support/layers';
import { TIMED } from '../support/timed';

const keys = (plan: Omit<Plan, 'version'>, names: readonly string[]): readonly string[] => resolvePlan({ version: 1, ...plan }, makeLayers(names)).schemes.map(schemeKey);

describe('resolving a plan', () => {
  it('gives int8, symmetric, per channel, min-max when it says nothing', () => {
    expect(keys({}, ['a', 'b'])).toEqual(['int8-sym-channel-minmax', 'int8-sym-channel-minmax']);
    expect(resolvePlan({ version: 1, layers: [] }, makeLayers(['a'])).schemes[0]).toEqual(DEFAULT_SCHEME);
  });

  it('lets later rules win field by field', () => {
    const plan: Omit<Plan, 'version'> = {
      default: { weights: { bits: 4, granularity: { block: 32 } } },
      layers: [
        { match: '/enc/**', weights: { symmetric: false } },
        { match: '/enc/a', weights: { bits: 8 } },
        { match: '**/b', weights: 'float' },
      ],
    };
    expect(keys(plan, ['/enc/a', '/enc/b', '/enc/c', '/dec/a'])).toEqual([
      'uint8-asym-block32-minmax',
      'float',
      'uint4-asym-block32-minmax',
      'int4-sym-block32-minmax',
    ]);
  });

  it('remembers the fields under a layer that is kept float', () => {
    const layers = [{ match: 'a', weights: { bits: 4 } }, { match: 'a', weights: 'float' }, { match: 'a', weights: { range: 'mse' } }] as const;
    expect(keys({ layers }, ['a'])).toEqual(['int4-sym-channel-mse']);
  });

  it('follows `symmetric` for the sign until `signed` is said', () => {
    expect(keys({ default: { weights: { symmetric: false } } }, ['a'])).toEqual(['uint8-asym-channel-minmax']);
    expect(keys({ default: { weights: { symmetric: false, signed: true } } }, ['a'])).toEqual(['int8-asym-channel-minmax']);
    expect(keys({ default: { weights: { signed: false } } }, ['a'])).toEqual(['uint8-sym-channel-minmax']);
  });

  it('prefers an exact name to its meaning as a glob', () => {
    const layers = [{ match: 'a*', weights: 'float' }] as const;
    expect(keys({ layers }, ['a*', 'ab'])).toEqual(['float', 'int8-sym-channel-minmax']);
    expect(keys({ layers }, ['ac', 'ab'])).toEqual(['float', 'float']);
  });

  it('matches the path of scopes for names without a leading slash', () => {
    expect(keys({ layers: [{ match: '/model/**', weights: 'float' }] }, ['model/dense/MatMul', 'other/MatMul'])).toEqual(['float', 'int8-sym-channel-minmax']);
  });

  it('says which rule decided', () => {
    const layers = [{ match: '**', weights: { bits: 4 } }, { match: 'a', weights: 'float' }, { match: 'a' }] as const;
    expect(resolvePlan({ version: 1, layers }, makeLayers(['a', 'b'])).rules).toEqual([1, 0]);
    expect(resolvePlan({ version: 1 }, makeLayers(['a'])).rules).toEqual([-1]);
  });

  it('has float for layers without weights', () => {
    expect(resolvePlan({ version: 1 }, makeLayers(['relu'], () => [])).schemes).toEqual([{ kind: 'float' }]);
  });

  it('uses the most precise wish for a tensor that layers share, and says so', () => {
    const layers = makeLayers(['embed', 'mid', 'head'], (name) => [makeWeight(name === 'mid' ? { key: 'mid', tensor: 'mid' } : { key: 'tied', tensor: 'wte' })]);
    const resolved = resolvePlan({ version: 1, layers: [{ match: 'embed', weights: { bits: 4 } }] }, layers);
    expect(schemeKey(resolved.schemes[0]!)).toBe('int4-sym-channel-minmax');
    expect(schemeKey(resolved.tensors.get('tied')!)).toBe('int8-sym-channel-minmax');
    expect(resolved.conflicts).toEqual([{ key: 'tied', tensor: 'wte', layers: ['embed', 'head'], chosen: DEFAULT_SCHEME, rule: 0 }]);
    expect(resolvePlan({ version: 1 }, layers).conflicts).toEqual([]);
  });

  it('ranks what is more precise', () => {
    const order: readonly WeightScheme[] = [
      { kind: 'float' },
      { kind: 'float16' },
      { ...DEFAULT_SCHEME, bits: 16 },
      { ...DEFAULT_SCHEME, granularity: { block: 16 } },
      { ...DEFAULT_SCHEME, granularity: { block: 256 } },
      { ...DEFAULT_SCHEME, symmetric: false },
      { ...DEFAULT_SCHEME, range: 'mse' },
      DEFAULT_SCHEME,
      { ...DEFAULT_SCHEME, granularity: 'tensor', symmetric: false },
      { ...DEFAULT_SCHEME, bits: 4, granularity: { block: 16 } },
    ];
    const asRule = (scheme: WeightScheme) => (scheme.kind === 'integer' ? { ...scheme, kind: undefined } : scheme.kind);
    const layers = makeLayers(['a', 'b'], () => [makeWeight({ key: 'tied' })]);
    for (const [index, better] of order.entries()) {
      for (const worse of order.slice(index)) {
        for (const pair of [[better, worse], [worse, better]] as const) {
          const plan: Plan = { version: 1, layers: [{ match: 'a', weights: asRule(pair[0]) }, { match: 'b', weights: asRule(pair[1]) }] };
          expect(resolvePlan(plan, layers).tensors.get('tied')).toEqual(better);
        }
      }
    }
  });

  it('is quick for 50,000 layers and 500 globs', TIMED, () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `/block${index % 500}/part${index}/MatMul`);
    const layers = makeLayers(names);
    const plan: Plan = { version: 1, layers: Array.from({ length: 500 }, (_, index) => ({ match: `/block${index}/**`, weights: { bits: index % 2 ? 4 : 8 } })) };
    resolvePlan(plan, layers);
    const started = performance.now();
    resolvePlan(plan, layers);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
