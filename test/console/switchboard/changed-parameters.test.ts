import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('a node whose parameters alone were changed', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
    const change = { provider: 'demo', model_id: 'quick', temperature: 0.4 };
    await call(shown.gateway, 'PUT', '/api/v1/llm/config/evaluate', change);
  }, 60_000);
  afterAll(() => shown.stop());

  test('does not count as switched, and a reset names the parameters that it removes', async () => {
    const page = await shown.open();
    const row = page.locator('tr[data-subject="evaluate"]');
    await row.getByText('parameters changed: temperature 0.4').waitFor();
    const text = await row.innerText();
    expect(text).not.toContain('switched');
    expect(text).not.toContain('default demo/quick');
    await page.getByRole('button', { name: 'Reset all' }).click();
    const lines = page.getByRole('dialog').locator('li');
    expect((await lines.allInnerTexts()).map((line) => line.replace(/\s+/g, ' '))).toEqual([
      'evaluate parameters removed: temperature 0.4',
    ]);
    await page.close();
  });

  test('still has its parameters when it is switched, and the preview of a switch back shows them', async () => {
    const at = '/api/debug/models/evaluate';
    const settings = { params: { temperature: 0.4 }, fallbacks: null };
    const switched = await call(shown.gateway, 'PUT', at, { provider: 'demo', model_id: 'careful' });
    expect(switched.body).toMatchObject({ is_default: false, settings });
    const back = { provider: 'demo', model_id: 'quick', dry_run: true };
    const preview = await call(shown.gateway, 'PUT', at, back);
    expect(preview.body).toMatchObject({ is_default: false, settings });
    const reset = await call(shown.gateway, 'DELETE', at);
    expect(reset.body).toMatchObject({ is_default: true });
    expect(reset.body).not.toHaveProperty('settings');
  });

  test('a lane has its configured order as the default', async () => {
    const change = { provider: 'demo', model_id: 'careful' };
    await call(shown.gateway, 'PUT', '/api/debug/models/lane:main', change);
    const page = await shown.open();
    const row = page.locator('tr[data-subject="lane:main"]');
    await row.getByText('default the configured order (now demo/quick)').waitFor();
    await page.close();
  });
});
