import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { call } from '../../http/operator.ts';
import { describeWithBrowser } from '../../support/console.ts';
import { openConsole, type OpenConsole } from '../console-page.ts';

const AT = '/api/debug/models/';

describeWithBrowser('a dialog of a switch, while something else is changed', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterEach(() => call(shown.gateway, 'POST', '/api/debug/models/reset'));
  afterAll(() => shown.stop());

  const switchTo = (node: string, model: string): Promise<unknown> =>
    call(shown.gateway, 'PUT', AT + node, { provider: 'demo', model_id: model });
  const assigned = async (): Promise<unknown> =>
    ((await shown.gateway.get(`${AT}evaluate`)) as { assigned: unknown }).assigned;

  const openDialog = async (): Promise<Page> => {
    const page = await shown.open();
    await page.getByRole('button', { name: 'Model of evaluate' }).click();
    await page.getByRole('combobox', { name: 'Search models and lanes' }).fill('flaky');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').locator('.change').getByText('demo/quick').waitFor();
    return page;
  };
  /** Makes a change after the page has sent its switch and before the gateway gets it. */
  const beforeSwitch = (page: Page, change: () => Promise<unknown>): Promise<unknown> => {
    let isDone = false;
    return page.route(`**${AT}evaluate`, async (route) => {
      const isSwitch = !(route.request().postData() ?? '').includes('dry_run');
      if (isSwitch && !isDone) {
        isDone = true;
        await change();
      }
      await route.continue();
    });
  };

  test('shows what the node was changed to and by whom, and applies after that', async () => {
    const page = await openDialog();
    await switchTo('evaluate', 'careful');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Changed meanwhile by local to demo/careful').waitFor();
    await dialog.locator('.change').getByText('demo/careful').waitFor();
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await assigned()).toBe('demo/flaky');
    await page.close();
  });

  test('does not overwrite a change that came just before the switch', async () => {
    const page = await openDialog();
    await beforeSwitch(page, () => switchTo('evaluate', 'careful'));
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('alert').getByText('Changed meanwhile by local to demo/careful').waitFor();
    expect(await assigned()).toBe('demo/careful');
    await page.close();
  });

  test('applies although another node was changed just before the switch', async () => {
    const page = await openDialog();
    await beforeSwitch(page, () => switchTo('plan_queries', 'quick'));
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await assigned()).toBe('demo/flaky');
    await page.close();
  });
});
