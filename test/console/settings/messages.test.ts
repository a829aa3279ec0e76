import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('errors in the settings are about the console, not about calls of the API', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    const server = { id: 'extra', type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' };
    await call(shown.gateway, 'POST', '/api/v1/llm/providers', server);
  }, 60_000);
  afterAll(() => shown.stop());

  test.each([
    ['extra', 'http://127.0.0.1:9/v1', /^provider "extra" exists; edit it in the list/],
    ['other', 'no-address', /^Base URL: /],
  ])('the id %s with the address %s', async (id, address, message) => {
    const page = await shown.open('#/settings/providers');
    await page.getByRole('button', { name: 'Add a provider' }).click();
    await page.getByRole('textbox', { name: 'Id' }).fill(id);
    await page.getByLabel('Base URL').fill(address);
    await page.getByRole('button', { name: 'Save' }).click();
    const alert = page.getByRole('dialog').getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(message);
    await page.close();
  });

  test('an unknown fallback', async () => {
    const page = await shown.open('#/settings/models');
    await page.locator('[data-node="evaluate"]').getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Fallbacks').fill('nowhere/at-all');
    await page.getByRole('button', { name: 'Save' }).click();
    const alert = page.getByRole('dialog').getByRole('alert');
    await alert.waitFor();
    const text = await alert.innerText();
    expect(text).toContain('unknown fallback "nowhere/at-all"; the Switchboard lists the models');
    await page.close();
  });

  test('a profile with a provider that is not configured', async () => {
    const config = { nodes: { evaluate: { model: 'missing/model' } } };
    const file = { laneway_profile: 1, name: 'away', config };
    const page = await shown.open('#/settings/profiles');
    const buffer = Buffer.from(JSON.stringify(file));
    await page.getByLabel('Import').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).not.toMatch(/POST|PUT|user_models/);
    await page.close();
  });
});
