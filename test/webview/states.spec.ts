import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults } from './support/axe';
import { Harness, SCREENSHOTS, THEMES } from './support/harness';
import type { OpenOptions } from './support/harness';

let harness: Harness;
beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  harness = await Harness.start();
});
afterAll(() => harness.close());

const JOB = { id: '1', title: 'Quantizing resnet18.onnx', progress: { step: 'Quantizing weights', done: 31_000_000, total: 46_700_000, unit: 'bytes' as const }, etaMilliseconds: 2_400 };

async function selectLayer(page: Page): Promise<void> {
  await page.getByRole('row', { name: /^layer1\.0/ }).waitFor();
  await page.getByRole('row', { name: /^conv2/ }).first().click();
  await page.getByRole('table', { name: 'Every format of this layer' }).first().waitFor();
  await page.locator('.chart-weights canvas').waitFor();
}

/** Everything that the page can look like. */
const STATES: Readonly<Record<string, { readonly options?: OpenOptions; readonly prepare: (page: Page) => Promise<void> }>> = {
  layers: { prepare: selectLayer },
  findings: {
    options: { model: 'stored', change: { findings: [
      { layer: 3, severity: 'error', text: 'The scales of "w" run along axis 1. The weights come out wrong. Set the axis to 0.' },
      { layer: 3, severity: 'note', text: 'It is dequantized at every inference.' },
      { layer: 5, severity: 'warning', text: 'Sums can saturate. Results differ between processors. Use int8 activations.' },
      { layer: 7, severity: 'note', text: 'It is worth knowing.' },
    ] } },
    prepare: async (page) => {
      await page.locator('.row[data-finding=warning]').waitFor();
      await page.locator('.row[data-finding=error]').click();
      await page.getByRole('list', { name: 'What the audit found' }).getByText('Set the axis to 0.').waitFor();
      await page.locator('.chart-weights canvas').waitFor();
    },
  },
  mixed: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.evaluate(() => {
        window.fakeHost.setScheme([3, 5, 13], { kind: 'integer', bits: 4, signed: true, symmetric: true, granularity: { block: 32 }, range: 'minmax' });
        window.fakeHost.setScheme([0], { kind: 'float' });
        window.fakeHost.skip(7, 'its tensor holds a NaN');
      });
      await page.getByRole('button', { name: 'Details' }).click();
      await page.getByText('mixed').first().waitFor();
    },
  },
  menu: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.keyboard.press('Enter');
      await page.getByRole('menu').getByText('kB').first().waitFor();
    },
  },
  modelMenu: {
    options: { change: { activations: 'uint8' } },
    prepare: async (page) => {
      await selectLayer(page);
      await page.getByRole('button', { name: 'Whole model' }).click();
      await page.getByRole('menuitemradio', { name: 'uint8', checked: true }).waitFor();
    },
  },
  tooltip: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.getByRole('row', { name: /^conv1/ }).nth(1).hover();
      await page.getByRole('tooltip').waitFor();
    },
  },
  tables: {
    prepare: async (page) => {
      await selectLayer(page);
      for (const chart of ['weights', 'size', 'error']) await page.locator(`.chart-${chart}`).getByRole('button', { name: 'Show as table' }).click();
    },
  },
  channels: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.getByRole('tab', { name: 'Channels' }).click();
    },
  },
  formats: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.getByRole('tab', { name: 'Formats' }).click();
    },
  },
  errors: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.getByRole('tab', { name: 'Errors' }).click();
    },
  },
  result: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.evaluate(() => {
        window.fakeHost.finish();
      });
      await page.locator('.chart-result-sizes canvas').waitFor();
    },
  },
  activations: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.evaluate(() => {
        window.fakeHost.finish(true);
      });
      await page.locator('.chart-result-candidates canvas').waitFor();
    },
  },
  working: {
    options: { change: { job: JOB, notices: [{ id: 'changed', severity: 'warning', text: 'resnet18.onnx has changed on disk.', action: { label: 'Reload', key: 'reload' } }, { id: 'engine', severity: 'info', text: 'The engine was restarted. Your plan is untouched.', action: null }] } },
    prepare: async (page) => {
      await page.getByText('Quantizing weights').waitFor();
    },
  },
  pending: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.evaluate(() => {
        window.fakeHost.setPending(true);
      });
      await page.getByText('21 to go').waitFor();
    },
  },
  sorted: {
    prepare: async (page) => {
      await page.getByRole('button', { name: /^Weights/ }).click();
      await page.getByRole('row', { name: '/layer4/layer4.0/conv2/Conv' }).waitFor();
    },
  },
  nothing: {
    prepare: async (page) => {
      await page.getByRole('textbox', { name: 'Filter layers' }).fill('no-such-layer');
      await page.getByText('No layer matches this filter.').waitFor();
    },
  },
  flat: {
    options: { model: 'flat' },
    prepare: async (page) => {
      await page.getByRole('row', { name: /node_0/ }).waitFor();
    },
  },
  memory: {
    prepare: async (page) => {
      await page.getByRole('tab', { name: 'Memory over time' }).click();
      await page.locator('.chart-memory canvas').waitFor();
      await page.getByRole('table', { name: 'What makes the peak' }).waitFor();
    },
  },
  cost: {
    prepare: async (page) => {
      await selectLayer(page);
      await page.getByRole('tab', { name: 'Cost' }).click();
      await page.locator('.cost').nth(6).waitFor();
    },
  },
  operators: {
    prepare: async (page) => {
      await page.getByRole('tab', { name: 'By operator' }).click();
      await page.getByRole('table', { name: 'Totals by operator' }).getByRole('button', { name: 'Conv', exact: true }).waitFor();
    },
  },
  filterHelp: {
    prepare: async (page) => {
      await page.getByRole('button', { name: 'What the filter understands' }).click();
      await page.getByRole('dialog', { name: 'What the filter understands' }).waitFor();
    },
  },
  loading: {
    options: { change: { model: null, totals: null, assessment: null, layerCount: 0 } },
    prepare: async (page) => {
      await page.getByText('Opening resnet18.onnx…').waitFor();
    },
  },
  failure: {
    options: { change: { model: null, totals: null, assessment: null, layerCount: 0, failure: 'resnet18.onnx is not an ONNX model: it starts like a web page. Download the file again.' } },
    prepare: async (page) => {
      await page.getByText('could not be opened').waitFor();
    },
  },
  empty: {
    options: { model: 'empty' },
    prepare: async (page) => {
      await page.getByText('This model has no operators').waitFor();
    },
  },
  medium: { options: { size: { width: 1030, height: 800 } }, prepare: selectLayer },
  narrow: { options: { size: { width: 560, height: 860 } }, prepare: selectLayer },
};

for (const theme of THEMES) {
  describe(theme, () => {
    for (const [name, { options, prepare }] of Object.entries(STATES)) {
      test(`${name} is accessible and within the content policy`, async () => {
        const { page, errors, violations } = await harness.open({ ...options, theme });
        await prepare(page);
        // Charts are drawn a fifth of a second after the figures that they show.
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${theme}.png`) });
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(errors).toEqual([]);
        expect(await violations()).toEqual([]);
        await page.context().close();
      });
    }
  });
}
