import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { startLink } from './link.ts';

describeWithBrowser('the console in use', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ presets: true });
  }, 60_000);
  afterAll(() => shown.stop());

  test('returns the focus to what opened a dialog, however the dialog is closed', async () => {
    const page = await shown.open('#/settings/providers');
    const opener = page.getByRole('button', { name: 'Add a provider' });
    const dialog = page.getByRole('dialog');
    const closings = [
      () => dialog.getByRole('button', { name: 'Cancel' }).click(),
      () => page.keyboard.press('Escape'),
      () => dialog.getByRole('button', { name: 'Close' }).click(),
      () => page.mouse.click(20, 800),
    ];
    for (const close of closings) {
      await opener.click();
      await dialog.waitFor();
      await close();
      await dialog.waitFor({ state: 'detached' });
      expect(await opener.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    }
    await page.close();
  });

  test('keeps the focus in the row when the button that was used disappears', async () => {
    await call(shown.gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'demo', model_id: 'careful' });
    const page = await shown.open();
    const row = page.locator('tr[data-subject="evaluate"]');
    const reset = row.getByRole('button', { name: 'Reset' });
    await reset.focus();
    await page.keyboard.press('Enter');
    await reset.waitFor({ state: 'detached' });
    const history = row.getByRole('button', { name: 'History' });
    await expect
      .poll(() => history.evaluate((element) => element === element.ownerDocument.activeElement))
      .toBe(true);
    await page.close();
  });

  test('undoes one change for a double click', async () => {
    const change = (model: string): Promise<unknown> =>
      call(shown.gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'demo', model_id: model });
    await change('careful');
    await change('flaky');
    const page = await shown.open();
    const row = page.locator('tr[data-subject="evaluate"]');
    await row.getByRole('button', { name: 'Undo' }).dblclick();
    await row.locator('.chosen').getByText('demo/careful').waitFor();
    const history = (await shown.gateway.get('/api/debug/models/evaluate/history')) as {
      entries: { action: string }[];
    };
    expect(history.entries.filter(({ action }) => action === 'undo')).toHaveLength(1);
    await page.close();
  });

  test('names the page in the title, and survives an address that cannot be decoded', async () => {
    const page = await shown.open('#/requests/%zz');
    await page.getByRole('alert').getByRole('link', { name: 'Show the list of requests' }).waitFor();
    expect(await page.title()).toBe('Request %zz · Laneway');
    await page.getByRole('link', { name: 'Settings' }).click();
    await expect.poll(() => page.title()).toBe('Settings · Laneway');
    await page.close();
  });

  test('says that an address names no page, above the switchboard', async () => {
    const page = await shown.open('#/nosuchpage');
    await page.getByRole('alert').getByText('There is no page “nosuchpage”').waitFor();
    await page.getByRole('link', { name: 'Switchboard' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.close();
  });

  test('asks before it removes a provider, and shows in a dialog that the provider was removed meanwhile', async () => {
    const added = { id: 'extra', type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' };
    await call(shown.gateway, 'POST', '/api/v1/llm/providers', added);
    const page = await shown.open('#/settings/providers');
    const provider = page.locator('[data-provider="extra"]');
    await provider.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await provider.getByRole('button', { name: 'Edit' }).click();
    await fetch(`${shown.gateway.url}/api/v1/llm/providers/extra`, { method: 'DELETE' });
    await page.getByLabel('Name').fill('Renamed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog').getByRole('alert').getByText('extra').waitFor();
    await page.close();
  });

  test('continues a paused list with the requests that ended meanwhile', async () => {
    const page = await shown.open('#/requests');
    await page.getByRole('button', { name: 'Pause' }).click();
    const reply = await shown.gateway.chat({ model: 'evaluate' });
    await reply.text();
    await page.getByRole('button', { name: 'Continue' }).click();
    const id = reply.headers.get('x-request-id') ?? '';
    await page.locator(`a[href="#/requests/${id}"]`).waitFor();
    await page.close();
  });

  test('counts the requests that a live list leaves out, until it is read again', async () => {
    const page = await shown.open('#/requests');
    const note = page.getByText('are left out');
    // A reading of the list that is still on its way forgets the first ones.
    await expect
      .poll(async () => {
        shown.gateway.app.events.publish('request', { requests: [], omitted: 200 });
        return (await note.allInnerTexts()).join();
      })
      .toMatch(/: [\d,]+ are left out/);
    await page.getByRole('button', { name: 'Filter' }).click();
    await note.waitFor({ state: 'detached' });
    await page.close();
  });

  test('shows a banner while the gateway does not respond, and the changes made meanwhile after it', async () => {
    const link = await startLink(Number(new URL(shown.gateway.url).port));
    const page = await shown.open();
    await page.goto(`http://127.0.0.1:${link.port}/`);
    const row = page.locator('tr[data-subject="plan_queries"]');
    await row.waitFor();
    let calls = 0;
    page.on('request', () => (calls += 1));
    await link.cut();
    await page.getByText('The gateway does not respond. The data').waitFor();
    await call(shown.gateway, 'PUT', '/api/debug/models/plan_queries', {
      provider: 'demo',
      model_id: 'quick',
    });
    await page.waitForTimeout(1500);
    // Two for each attempt to reconnect, which come at growing intervals.
    expect(calls).toBeLessThan(10);
    await link.mend();
    await row.getByText('switched').waitFor();
    await page.getByText('The gateway does not respond. The data').waitFor({ state: 'detached' });
    await call(shown.gateway, 'DELETE', '/api/debug/models/plan_queries');
    await row.getByText('switched').waitFor({ state: 'detached' });
    await page.close();
    await link.cut();
  });
});
