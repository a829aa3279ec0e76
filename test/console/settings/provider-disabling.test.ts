import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('the button that disables a provider', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    const unused = { id: 'unused', type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' };
    await call(shown.gateway, 'POST', '/api/v1/llm/providers', unused);
  }, 60_000);
  afterAll(() => shown.stop());

  test('names the nodes and lanes that use the provider, and waits for a confirmation', async () => {
    const page = await shown.open('#/settings/providers');
    const button = page.locator('[data-provider="demo"]').getByRole('button', { name: 'Disable' });
    const dialog = page.getByRole('dialog');
    await button.click();
    const lines = await dialog.locator('li strong').allInnerTexts();
    expect(lines).toEqual(['evaluate', 'plan_queries', 'lane:coder', 'lane:main']);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await button.count()).toBe(1);
    await button.click();
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await page.locator('[data-provider="demo"]').getByRole('button', { name: 'Enable' }).click();
    await button.waitFor();
    await page.close();
  });

  test('disables a provider that nothing uses at once', async () => {
    const page = await shown.open('#/settings/providers');
    const provider = page.locator('[data-provider="unused"]');
    await provider.getByRole('button', { name: 'Disable' }).click();
    await provider.getByRole('button', { name: 'Enable' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.close();
  });
});
