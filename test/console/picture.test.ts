import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithBrowser } from '../support/console.ts';
import { call } from '../http/operator.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

const PICTURE = join(import.meta.dirname, '../../docs/console.png');

/** The picture of README.md; LANEWAY_WRITE_PICTURE=1 replaces it. */
describeWithBrowser('the picture of the console', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test('shows a switched node with both durations', async () => {
    const { gateway } = shown;
    const ask = async (model: string): Promise<void> => void (await (await gateway.chat({ model })).text());
    await Promise.all([...Array.from({ length: 6 }, () => ask('evaluate')), ask('plan_queries')]);
    const change = { provider: 'demo', model_id: 'careful', reason: 'quality first', expires_in_s: 7200 };
    await call(gateway, 'PUT', '/api/debug/models/evaluate', change);
    await Promise.all(Array.from({ length: 3 }, () => ask('evaluate')));
    const page = await shown.open();
    await page.setViewportSize({ width: 1280, height: 640 });
    await page.locator('tr[data-subject="evaluate"] .duration').nth(1).waitFor();
    const picture = await page.screenshot();
    expect(picture.length).toBeGreaterThan(20_000);
    if (process.env['LANEWAY_WRITE_PICTURE'] === '1') writeFileSync(PICTURE, picture);
    await page.close();
  });
});
