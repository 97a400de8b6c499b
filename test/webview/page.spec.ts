import { afterAll, beforeAll, expect, test } from 'vitest';
import { Harness, THEMES } from './support/harness';

let harness: Harness;
beforeAll(async () => {
  harness = await Harness.start();
});
afterAll(() => harness.close());

for (const theme of THEMES) {
  test(`draws the layers without an error or a breach of the content policy in ${theme}`, async () => {
    const { page, errors, violations } = await harness.open({ theme });
    await page.getByRole('row', { name: /conv2/ }).first().click();
    await page.getByRole('heading', { name: '/layer1/layer1.0/conv2/Conv' }).waitFor();
    await page.locator('.chart-weights canvas').waitFor();
    expect(errors).toEqual([]);
    expect(await violations()).toEqual([]);
    await page.context().close();
  });
}
