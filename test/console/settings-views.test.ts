import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { withDatabase } from '../store/harness.ts';
import { describeWithBrowser } from '../support/console.ts';
import { seriousFaults } from './accessibility.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { excessWidth } from './page-width.ts';

describeWithBrowser('the views of the settings', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ presets: true });
    const config = {
      default_lane: 'coder',
      nodes: { plan_queries: { lane: 'coder' }, extra: { lane: 'main' } },
    };
    for (const [name, temperature] of [
      ['calm', 0.1],
      ['wild', 0.9],
    ] as const) {
      const lanes = { coder: { params: { temperature } } };
      await call(shown.gateway, 'POST', '/api/profiles', { name, config: { ...config, lanes } });
    }
  }, 60_000);
  afterAll(() => shown.stop());

  describe.each([
    { width: 1440, dark: false },
    { width: 375, dark: true },
  ])('at $width px', (options) => {
    test('compare a profile with the configuration in effect, and with another one', async () => {
      const page = await shown.open('#/settings/profiles', options);
      await page.locator('[data-profile="calm"]').getByRole('button', { name: 'Compare' }).press('Enter');
      const table = page.locator('section table');
      await table.getByText('default_lane').waitFor();
      // The node has the same lane in both.
      expect(await table.innerText()).not.toContain('plan_queries');
      const extra = table.locator('tbody', { hasText: 'node:extra' });
      await extra.getByText('only calm').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(await excessWidth(page)).toBeLessThanOrEqual(0);

      await page.getByLabel('Left').selectOption('wild');
      await page.getByText('1 of 4 entries differ').waitFor();
      expect(await table.locator('td').allInnerTexts()).toEqual(['0.9', '0.1']);
      await page.getByLabel('Only differences').press('Space');
      await table.getByText('node:plan_queries').waitFor();
      await page.close();
    });
  });

  test('show that the chain of the audit is intact, and after a change of the file where it is broken', async () => {
    for (const reason of ['one', 'two', 'three']) {
      const change = { provider: 'demo', model_id: 'careful', reason };
      await call(shown.gateway, 'PUT', '/api/debug/models/evaluate', change);
    }
    const page = await shown.open('#/settings/audit');
    await page.getByText('Chain intact.').waitFor();
    withDatabase(join(shown.gateway.folder, 'data'), (database) => {
      database.exec(`UPDATE audit_log SET reason = 'forged' WHERE reason = 'two'`);
    });
    await page.getByRole('button', { name: 'Check the chain' }).press('Enter');
    await page.getByText(/Chain broken at entry \d+\./).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });

  test('log no error', () => {
    expect(shown.errors).toEqual([]);
  });
});
