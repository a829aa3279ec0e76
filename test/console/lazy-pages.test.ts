import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { startLink } from './link.ts';

describeWithBrowser('a page whose code is loaded when it opens', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test.each([
    ['Usage', 'Usage'],
    ['Playground', 'Playground'],
  ])('%s opened while the gateway is down comes by itself when it is up again', async (link, heading) => {
    const proxy = await startLink(Number(new URL(shown.gateway.url).port));
    const page = await shown.open();
    await page.goto(`http://127.0.0.1:${proxy.port}/`);
    await page.locator('tr[data-subject="evaluate"]').waitFor();
    await proxy.cut();
    await page.getByText('The gateway does not respond. The data').waitFor();
    await page.getByRole('link', { name: link }).click();
    await page.getByRole('alert').getByText('This page could not be loaded').waitFor();
    await proxy.mend();
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.close();
    await proxy.cut();
  });
});
