import { expect, test } from 'vitest';
import { TextPool } from '../../src/onnx/textPool';
import { randomFrom } from '../support/random';

const read = (pool: TextPool, text: string): string => {
  const bytes = Buffer.from(`..${text}..`);
  return pool.textOf(bytes, 2, bytes.length - 2);
};

test('every text comes out as it went in, also when thousands share the pool', () => {
  const pool = new TextPool();
  const draw = randomFrom(1);
  const texts = Array.from({ length: 30_000 }, (_, index) => `${'x'.repeat(draw(30))}${index % 9_000}`);
  for (const text of [...texts, '', 'é', '層/conv', '\u{1f600}', 'a\u0000b', ...texts]) expect(read(pool, text)).toBe(text);
});

test('what is not UTF-8 shows replacement characters', () => {
  expect(new TextPool().textOf(Buffer.from([0x61, 0xff]), 0, 2)).toBe('a\ufffd');
});

test('texts of one hash are told apart', () => {
  const pair = ['df3i3h127h', 'yp6jk21ele'];
  const [first, second] = pair.map((text) => Buffer.from(text).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193), text.length));
  expect(first).toBe(second);
  const pool = new TextPool();
  for (const text of [...pair, ...pair]) expect(read(pool, text)).toBe(text);
});
