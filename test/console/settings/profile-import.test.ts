import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('the import of a profile', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    const config = { nodes: { evaluate: { lane: 'main' } } };
    await call(shown.gateway, 'POST', '/api/profiles', { name: 'night', description: 'old', config });
  }, 60_000);
  afterAll(() => shown.stop());

  const upload = (page: Page, content: unknown): Promise<void> => {
    const buffer = Buffer.from(JSON.stringify(content));
    return page.getByLabel('Import').setInputFiles({ name: 'a.json', mimeType: 'application/json', buffer });
  };

  test('offers to overwrite a profile with the same name', async () => {
    const page = await shown.open('#/settings/profiles');
    const profile = page.locator('[data-profile="night"]');
    await profile.getByText('old').waitFor();
    const config = { nodes: { evaluate: { lane: 'coder' } } };
    await upload(page, { laneway_profile: 1, name: 'night', description: 'new', config });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).not.toMatch(/PUT|overwrite=1/);
    await alert.getByRole('button', { name: 'Overwrite night' }).click();
    await profile.getByText('new').waitFor();
    expect(await alert.count()).toBe(0);
    await page.close();
  });

  test('explains that a file is no profile, until the next action', async () => {
    const page = await shown.open('#/settings/profiles');
    await upload(page, { some: 'thing' });
    await page.getByRole('alert').getByText('This file is not a profile.').waitFor();
    await page.locator('[data-profile="night"]').getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.close();
  });
});
