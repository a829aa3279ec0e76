import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

describeWithBrowser('the page of a request', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test('explains the plan as often as asked', async () => {
    const reply = await shown.gateway.chat({ model: 'evaluate' });
    await shown.gateway.trace(reply);
    const page = await shown.open(`#/requests/${reply.headers.get('x-request-id') ?? ''}`);
    const button = page.getByRole('button', { name: 'Explain again' });
    await button.click();
    await page.getByText('As of').waitFor();
    const again = page.waitForResponse('**/api/debug/resolve');
    await button.click();
    expect((await again).status()).toBe(200);
    await page.close();
  });
});
