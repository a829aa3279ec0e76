import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('the switchboard', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    const config = { nodes: { evaluate: { lane: 'main' } } };
    await call(shown.gateway, 'POST', '/api/profiles', { name: 'night', config });
  }, 60_000);
  afterAll(() => shown.stop());

  test('names the active profile, from its activation to its end, with a link to the profiles', async () => {
    const page = await shown.open();
    await page.locator('tr[data-subject="evaluate"]').waitFor();
    const named = page.getByText('Profile:');
    expect(await named.count()).toBe(0);
    await call(shown.gateway, 'POST', '/api/profiles/night/activate');
    await named.getByRole('link', { name: 'night' }).waitFor();
    await call(shown.gateway, 'POST', '/api/profiles/deactivate');
    await named.waitFor({ state: 'detached' });
    await call(shown.gateway, 'POST', '/api/profiles/night/activate');
    await named.getByRole('link', { name: 'night' }).click();
    await page.locator('[data-profile="night"]').getByText('active').waitFor();
    await page.close();
  });
});
