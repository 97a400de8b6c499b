import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Harness } from './support/harness';

let harness: Harness;
let page: Page;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.close());
beforeEach(async () => {
  ({ page } = await harness.open());
  await page.getByRole('row', { name: /^conv1/ }).first().click();
});
afterEach(() => page.context().close());

/** The name of the row that has the focus, as it stands in its first cell. */
const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.querySelector('.cell-name')?.textContent ?? '');
const selected = (): Promise<readonly string[]> => page.locator('.row[aria-selected=true] .cell-name').allTextContents();
const edits = (): Promise<unknown> => page.evaluate(() => window.fakeHost.edits);

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

test('arrows move through the tree, left and right close, open and climb', async () => {
  expect(await focused()).toBe('conv1');
  await press('ArrowDown', 'ArrowDown', 'ArrowDown');
  expect(await focused()).toBe('layer1');
  await press('ArrowRight');
  expect(await focused()).toBe('layer1.0');
  await press('ArrowRight');
  expect(await focused()).toBe('conv1');
  await press('ArrowLeft');
  expect(await focused()).toBe('layer1.0');
  await press('ArrowLeft');
  expect(await page.getByRole('row', { name: /^layer1\.0/ }).getAttribute('aria-expanded')).toBe('false');
  await press('ArrowLeft', 'ArrowLeft');
  expect(await focused()).toBe('layer1');
  expect(await page.getByRole('row', { name: /^layer1\.0/ }).count()).toBe(0);
  await press('ArrowRight', '*');
  expect(await page.getByRole('row', { name: /^layer1\.0/ }).count()).toBe(1);
});

test('Home, End and the page keys reach both ends and keep the row in view', async () => {
  await press('End');
  expect(await focused()).toBe('fc');
  expect(await page.locator('.row:focus').boundingBox().then((box) => box?.y)).toBeLessThan(640);
  await press('PageUp');
  expect(await focused()).not.toBe('fc');
  await press('Home');
  expect(await focused()).toBe('conv1');
  await press('PageDown', 'PageDown', 'PageDown', 'PageDown', 'PageDown');
  expect(await focused()).toBe('fc');
});

test('exactly one row can be reached with Tab', async () => {
  await press('ArrowDown', 'ArrowDown');
  expect(await page.locator('.row[tabindex="0"]').count()).toBe(1);
  await press('Shift+Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('After');
  await press('Tab');
  expect(await focused()).toBe('maxpool');
});

test('a focused row stays focused when it is scrolled out of view', async () => {
  await page.getByRole('treegrid').evaluate((table) => {
    table.scrollTop = 600;
  });
  await page.waitForTimeout(100);
  expect(await focused()).toBe('conv1');
  await press('ArrowDown');
  expect(await focused()).toBe('relu');
});

test('Shift extends the selection, Ctrl+Space adds one, Ctrl+A takes all', async () => {
  await press('Shift+ArrowDown', 'Shift+ArrowDown');
  expect(await selected()).toEqual(['conv1', 'relu', 'maxpool']);
  await press('Shift+ArrowUp');
  expect(await selected()).toEqual(['conv1', 'relu']);
  await press('Control+ArrowDown', 'Control+ArrowDown', 'Control+Space');
  expect(await selected()).toEqual(['conv1', 'relu', 'layer1']);
  await press('Control+a');
  // Not the rows of the scopes, which the selection holds as well.
  expect(await selected()).toContain('layer1');
  expect(await page.getByText('41 layers · 41 selected').count()).toBe(1);
  expect(await page.getByText('41 layers selected').count()).toBe(1);
  expect(await page.evaluate(() => window.fakeHost.selected.length)).toBe(41);
});

test('all that a filter shows is selected without the rest of their scopes', async () => {
  await page.getByRole('textbox', { name: 'Filter layers' }).fill('downsample');
  await page.getByText('3 of 41 layers').waitFor();
  await page.getByRole('row', { name: /downsample/ }).last().click();
  await press('Control+a');
  await page.getByText('3 of 41 layers · 3 selected').waitFor();
  await press('Enter');
  await page.getByRole('menuitemradio', { name: '4 bits' }).click();
  await expect.poll(async () => (await edits() as { target: unknown }[])[0]?.target).toMatchObject({ kind: 'layers', layers: { length: 3 } });
});

test('Enter opens the format menu, a letter of it is chosen with the arrows, Escape goes back to the row', async () => {
  await press('Enter');
  await page.getByRole('menu', { name: 'Format of /conv1/Conv' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('8 bits');
  await press('ArrowDown', 'Enter');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await expect.poll(edits).toEqual([{ target: { kind: 'layers', layers: [0] }, scheme: { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' } }]);
  expect(await focused()).toBe('conv1');
  await page.getByRole('button', { name: 'Format of conv1: int4 · channel' }).waitFor();
  await press('Enter', 'Escape');
  expect(await page.getByRole('menu').count()).toBe(0);
  expect(await focused()).toBe('conv1');
  expect(await edits()).toHaveLength(1);
});

test('Space applies a choice and leaves the menu open for the next', async () => {
  await press('Enter', 'ArrowDown', 'Space');
  await page.getByRole('menuitemradio', { name: '4 bits', checked: true }).waitFor();
  await page.getByRole('menuitemradio', { name: 'Asymmetric' }).focus();
  await press('Space');
  await page.getByRole('menuitemradio', { name: 'Block of 32' }).focus();
  await press('Space', 'Escape');
  await expect.poll(() => page.evaluate(() => window.fakeHost.edits.at(-1)?.scheme)).toEqual({ kind: 'integer', bits: 4, signed: false, symmetric: false, granularity: { block: 32 }, range: 'minmax' });
});

test('a refused format says why and cannot be chosen', async () => {
  await press('Enter');
  const two = page.getByRole('menuitemradio', { name: '2 bits' });
  await page.getByRole('menu').getByText('onnxruntime 1.30 does not load int2 weights').waitFor();
  expect(await two.getAttribute('aria-disabled')).toBe('true');
  await two.focus();
  await press('Enter');
  expect(await edits()).toEqual([]);
});

test('a scope is edited as a scope, a selection as its layers, everything as the model', async () => {
  await page.getByRole('button', { name: /^Format of layer1:/ }).click();
  await page.getByRole('menuitemradio', { name: '4 bits' }).click();
  await press('Escape');
  await page.getByRole('row', { name: /^conv1/ }).first().click();
  await press('Shift+ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown', 'Enter');
  await page.getByRole('menuitemradio', { name: 'Keep float' }).click();
  await press('Escape', 'Control+a', 'Enter');
  await page.getByRole('menuitemradio', { name: 'float16' }).click();
  const targets = (): Promise<unknown> => page.evaluate(() => window.fakeHost.edits.map(({ target }) => target));
  await expect.poll(targets).toEqual([{ kind: 'scope', scope: ['layer1'] }, { kind: 'layers', layers: [0, 3, 5, 7, 9] }, { kind: 'model' }]);
});

test('the repetitions of a block are one row, closed at first, and are edited together', async () => {
  await page.context().close();
  ({ page } = await harness.open({ change: { blocks: [{ scope: ['layer1'], first: 3, entries: 1, count: 2, layers: 4 }] } }));
  const block = page.getByRole('row', { name: /^layer1\.0 … layer1\.1.*× 2/ });
  await block.click();
  expect(await block.getAttribute('aria-expanded')).toBe('false');
  expect(await page.getByRole('row', { name: /^layer1\.1/ }).count()).toBe(0);
  await press('ArrowRight');
  expect(await page.getByRole('row', { name: /^layer1\.1/ }).count()).toBe(1);
  await press('Enter');
  await page.getByRole('menuitemradio', { name: '4 bits' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.edits.at(-1)?.target)).toEqual({ kind: 'layers', layers: [3, 5, 7, 9] });
});

test('typing filters, Enter goes to the first match, Escape brings everything back', async () => {
  await page.keyboard.type('downsample');
  expect(await page.getByRole('textbox', { name: 'Filter layers' }).inputValue()).toBe('downsample');
  await page.getByText('3 of 41 layers').waitFor();
  await press('Enter');
  expect(await focused()).toBe('layer2');
  await press('Escape');
  await page.getByText('41 layers', { exact: true }).waitFor();
});

test('conditions filter by size and by format', async () => {
  const filter = page.getByRole('textbox', { name: 'Filter layers' });
  await filter.fill('conv >1MB');
  await page.getByText(/^8 of 41 layers$/).waitFor();
  await filter.fill('4bit');
  await page.getByText('No layer matches this filter.').waitFor();
  await page.evaluate(() => {
    window.fakeHost.setScheme([0], { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: 'channel', range: 'minmax' });
  });
  await page.getByText('1 of 41 layers').waitFor();
});

test('a column sorts down, up and back to the model’s order', async () => {
  const title = page.getByRole('columnheader', { name: /^Weights/ });
  await title.getByRole('button').focus();
  await press('Enter');
  expect(await title.getAttribute('aria-sort')).toBe('descending');
  expect(await page.locator('.row').filter({ has: page.locator('[aria-colindex="1"]') }).first().getAttribute('aria-level')).toBe('1');
  const first = (): Promise<string | null> => page.locator('.row[aria-rowindex="2"] .cell-name').textContent();
  expect(await first()).toBe('/layer4/layer4.0/conv2/Conv');
  await press('Enter');
  expect(await title.getAttribute('aria-sort')).toBe('ascending');
  expect(await first()).toBe('/relu/Relu');
  await press('Enter');
  expect(await title.getAttribute('aria-sort')).toBe('none');
  expect(await first()).toBe('conv1');
});

test('focusing a row by keyboard shows its tooltip; Escape dismisses it and describes nothing any more', async () => {
  await press('ArrowDown', 'ArrowUp');
  await page.getByRole('tooltip').getByText('computed over 9408 weights').waitFor();
  expect(await page.locator('.row:focus').getAttribute('aria-describedby')).toBe(await page.getByRole('tooltip').getAttribute('id'));
  await press('Escape');
  expect(await page.getByRole('tooltip').count()).toBe(0);
  expect(await page.locator('.row:focus').getAttribute('aria-describedby')).toBeNull();
});

test('a chart is read point by point and leads to the layer', async () => {
  await page.locator('.chart-size canvas').waitFor();
  await page.getByRole('group', { name: /^Size by layer/ }).focus();
  await press('End');
  await page.getByRole('tooltip').getByText('/fc/Gemm').waitFor();
  await press('Enter');
  await page.getByRole('heading', { name: '/fc/Gemm' }).waitFor();
});

test('the panels are resized with the arrow keys, keep their size and get the usual one back', async () => {
  const splitter = page.getByRole('separator', { name: 'Width of the panel beside the table' });
  const width = async (): Promise<number> => (await page.locator('.detail').boundingBox())?.width ?? 0;
  const usual = await width();
  await splitter.focus();
  await press('ArrowLeft', 'ArrowLeft');
  expect(await width()).toBeGreaterThan(usual + 40);
  expect(Number(await splitter.getAttribute('aria-valuenow'))).toBeCloseTo(((await width()) / 1400) * 100, -0.5);
  await press('Home');
  const least = await width();
  expect(least).toBeLessThan(usual);
  await press('ArrowRight');
  expect(await width()).toBeCloseTo(least, 0);
  await expect.poll(() => page.evaluate(() => (window.fakeHost.storedState as { detailShare: number }).detailShare)).toBeCloseTo(least / 1400, 2);
  await press('Enter');
  expect(await width()).toBe(usual);
});

test('the charts are dragged higher', async () => {
  const charts = page.locator('.overview');
  const before = (await charts.boundingBox())!;
  await page.mouse.move(before.x + 400, before.y);
  await page.mouse.down();
  await page.mouse.move(before.x + 400, before.y - 80, { steps: 4 });
  await page.mouse.up();
  expect((await charts.boundingBox())!.height).toBeCloseTo(before.height + 80, -0.5);
  await page.mouse.move(before.x + 400, before.y - 200);
  expect((await charts.boundingBox())!.height).toBeCloseTo(before.height + 80, -0.5);
});

test('no column is cut, however wide the table is', async () => {
  for (let width = 1640; width >= 480; width -= 40) {
    await page.setViewportSize({ width, height: 860 });
    expect(await page.locator('.table').evaluate((table) => table.scrollWidth - table.clientWidth), `${width} px`).toBe(0);
  }
});

test('the menu of the whole model chooses activations, too, and says that they need samples', async () => {
  await page.getByRole('button', { name: 'Whole model' }).click();
  await page.getByRole('menuitemradio', { name: 'Float', exact: true, checked: true }).focus();
  await press('ArrowRight', ' ');
  await page.getByRole('menuitemradio', { name: 'uint8', checked: true }).waitFor();
  await expect.poll(() => page.evaluate(() => window.fakeHost.activations)).toEqual(['uint8']);
  await press('Escape');
  await page.getByRole('button', { name: 'Activations: uint8' }).waitFor();
  await page.getByText('the ranges of activations will come from random inputs').waitFor();
  await page.getByRole('button', { name: 'Choose Samples…' }).click();
  await page.getByRole('button', { name: 'Activations: uint8' }).press('Enter');
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['chooseSamples', 'chooseActivations']);
});

test('a layer keeps its activations float and no longer, and its row says so', async () => {
  await page.getByRole('button', { name: 'Whole model' }).click();
  await page.getByRole('menuitemradio', { name: 'uint8' }).click();
  await press('Escape');
  const mark = page.getByRole('row', { name: /^conv1/ }).first().locator('.activation-mark');
  await expect.poll(() => mark.textContent()).toBe('A8');
  await page.getByRole('row', { name: /^conv1/ }).first().click();
  await press('Enter');
  const keep = page.getByRole('menuitemcheckbox', { name: 'Keep activations float', checked: false });
  await keep.focus();
  await press(' ');
  await page.getByRole('menuitemcheckbox', { checked: true }).waitFor();
  await expect.poll(() => mark.textContent()).toBe('A32');
  await press(' ', 'Escape');
  await expect.poll(() => mark.textContent()).toBe('A8');
});
