import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { excessWidth } from './page-width.ts';

describeWithBrowser('the page of the model', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test('offers the way back after a switch: one step, or to the default', async () => {
    const page = await shown.open('#/model');
    const active = page.getByLabel('Active model').locator('strong');
    const toDefault = page.getByRole('button', { name: 'Back to default' });
    const use = async (model: string): Promise<void> => {
      await page.getByRole('button', { name: `Use demo/${model}` }).click();
      await active.getByText(`demo/${model}`).waitFor();
    };
    await page.getByRole('button', { name: 'Use demo/careful' }).waitFor();
    expect(await toDefault.count()).toBe(0);
    await use('careful');
    await use('flaky');
    await page.getByRole('button', { name: 'Undo' }).click();
    await active.getByText('demo/careful').waitFor();
    // The model of the default, but still a switch.
    await use('quick');
    await toDefault.click();
    await toDefault.waitFor({ state: 'detached' });
    const { lanes } = (await shown.gateway.get('/api/debug/models')) as {
      lanes: Record<string, { is_default: boolean }>;
    };
    expect(lanes['main']?.is_default).toBe(true);
    await page.close();
  });

  test('breaks a long name of a provider on a phone', async () => {
    const added = {
      ...{ id: 'long', name: 'x'.repeat(120) },
      ...{ type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' },
    };
    await call(shown.gateway, 'POST', '/api/v1/llm/providers', added);
    const page = await shown.open('#/model', { width: 375 });
    await page.getByRole('heading', { name: added.name }).waitFor();
    expect(await excessWidth(page)).toBeLessThanOrEqual(0);
    await page.close();
  });
});
