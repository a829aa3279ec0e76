import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

describeWithBrowser('a reset on the switchboard', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test('of all nodes can be undone in each row, until nothing of it is left to undo', async () => {
    const change = { provider: 'demo', model_id: 'careful' };
    await call(shown.gateway, 'PUT', '/api/debug/models/evaluate', change);
    const page = await shown.open();
    const row = page.locator('tr[data-subject="evaluate"]');
    const undo = row.getByRole('button', { name: 'Undo' });
    await page.getByRole('button', { name: 'Reset all' }).click();
    await page.getByRole('button', { name: 'Reset 1' }).click();
    await row.locator('.chosen').getByText('demo/quick').waitFor();
    await undo.click();
    await row.locator('.chosen').getByText('demo/careful').waitFor();
    await undo.click();
    await row.locator('.chosen').getByText('demo/quick').waitFor();
    await undo.waitFor({ state: 'detached' });
    expect(await row.getByRole('alert').count()).toBe(0);
    await page.close();
  });

  test('of one node can be undone', async () => {
    const page = await shown.open();
    const row = page.locator('tr[data-subject="evaluate"]');
    const change = { provider: 'demo', model_id: 'flaky' };
    await call(shown.gateway, 'PUT', '/api/debug/models/evaluate', change);
    await row.getByRole('button', { name: 'Reset' }).click();
    await row.getByRole('button', { name: 'Reset' }).waitFor({ state: 'detached' });
    await row.getByRole('button', { name: 'Undo' }).click();
    await row.locator('.chosen').getByText('demo/flaky').waitFor();
    await page.close();
  });
});
