import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { seriousFaults } from './accessibility.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { excessWidth } from './page-width.ts';

/** A gateway whose only server does not run. */
const CONFIG = {
  default_lane: 'main',
  providers: { dead: { type: 'openai_compatible', base_url: 'http://127.0.0.1:9/v1' } },
  lanes: { main: { preferred: ['dead/some-model'] } },
  nodes: { evaluate: { lane: 'main' } },
};

describeWithBrowser('the console of a gateway without an engine or a key', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ config: CONFIG });
    await (await shown.gateway.chat({ model: 'evaluate' })).text();
  }, 60_000);
  afterAll(() => shown.stop());

  test.each([1440, 375])('lists what was looked for and the next step, at %d px', async (width) => {
    const page = await shown.open('', { width });
    const hint = page.getByRole('region', { name: 'No model can answer yet' });
    await hint.getByText('http://127.0.0.1:9/v1').waitFor();
    await hint.getByRole('link', { name: 'Settings › Providers' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await excessWidth(page)).toBeLessThanOrEqual(0);
    await page.close();
  });

  test('claims nowhere that a model answers', async () => {
    const page = await shown.open();
    const nothing = 'nothing answers now (tried first: dead/some-model, unreachable)';
    await page.locator('tr[data-subject="evaluate"]').getByText(nothing).waitFor();
    await page.locator('tr[data-subject="lane:main"]').getByText(nothing).waitFor();
    await page.goto(`${shown.gateway.url}/#/model`);
    const active = page.getByLabel('Active model');
    await active.getByText('Nothing answers now', { exact: true }).waitFor();
    await active.getByText('first in the default lane: unreachable').waitFor();
    await page.goto(`${shown.gateway.url}/#/playground`);
    await page.getByRole('combobox').first().fill('evaluate');
    await page.keyboard.press('Enter');
    await page.getByText(`node, ${nothing}`).waitFor();
    await page.close();
  });
});
