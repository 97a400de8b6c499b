import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LayerNames, MAX_NAME_LENGTH } from '../../src/graph/naming';
import { MAX_SCOPE_DEPTH, splitScopes } from '../../src/graph/scopes';
import { TIMED } from '../support/timed';

/** Names as the main graph's nodes would get them. */
function nameAll(names: readonly string[], op = 'Conv'): readonly string[] {
  const give = new LayerNames(names);
  return names.map((name, position) => give.give('', name, op, position));
}

describe('layer names', () => {
  it('are the node names where these are unique', () => {
    expect(nameAll(['/a/Conv', 'b', 'emoji 🙂', '<b>'])).toEqual(['/a/Conv', 'b', 'emoji 🙂', '<b>']);
  });

  it('number duplicates from 2 and call the nameless by operator and position', () => {
    expect(nameAll(['a', 'a', '', 'a', ''])).toEqual(['a', 'a#2', 'Conv_2', 'a#3', 'Conv_4']);
  });

  it('never take a name that a later node carries', () => {
    expect(nameAll(['a', 'a', 'a#2', '', 'Conv_3'])).toEqual(['a', 'a#3', 'a#2', 'Conv_3#2', 'Conv_3']);
  });

  it('are prefixed in bodies', () => {
    const names = new LayerNames(['If_0']);
    expect(names.give('If_0/then_branch', '/conv/Conv', 'Conv', 0)).toBe('If_0/then_branch/conv/Conv');
    expect(names.give('If_0/then_branch', '', 'Relu', 1)).toBe('If_0/then_branch/Relu_1');
  });

  it('are unique for any names', () => {
    const name = fc.oneof(fc.constantFrom('', 'a', 'a#2', 'a#3', 'Conv_1', 'Conv_2', '/', '//'), fc.string());
    fc.assert(fc.property(fc.array(name, { maxLength: 40 }), (names) => {
      const given = nameAll(names);
      expect(new Set(given).size).toBe(names.length);
      names.forEach((own, index) => {
        if (own !== '' && names.indexOf(own) === index) expect(given[index]).toBe(own);
      });
    }));
  });

  it('take linear time for 50,000 equal names', TIMED, () => {
    const started = performance.now();
    expect(new Set(nameAll(new Array<string>(50_000).fill('same'))).size).toBe(50_000);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('are cut beyond the longest length, not at it, and stay unique', () => {
    const [fits, cut, other] = nameAll(['x'.repeat(MAX_NAME_LENGTH), 'y'.repeat(MAX_NAME_LENGTH + 1), `${'y'.repeat(MAX_NAME_LENGTH)}z`]);
    expect(fits).toHaveLength(MAX_NAME_LENGTH);
    expect(cut).toBe(`${'y'.repeat(MAX_NAME_LENGTH)}…`);
    expect(other).not.toBe(cut);
  });
});

describe('name scopes', () => {
  it('are what exporters write before the last slash', () => {
    expect(splitScopes('/layer1/layer1.0/conv1/Conv')).toEqual(['layer1', 'layer1.0', 'conv1']);
    expect(splitScopes('model/conv/Conv2D')).toEqual(['model', 'conv']);
    expect(splitScopes('Conv_12')).toEqual([]);
    expect(splitScopes('/Conv')).toEqual([]);
    expect(splitScopes('////')).toEqual([]);
  });

  it('join levels beyond the limit, not at it', () => {
    const path = (depth: number): string => `${'s/'.repeat(depth)}leaf`;
    expect(splitScopes(path(MAX_SCOPE_DEPTH))).toEqual(new Array(MAX_SCOPE_DEPTH).fill('s'));
    expect(splitScopes(path(MAX_SCOPE_DEPTH + 1))).toEqual([...new Array<string>(MAX_SCOPE_DEPTH - 1).fill('s'), 's/s']);
  });
});
