import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Harness } from './support/harness';
import type { OpenedPage } from './support/harness';

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.close());

const row = (page: Page, name: RegExp): ReturnType<Page['getByRole']> => page.getByRole('row', { name }).first();
const close = ({ page }: OpenedPage): Promise<void> => page.context().close();

test('names that are HTML, script, emoji, reversed or very long stay text', async () => {
  const opened = await harness.open({ model: 'hostile', change: { fileName: '<img src=x onerror=window.hacked=9>.onnx', planName: '<b>plan</b>' } });
  const { page, errors, violations } = opened;
  await page.getByText('<img src=x onerror="window.hacked=1">').first().waitFor();
  for (let press = 0; press < 16; press += 1) {
    await page.keyboard.press('ArrowDown');
    if (press === 0) await row(page, /onerror/).click();
  }
  await page.getByRole('heading', { name: '<img src=x onerror=window.hacked=9>.onnx' }).waitFor();
  expect(await page.locator('img, script:not([nonce]), b').count()).toBe(0);
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
  expect(await page.locator('.row .cell-name').evaluateAll((cells) => Math.max(...cells.map((cell) => cell.textContent.length)))).toBeLessThanOrEqual(301);
  expect(await page.locator('.row').evaluateAll((rows) => rows.every((each) => each.getBoundingClientRect().height === 22))).toBe(true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
  expect(errors).toEqual([]);
  expect(await violations()).toEqual([]);
  await close(opened);
});

test('the page comes back as it was left', async () => {
  const opened = await harness.open({ size: { width: 1400, height: 700 } });
  await row(opened.page, /^layer2/).click();
  await opened.page.keyboard.press('ArrowLeft');
  await row(opened.page, /^layer3/).click();
  await opened.page.getByRole('treegrid').evaluate((table) => {
    table.scrollTop = 120;
  });
  await opened.page.waitForTimeout(400);
  const state: unknown = await opened.page.evaluate(() => window.fakeHost.storedState);
  await close(opened);
  const again = await harness.open({ size: { width: 1400, height: 700 }, state });
  await row(again.page, /^layer3/).waitFor();
  expect(await row(again.page, /^layer2/).getAttribute('aria-expanded')).toBe('false');
  expect(await row(again.page, /^layer3/).getAttribute('aria-selected')).toBe('true');
  expect(await again.page.getByRole('treegrid').evaluate((table) => table.scrollTop)).toBe(120);
  await close(again);
});

test('a stored state of another version is ignored', async () => {
  const opened = await harness.open({ state: { version: 99, filter: 'nothing', scrollTop: 'x' } });
  await row(opened.page, /^conv1/).waitFor();
  expect(opened.errors).toEqual([]);
  await close(opened);
});

test('figures of an older plan are dropped, newer ones are shown, with the totals', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await row(page, /^conv1.*42\.2/).waitFor();
  await page.evaluate(() => {
    window.fakeHost.setScheme([0], { kind: 'float16' });
  });
  await row(page, /^conv1.*float16.*73\.5/).waitFor();
  await close(opened);
});

test('a row that is revealed before its page has arrived is selected when it has', async () => {
  const opened = await harness.open({ model: 'large' });
  await opened.page.evaluate(() => {
    window.fakeHost.reveal(9_999);
  });
  await opened.page.getByRole('heading', { name: '/block99/unit9/part9/MatMul' }).waitFor();
  expect(await opened.page.locator('.row[aria-selected=true] .cell-name').textContent()).toBe('part9');
  await close(opened);
});

test('other layers replace the old ones; a change of notices alone fetches nothing', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await row(page, /^conv1/).waitFor();
  await page.evaluate(() => {
    window.fakeHost.failing.add('rows');
    window.fakeHost.push({ notices: [{ id: 'n', severity: 'info', text: 'Hello.', action: { label: 'Do', key: 'doIt' } }] });
  });
  await page.getByRole('button', { name: 'Do', exact: true }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['doIt']);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['doIt', 'dismiss:n']);
  await page.evaluate(() => {
    window.fakeHost.push({ modelRevision: 2 });
  });
  await page.getByText('The layers could not be read: the fake host fails rows').waitFor();
  await page.evaluate(() => {
    window.fakeHost.failing.clear();
    window.fakeHost.push({ modelRevision: 2 });
  });
  await page.getByText('The layers could not be read').waitFor({ state: 'detached' });
  await close(opened);
});

test('a failed edit and a failed detail are said where they happen', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await page.evaluate(() => {
    window.fakeHost.failing.add('edit').add('detail');
  });
  await row(page, /^conv1/).click();
  await page.getByText('The weights could not be read: the fake host fails detail').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: '4 bits' }).click();
  await page.locator('.notice').getByText('the fake host fails edit').waitFor();
  await close(opened);
});

test('a layer whose weights cannot be read shows no format, says why once, and keeps nothing of the layer before', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await row(page, /^conv1/).click();
  const panel = page.getByRole('complementary', { name: 'Selected layer' });
  await panel.getByText(/^mean/).waitFor();
  await page.evaluate(() => {
    window.fakeHost.failing.add('detail');
    window.fakeHost.skip(5, 'the fake host fails detail');
  });
  await row(page, /^conv2/).click();
  const facts = panel.locator('.detail-facts');
  await panel.getByText(/^mean/).waitFor({ state: 'detached' });
  expect(await facts.textContent()).toBe('Conv · 64 × 64 × 3 × 3 · Stays float: the fake host fails detail');
  expect(await panel.getByText('the fake host fails detail').count()).toBe(1);
  expect(await panel.getByRole('table').count()).toBe(0);
  await close(opened);
});

test('external data that is not there is said above the table, until it is', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await row(page, /^conv1/).waitFor();
  const missing = (missingData: readonly string[] | undefined): Promise<void> => page.evaluate((files) => {
    const { info } = window.fakeHost;
    window.fakeHost.push({ model: files === undefined ? info : { ...info, missingData: files } });
  }, missingData);
  await missing(["m.onnx keeps 'w' in 'a.data', but that file is not there.", "m.onnx keeps 'v' in 'b.data', but that file is not there."]);
  const notice = page.locator('.notice-warning');
  await notice.getByText("m.onnx keeps 'w' in 'a.data', but that file is not there. … and 1 more").waitFor();
  await notice.getByRole('button', { name: 'Try Again' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['retry']);
  const advice = page.getByText('No layer is quantized yet. Choose a format in the table.');
  const refusal = page.getByText('No layer can have the format that is chosen for it. Its row says why.');
  expect([await advice.count(), await refusal.count()]).toEqual([0, 0]);
  await page.evaluate(() => {
    for (let layer = 0; layer < 41; layer += 1) window.fakeHost.skip(layer, 'its weights are not there');
  });
  await refusal.waitFor();
  expect(await advice.count()).toBe(0);
  await missing(undefined);
  await notice.waitFor({ state: 'detached' });
  await close(opened);
});

test('header controls speak to the host', async () => {
  const opened = await harness.open({ change: { targets: ['onnxruntime-cpu', 'webgpu'] } });
  const { page } = opened;
  await row(page, /^conv1/).waitFor();
  const dimension = page.getByRole('textbox', { name: /dimension “batch”/ });
  await dimension.fill('8');
  await dimension.press('Enter');
  // An undo elsewhere shows at once, though the field still has the focus.
  await page.evaluate(() => {
    window.fakeHost.push({});
  });
  await expect.poll(() => dimension.inputValue()).toBe('1');
  await dimension.fill('-3');
  await dimension.press('Enter');
  await dimension.fill('');
  await dimension.press('Enter');
  await expect.poll(() => page.evaluate(() => window.fakeHost.dimensions)).toEqual([{ name: 'batch', value: 8 }, { name: 'batch', value: null }]);
  await page.getByRole('combobox', { name: 'Target' }).click();
  await page.getByRole('option', { name: 'webgpu' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.targets)).toEqual(['webgpu']);
  for (const name of ['Samples: none', 'Plan: resnet18.nibble.json', 'Quantize']) await page.getByRole('button', { name }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['chooseSamples', 'openPlan', 'quantize']);
  await close(opened);
});

test('a job can be cancelled and its result is shown', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await row(page, /^conv1/).waitFor();
  await page.evaluate(() => {
    window.fakeHost.progress({ id: 'j', title: 'Quantizing', progress: { step: 'Writing', done: 1, total: 4, unit: 'bytes' }, etaMilliseconds: 12_000 });
  });
  expect(await page.getByRole('progressbar', { name: 'Quantizing' }).getAttribute('aria-valuenow')).toBe('25');
  await page.getByText('25 % · about 15 s left').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['cancel']);
  await page.evaluate(() => {
    window.fakeHost.finish();
  });
  await page.getByRole('tab', { name: 'Result', selected: true }).waitFor();
  await page.getByRole('row', { name: 'logits 31.2 0.183 99.2 128 samples' }).waitFor();
  await page.getByRole('button', { name: 'Reveal' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['cancel', 'revealOutput']);
  await close(opened);
});

test('every text comes from the table of strings', async () => {
  const opened = await harness.open({ change: { strings: { 'header.quantize': 'Quantisieren', 'column.name': 'Schicht' } } });
  await row(opened.page, /^conv1/).waitFor();
  await opened.page.getByRole('columnheader', { name: 'Schicht' }).waitFor();
  await opened.page.getByRole('button', { name: 'Quantisieren' }).waitFor();
  await close(opened);
});

test('charts take the colours of a new theme', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await page.locator('.chart-size canvas').waitFor();
  await page.waitForTimeout(400);
  const pixels = (): Promise<string> => page.locator('.chart-size canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  const before = await pixels();
  await page.evaluate(() => {
    window.setTheme('hc-light');
  });
  await page.waitForTimeout(300);
  expect(await pixels()).not.toBe(before);
  await close(opened);
});

test('nothing moves for those who asked for that', async () => {
  const opened = await harness.open({ reducedMotion: true, change: { job: { id: 'j', title: 'Opening', progress: { step: 'Reading', done: 0, total: 0, unit: 'bytes' }, etaMilliseconds: null } } });
  await opened.page.getByText('Reading').waitFor();
  expect(await opened.page.locator('.job-done').evaluate((bar) => getComputedStyle(bar).animationName)).toBe('none');
  await close(opened);
});

test('a context menu is about the row under the pointer, or about the selection that it belongs to', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await row(page, /^conv1/).click();
  await row(page, /^conv2/).click({ button: 'right' });
  expect(await page.locator('.row[aria-selected=true] .cell-name').allTextContents()).toEqual(['conv2']);
  const contexts = (): Promise<readonly string[]> => page.locator('.row[aria-selected=true]').evaluateAll((rows) => rows.map((each) => (JSON.parse((each as HTMLElement).dataset['vscodeContext'] ?? '{}') as { nibbleRow: string }).nibbleRow));
  expect(await contexts()).toEqual(['weights']);
  await row(page, /^conv1/).click();
  await row(page, /^conv2/).click({ modifiers: ['Control'] });
  await row(page, /^conv2/).click({ button: 'right' });
  expect(await contexts()).toEqual(['weights', 'weights']);
  await row(page, /^relu/i).click({ button: 'right' });
  expect(await contexts()).toEqual(['plain']);
  await close(opened);
});

test('a scope has a tooltip of its own', async () => {
  const opened = await harness.open();
  await row(opened.page, /^layer1\b/).hover();
  await opened.page.getByRole('tooltip').getByText('5, of which 3 have weights').waitFor();
  await close(opened);
});

test('an example of the filter is taken over, and an operator of the totals filters by it', async () => {
  const opened = await harness.open();
  const { page } = opened;
  const help = page.getByRole('button', { name: 'What the filter understands' });
  await help.click();
  await page.getByRole('dialog').getByRole('button', { name: '-relu' }).click();
  const field = page.getByRole('textbox', { name: 'Filter layers' });
  await expect.poll(() => field.inputValue()).toBe('-relu');
  await expect.poll(() => row(page, /^relu/).count()).toBe(0);
  await help.click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('What the filter understands');
  await page.getByRole('tab', { name: 'By operator' }).click();
  await page.getByRole('table', { name: 'Totals by operator' }).getByRole('button', { name: 'Gemm' }).click();
  await expect.poll(() => field.inputValue()).toBe('op:Gemm');
  await page.getByText('1 of 41 layers').waitFor();
  await page.getByRole('button', { name: '2 × MACs + other operations' }).click();
  await expect.poll(() => page.evaluate(() => window.fakeHost.acts)).toEqual(['chooseCounting']);
  await close(opened);
});

test('a figure explains itself where it stands: in the summary, in a cell and, for every figure, in the panel', async () => {
  const opened = await harness.open();
  const { page } = opened;
  const explained = page.getByRole('tooltip').getByText('16 × 64 = 1,024');
  await page.locator('.figure').filter({ hasText: 'Compute' }).hover();
  await explained.waitFor();
  expect(await page.getByRole('tooltip').innerText()).toMatch(/Strict multiply-accumulates.*one layer is not counted, .*FancyNorm/s);
  await page.keyboard.press('Escape');
  await row(page, /^conv1/).locator('.cell-macs').hover();
  await explained.waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.figure').filter({ hasText: 'FLOPs' }).focus();
  await explained.waitFor();
  await row(page, /^relu/i).click();
  expect(await page.locator('.cost-figure').allTextContents()).toEqual(['parameters', 'weightBytes', 'macs', 'flops', 'activationBytes', 'movedBytes', 'intensity'].map((figure) => `${figure}1,024`));
  await close(opened);
});

test('the chart of memory leads to the layer at its peak', async () => {
  const opened = await harness.open();
  const { page } = opened;
  await page.getByRole('tab', { name: 'Memory over time' }).click();
  await page.locator('.chart-memory canvas').waitFor();
  await page.getByText('elementwise in place: peak 5.14 MB').waitFor();
  await page.locator('.memory-facts').getByRole('button').click();
  await page.getByRole('heading', { name: 'maxpool' }).waitFor();
  await close(opened);
});

test('a layer that is stored as codes says as which, and offers no other format', async () => {
  const opened = await harness.open({ model: 'stored' });
  const { page } = opened;
  await row(page, /^conv1/).waitFor();
  await page.evaluate(() => {
    window.fakeHost.skip(0, 'it is already quantized (int8)');
  });
  const cell = row(page, /^conv1/).locator('.cell-format');
  await expect.poll(() => cell.innerText()).toBe('int8 · channel × uint8');
  expect(await cell.getByRole('button').count()).toBe(0);
  expect(await row(page, /^relu/i).locator('.cell-format').innerText()).toBe('uint8');
  await row(page, /^conv1/).click();
  await page.getByText('stored as int8 · channel × uint8').waitFor();
  await close(opened);
});
