import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, ensureChromium } from '../../scripts/lib/chromium.mjs';
import { chainModel, HOSTILE_NAMES, rendered } from '../jobs/report/models';
import { vgg16 } from '../support/models/convolutional';
import { accessibilityFaults } from './support/axe';

let browser: Browser;
beforeAll(async () => { browser = await chromium.launch({ executablePath: await ensureChromium(), args: CHROMIUM_ARGUMENTS }); });
afterAll(() => browser.close());

/** Shows a report as a file that someone has been sent, and notes what it asks for. */
async function show(html: string, colorScheme: 'light' | 'dark', width = 1_200) {
  // Without the report's own policy axe could not be put into the page; what that forbids is asked for separately.
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  const asked: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => errors.push(message.text()));
  await page.setContent(html);
  return { page, asked, errors };
}

describe.each(['light', 'dark'] as const)('an HTML report, %s', (scheme) => {
  it('is legible, asks for nothing, and shows what it promises', async () => {
    const { page, asked, errors } = await show(await rendered(vgg16(), 'html'), scheme);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect({ asked, errors }).toEqual({ asked: [], errors: [] });
    expect(await page.locator('.figures').innerText()).toMatch(/138 M\s+parameters[\s\S]*15\.5 G\s+MACs/);
    expect(await page.locator('svg').count()).toBe(3);
    const peak = await page.locator('.peak').boundingBox();
    expect(peak!.width).toBeGreaterThan(4);
    const [back, text] = await page.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color].map((color) => Number(/\d+/.exec(color)![0])));
    expect(back! < text!).toBe(scheme === 'dark');
  });

  it('shows hostile names as text', async () => {
    const { page, asked, errors } = await show(await rendered(chainModel(HOSTILE_NAMES), 'html'), scheme);
    expect({ title: await page.title(), asked, errors }).toEqual({ title: 'model.onnx', asked: [], errors: [] });
    expect(await page.locator('td', { hasText: HOSTILE_NAMES[0] }).first().innerText()).toBe(HOSTILE_NAMES[0]);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

it('an HTML report does not scroll sideways in a narrow window', async () => {
  const { page } = await show(await rendered(chainModel(HOSTILE_NAMES), 'html'), 'light', 420);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(420);
});
