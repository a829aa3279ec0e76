import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('the audit in the settings', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    const server = { id: 'extra', type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' };
    await call(shown.gateway, 'POST', '/api/v1/llm/providers', server);
    const config = { nodes: { evaluate: { lane: 'main' } } };
    await call(shown.gateway, 'POST', '/api/profiles', { name: 'night', config });
    await call(shown.gateway, 'POST', '/api/profiles/night/activate');
    await call(shown.gateway, 'POST', '/api/profiles/deactivate');
  }, 60_000);
  afterAll(() => shown.stop());

  test('has no default where there was no profile or provider', async () => {
    const page = await shown.open('#/settings/audit');
    await page.getByText('none → night').waitFor();
    await page.getByText('night → none').waitFor();
    const rows = await page.locator('ol.list').innerText();
    expect(rows).not.toContain('profile profile');
    expect(rows).not.toContain('default →');
    await page.close();
  });
});
