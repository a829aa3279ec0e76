import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { seriousFaults } from './accessibility.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

describeWithBrowser('the pages of the console', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ presets: true });
    for (const model of ['evaluate', 'evaluate', 'node:plan_queries'])
      await (await shown.gateway.chat({ model })).text();
  }, 60_000);
  afterAll(() => shown.stop());

  describe.each([
    { width: 1440, dark: false },
    { width: 1440, dark: true },
    { width: 375, dark: false },
    { width: 375, dark: true },
  ])('at $width px, dark: $dark', (options) => {
    let page: Page;
    beforeAll(async () => {
      page = await shown.open('', options);
    });
    afterAll(() => page.close());

    test.each([
      '',
      '#/model',
      '#/usage',
      '#/requests',
      '#/playground',
      '#/settings/models',
      '#/settings/providers',
      '#/settings/profiles',
      '#/settings/audit',
    ])('"%s" has no serious fault for screen readers, and fits the width', async (route) => {
      const address = route === '' ? '#/switchboard' : route;
      await page.goto(`${shown.gateway.url}/${address}`);
      await page.locator(`a[aria-current="page"][href="${address}"]`).waitFor();
      await page.getByText('Loading…').waitFor({ state: 'detached' });
      expect(await seriousFaults(page)).toEqual([]);
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(wide).toBeLessThanOrEqual(0);
    });
  });

  test('the model bar switches the active model and shows what the new one can do', async () => {
    const page = await shown.open('#/model');
    await page.getByRole('button', { name: 'Use demo/careful' }).click();
    await page.getByLabel('Active model').getByText('demo/careful', { exact: true }).waitFor();
    await page.getByText('context length').waitFor();
    const reply = await shown.gateway.chat({ model: 'auto' });
    await reply.text();
    expect(reply.headers.get('x-laneway-target')).toBe('demo/careful');
    await page.getByRole('button', { name: 'Use demo/quick' }).click();
    await page.getByLabel('Active model').getByText('demo/quick', { exact: true }).waitFor();
    await page.close();
  });

  test('without a local engine the menu has no page for engines, and its address says what is missing', async () => {
    const page = await shown.open('#/engines');
    await page.getByText('No local engine').waitFor();
    expect(await page.getByRole('navigation').getByRole('link', { name: 'Engines' }).count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });

  test('a request that ends appears in the list, and its page shows phases, attempts and plan', async () => {
    const page = await shown.open('#/requests');
    await page.locator('tbody tr').nth(2).waitFor();
    const before = await page.locator('tbody tr').count();
    await (await shown.gateway.chat({ model: 'evaluate' })).text();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(before + 1);
    await page.locator('tbody tr').first().getByRole('link').click();
    await page.getByRole('rowheader', { name: 'attempt', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Explain again' }).click();
    await expect.poll(() => page.getByText('demo/quick').count()).toBeGreaterThan(3);
    await page.close();
  });

  test('settings set a temperature, add a provider whose key is never shown, and list both in the audit', async () => {
    const page = await shown.open('#/settings/models');
    await page.locator('[data-node="evaluate"]').getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Temperature').fill('0.4');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('[data-node="evaluate"]').getByText('temperature 0.4').waitFor();

    await page.getByRole('link', { name: 'Providers' }).click();
    await page.getByRole('button', { name: 'Add a provider' }).click();
    await page.getByLabel('Id', { exact: true }).fill('extra');
    await page.getByLabel('Base URL').fill('http://127.0.0.1:9/v1');
    await page.getByLabel('API key').fill('sk-fake-console-canary');
    await page.getByRole('button', { name: 'Save' }).click();
    const provider = page.locator('[data-provider="extra"]');
    await provider.getByText('key from secret:provider:extra').waitFor();
    await provider.getByRole('button', { name: 'Validate' }).click();
    await provider
      .getByText(/127\.0\.0\.1:9.*|did not answer|refused/)
      .last()
      .waitFor();
    expect(await page.content()).not.toContain('canary');

    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByText('provider:extra').first().waitFor();
    await page.close();
  });
});
