import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENGLISH } from '../../webview/strings';
import { REPOSITORY } from './support/harness';

const SOURCES = readdirSync(join(REPOSITORY, 'webview'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && file !== 'strings.ts')
  .map((file) => readFileSync(join(REPOSITORY, 'webview', file), 'utf8'))
  .join('\n');

test('every text of the table is used', () => {
  // The titles of the tabs are looked up by the id of their tab.
  const unused = Object.keys(ENGLISH).filter((key) => !SOURCES.includes(`'${key.replace(/\.one$/, '')}'`) && !key.startsWith('tab.'));
  expect(unused).toEqual([]);
});

test('the page makes no elements out of text', () => {
  expect(SOURCES).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|setHTML/);
});

test('what the page loads keeps to its budget', () => {
  const files = ['editor.js', 'chartLibrary.js'].map((file) => readFileSync(join(REPOSITORY, 'dist', 'webview', file), 'utf8'));
  // The table is drawn when the first of them is there; the charts may follow.
  expect(files[0]!.length).toBeLessThan(312_000);
  expect(files[0]!.length + files[1]!.length).toBeLessThan(470_000);
});
