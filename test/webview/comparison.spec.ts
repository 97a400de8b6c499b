import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ComparisonState } from '../../src/extension/comparisonApi';
import { accessibilityFaults } from './support/axe';
import { Harness, SCREENSHOTS, THEMES } from './support/harness';

let harness: Harness;
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  harness = await Harness.start();
});
afterAll(() => harness.close());

const NAMES = ['/layer1/conv1/Conv', '/layer1/conv2/Conv', '/fc/Gemm', '<b>"x"</b>'];

const COMPARISON: ComparisonState = {
  strings: {},
  title: 'small.onnx compared with net.onnx',
  facts: [['First', 'net.onnx'], ['Second', 'small.onnx'], ['File', '46.8 MB → 11.9 MB (3.93×)']],
  findings: [{ title: 'Not as the plan asks', lines: ['/fc/Gemm: net.nibble.json asks for int4 · block 32, the layer has int8 · channel'] }],
  columns: [{ title: 'Layer', numeric: false }, { title: 'Format', numeric: false }, { title: 'After', numeric: true }, { title: 'Weight error', numeric: true }],
  rows: NAMES.map((name, index) => ({ cells: [name, 'float → int8 · channel', `${index + 1}.00 kB`, index === 2 ? '' : `${40 - index}.0 dB`], values: [name, 'int8', (index + 1) * 1000, index === 2 ? null : 40 - index] })),
  leftOut: '12 layers are the same in both models.',
  bars: NAMES.map((name, index) => ({ name, before: 4000 * (index + 1), after: 1000 * (index + 1), sqnrDb: index === 2 ? null : 40 - index })),
};

for (const theme of THEMES) {
  test(`a comparison is accessible and within the content policy, ${theme}`, async () => {
    const { page, errors, violations } = await harness.open({ comparison: COMPARISON, theme });
    await page.getByRole('heading', { name: 'small.onnx compared with net.onnx' }).waitFor();
    await page.locator('.chart-compared-sizes canvas').waitFor();
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(SCREENSHOTS, `comparison-${theme}.png`) });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(errors).toEqual([]);
    expect(await violations()).toEqual([]);
    await page.context().close();
  });
}

test('the table sorts by a column both ways, with unknown figures last, and goes back', async () => {
  const { page } = await harness.open({ comparison: COMPARISON });
  const table = page.getByRole('table', { name: 'Layers that differ' });
  const names = (): Promise<readonly string[]> => table.locator('tbody tr td:first-child').allTextContents();
  const head = table.getByRole('columnheader', { name: 'Weight error' });
  const inOrder = (...order: readonly number[]): readonly string[] => order.map((index) => NAMES[index]!);
  await expect.poll(names).toEqual(NAMES);
  await head.getByRole('button').click();
  expect([await head.getAttribute('aria-sort'), await names()]).toEqual(['descending', inOrder(0, 1, 3, 2)]);
  await head.getByRole('button').press('Enter');
  expect([await head.getAttribute('aria-sort'), await names()]).toEqual(['ascending', inOrder(3, 1, 0, 2)]);
  await head.getByRole('button').click();
  expect([await head.getAttribute('aria-sort'), await names()]).toEqual(['none', NAMES]);
  await page.context().close();
});

test('a chart has a table that says the same', async () => {
  const { page } = await harness.open({ comparison: COMPARISON });
  await page.locator('.chart-compared-sizes').getByRole('button', { name: 'Show as table' }).click();
  await expect.poll(() => page.locator('.chart-compared-sizes tbody tr').count()).toBe(NAMES.length);
  expect(await page.locator('.chart-compared-sizes tbody tr').first().textContent()).toContain('/layer1/conv1/Conv');
  await page.context().close();
});
