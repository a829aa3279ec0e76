import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

describeWithBrowser('the filters of the requests', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    for (const model of ['evaluate', 'node:plan_queries']) {
      await shown.gateway.trace(await shown.gateway.chat({ model }));
    }
  }, 60_000);
  afterAll(() => shown.stop());

  const expectOnlyEvaluate = async (page: Page): Promise<void> => {
    await page.locator('tbody tr').first().waitFor();
    await expect.poll(() => page.locator('tbody .for').allInnerTexts()).toEqual(['node:evaluate']);
    expect(await page.getByLabel('Node').inputValue()).toBe('evaluate');
  };

  test('stay after a reload, in a copied link, and on the way back from a request', async () => {
    const page = await shown.open('#/requests');
    await page.locator('tbody tr').nth(1).waitFor();
    await page.getByLabel('Node').fill('evaluate');
    await page.getByLabel('State').selectOption('settled');
    await expectOnlyEvaluate(page);
    expect(new URL(page.url()).hash).toBe('#/requests?node=evaluate&state=settled');
    await page.reload();
    await expectOnlyEvaluate(page);
    expect(await page.getByLabel('State').inputValue()).toBe('settled');
    await page.locator('tbody tr').getByRole('link').click();
    await page.getByRole('link', { name: '← Requests' }).click();
    await expectOnlyEvaluate(page);
    const copy = await shown.open(new URL(page.url()).hash);
    await expectOnlyEvaluate(copy);
    await page.close();
    await copy.close();
  });

  test('are dropped from the address when they are emptied, and ignored if they are unknown', async () => {
    const page = await shown.open('#/requests?node=evaluate&state=nosuch&other=1');
    await expectOnlyEvaluate(page);
    await page.getByLabel('Node').fill('');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.locator('tbody tr').nth(1).waitFor();
    expect(new URL(page.url()).hash).toBe('#/requests');
    await page.close();
    expect(shown.errors).toEqual([]);
  });
});
