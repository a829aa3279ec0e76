import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { describeWithBrowser } from '../support/console.ts';
import type { TestGateway } from '../support/gateway.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { startLink, type Link } from './link.ts';

const rowOf = (page: Page): Locator => page.locator('tr[data-subject="evaluate"]');

const shows = (page: Page, model: string): Promise<void> =>
  rowOf(page).locator('.chosen').getByText(model).waitFor();

/** Keeps what is removed from the table, and every text of the row's model. */
const RECORD = `
  globalThis.seen = { removedRows: 0, models: [] };
  const row = document.querySelector('tr[data-subject="evaluate"]');
  new MutationObserver((records) => {
    for (const { removedNodes } of records)
      seen.removedRows += [...removedNodes].filter(({ nodeName }) => nodeName === 'TR' || nodeName === 'TABLE').length;
    const text = row.querySelector('.chosen').textContent.trim();
    if (seen.models.at(-1) !== text) seen.models.push(text);
  }).observe(document.querySelector('main'), { childList: true, characterData: true, subtree: true });
`;

interface Seen {
  readonly removedRows: number;
  readonly models: readonly string[];
}

describeWithBrowser('two tabs of the console', () => {
  let shown: OpenConsole;
  let next: TestGateway | null = null;
  let link: Link;
  let tabs: [Page, Page];
  const folder = mkdtempSync(join(tmpdir(), 'laneway-two-tabs-'));
  beforeAll(async () => {
    shown = await openConsole({ folder });
    link = await startLink(Number(new URL(shown.gateway.url).port));
    const open = async (): Promise<Page> => {
      const page = await shown.open();
      await page.goto(`http://127.0.0.1:${link.port}/`);
      await rowOf(page).waitFor();
      return page;
    };
    tabs = [await open(), await open()];
  }, 60_000);
  afterAll(async () => {
    await link.cut();
    await next?.stop();
    await shown.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a switch in one shows in the other at once, and nothing else of it changes', async () => {
    const [one, other] = tabs;
    await other.evaluate(RECORD);
    await rowOf(one).getByRole('button', { name: 'Model of evaluate' }).click();
    await one.getByRole('combobox', { name: 'Search models and lanes' }).fill('careful');
    await one.keyboard.press('Enter');
    await one.getByRole('button', { name: 'Apply' }).click();
    await shows(other, 'demo/careful');
    await rowOf(other).getByRole('button', { name: 'Reset' }).click();
    await shows(one, 'demo/quick');
    await shows(other, 'demo/quick');
    const { removedRows, models } = await other.evaluate<Seen>('seen');
    expect(removedRows).toBe(0);
    // Each model once: it never shows the former one again.
    expect(models.map((text) => /demo\/\w+/.exec(text)?.[0])).toEqual(['demo/careful', 'demo/quick']);
  });

  test('both show the state of the next run of the gateway after a restart, and follow it', async () => {
    await link.cut();
    await Promise.all(tabs.map((page) => page.getByText('The gateway does not respond. The data').waitFor()));
    await call(shown.gateway, 'PUT', '/api/debug/models/evaluate', { provider: 'demo', model_id: 'flaky' });
    await shown.gateway.app.close();
    next = await shown.startAnother({ folder });
    await link.mend(Number(new URL(next.url).port));
    await Promise.all(tabs.map((page) => shows(page, 'demo/flaky')));
    await Promise.all(
      tabs.map((page) =>
        page.getByText('The gateway does not respond. The data').waitFor({ state: 'detached' }),
      ),
    );
    await rowOf(tabs[0]).getByRole('button', { name: 'Reset' }).click();
    await shows(tabs[1], 'demo/quick');
  });
});
