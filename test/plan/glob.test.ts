import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, escapeGlob, hasWildcard } from '../../src/plan/glob';

const matches = (pattern: string, text: string): boolean => compileGlob(pattern).matches(text);

/** The definition of the language, by trying every split: exponential, but short. */
function byDefinition(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (/^\*\*+\//.test(pattern)) {
    // Reached only at the start of a segment; see below.
    const rest = pattern.replace(/^\*+\//, '');
    if (byDefinition(rest, text)) return true;
    return Array.from(text).some((character, at) => character === '/' && byDefinition(rest, text.slice(at + 1)));
  }
  if (/^\/\*\*+$/.test(pattern)) return text === '' || text.startsWith('/');
  if (pattern.startsWith('**')) {
    const rest = pattern.replace(/^\*+/, '');
    return Array.from({ length: text.length + 1 }, (_, at) => at).some((at) => byDefinition(rest, text.slice(at)));
  }
  if (pattern.startsWith('*')) {
    for (let at = 0; at <= text.length; at++) {
      if (byDefinition(pattern.slice(1), text.slice(at))) return true;
      if (text[at] === '/') return false;
    }
    return false;
  }
  if (text === '') return false;
  return (pattern.startsWith('?') ? !text.startsWith('/') : pattern[0] === text[0]) && byDefinition(pattern.slice(1), text.slice(1));
}

describe('globs', () => {
  it.each([
    ['/layer4/**', '/layer4/layer4.0/conv1/Conv', true],
    ['/layer4/**', '/layer4', true],
    ['/layer4/**', '/layer40/conv1/Conv', false],
    ['/layer4/*', '/layer4/conv1', true],
    ['/layer4/*', '/layer4/layer4.0/conv1', false],
    ['**/Conv', '/layer4/Conv', true],
    ['**/Conv', 'Conv', true],
    ['**/Conv', '/layer4/MyConv', false],
    ['/a/**/c', '/a/c', true],
    ['/a/**/c', '/a/b/b/c', true],
    ['**', '/anything/at [all]', true],
    ['/enc*/[0]/(x)', '/encoder/[0]/(x)', true],
    ['!a', '!a', true],
    ['{a,b}', 'a', false],
    ['conv?', 'conv1', true],
    ['conv?', 'conv/', false],
    ['a?b', 'a😀b', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['a/**b', 'a/x/yb', true],
    ['', '', true],
    ['', 'a', false],
    ['**/**', 'a', true],
    ['**/*', 'a/b/c', true],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it('agrees with the definition', () => {
    const segment = fc.stringMatching(/^[ab?*]{0,3}$/);
    // A star next to a double star has no meaning of its own; the definition above does not spell it out.
    const pattern = fc.array(fc.oneof(segment.filter((text) => !text.includes('**')), fc.constant('**')), { maxLength: 4 }).map((parts) => parts.join('/'));
    const text = fc.array(fc.stringMatching(/^[ab]{0,3}$/), { maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(fc.property(pattern, text, (glob, name) => {
      expect(matches(glob, name)).toBe(byDefinition(glob, name));
    }), { numRuns: 5_000, seed: 1 });
  });

  it('escapes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ maxLength: 20 }), (text, other) => {
      const pattern = escapeGlob(text);
      expect(hasWildcard(pattern)).toBe(false);
      expect(matches(pattern, text)).toBe(true);
      expect(matches(pattern, other)).toBe(text === other);
    }), { seed: 1 });
  });

  it('stays fast on patterns that make a backtracking matcher hang', () => {
    const started = performance.now();
    expect(matches(`${'*a'.repeat(50)}b`, 'a'.repeat(2_000))).toBe(false);
    expect(matches(`${'**/a/'.repeat(50)}b`, 'a/'.repeat(2_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
