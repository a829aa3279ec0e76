import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { UnwritableStore } from '../../src/store/files/unwritable.ts';
import { describeWithBrowser } from '../support/console.ts';
import { seriousFaults } from './accessibility.ts';
import { openConsole, type OpenConsole } from './console-page.ts';
import { excessWidth } from './page-width.ts';

/** Rows of the table of totals, with the text of each cell. */
async function totals(page: Page): Promise<string[][]> {
  const rows = await page.locator('tbody tr').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
}

describeWithBrowser('the page of the usage', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  const ask = async (model: string): Promise<void> => {
    await shown.gateway.trace(await shown.gateway.chat({ model }));
  };

  test('shows how to send a request while there is none, and the first one by itself', async () => {
    const page = await shown.open('#/usage');
    await page.getByText('No requests in the last 24 hours').waitFor();
    const command = await page.locator('pre').innerText();
    expect(command).toContain(`curl ${shown.gateway.url}/v1/chat/completions`);
    expect(command).toContain('"model":"evaluate"');
    await ask('evaluate');
    await page.getByRole('img', { name: /^Requests over time: 1 in total/ }).waitFor();
    await page.close();
  });

  test('groups, sorts and divides what is recorded, by the keyboard alone', async () => {
    for (const model of ['evaluate', 'node:plan_queries']) await ask(model);
    const page = await shown.open('#/usage');
    await page.getByRole('radio', { name: 'Node' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('rowheader', { name: 'demo/careful' }).waitFor();
    await page.getByRole('columnheader', { name: 'Model' }).getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect((await totals(page)).map(([model]) => model?.trim())).toEqual(['demo/careful', 'demo/quick']);
    await page.keyboard.press('Enter');
    const [quick] = await totals(page);
    // Requests, errors, cost: the demo's price is unknown, not nothing.
    expect([quick?.[0]?.trim(), quick?.[1], quick?.[2]?.trim(), quick?.[5]]).toEqual([
      'demo/quick',
      '2',
      '0',
      '–',
    ]);
    await page.getByRole('radio', { name: '30 days' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('heading', { name: 'Totals of the last 30 days' }).waitFor();
    await page.getByRole('radio', { name: 'p50' }).press('Space');
    await page.getByRole('img', { name: /^Latency over time: .*demo\/quick [\d.]+ m?s/ }).waitFor();
    await page.close();
  });

  test('keeps what is chosen in its address: a reload or a copied link shows the same, the menu too', async () => {
    const page = await shown.open('#/usage');
    const chosen = (name: string): Promise<boolean> =>
      page.getByRole('radio', { name, exact: true }).isChecked();
    await page.getByRole('radio', { name: 'Model' }).press('Space');
    await page.getByRole('radio', { name: '7 days' }).press('Space');
    await page.getByRole('radio', { name: 'In', exact: true }).press('Space');
    await page.getByRole('radio', { name: 'p50' }).press('Space');
    const names = ['Model', '7 days', 'In', 'p50'];
    const address = `${shown.gateway.url}/#/usage?grouping=model&range=week&tokens=input_tokens&latency=p50_ms`;
    await expect.poll(() => page.url()).toBe(address);
    await page.reload();
    await page.getByRole('heading', { name: 'Totals of the last 7 days' }).waitFor();
    expect(await Promise.all(names.map(chosen))).toEqual([true, true, true, true]);
    await page.getByRole('link', { name: 'Requests' }).click();
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('heading', { name: 'Totals of the last 7 days' }).waitFor();
    await expect.poll(() => page.url()).toBe(address);
    await page.goto(`${shown.gateway.url}/#/usage?grouping=toString&range=month`);
    await page.getByRole('heading', { name: 'Totals of the last 30 days' }).waitFor();
    expect(await chosen('Node')).toBe(true);
    await expect.poll(() => page.url()).toBe(`${shown.gateway.url}/#/usage?range=month`);
    await page.close();
  });

  test('shows the values of a time under the pointer in every chart, and the summary without it', async () => {
    const page = await shown.open('#/usage');
    const chart = page.getByRole('img', { name: /^Tokens over time/ });
    const box = await chart.boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) - 30, (box?.y ?? 0) + 80);
    const requests = page.getByRole('region', { name: 'Requests' });
    await requests.getByText(/\d\d:\d\d.*: evaluate \d/).waitFor();
    await page.mouse.move(5, 5);
    await requests.getByText(/in total, at most/).waitFor();
    await page.close();
  });

  test.each([
    ['the totals', ''],
    ['the values over time', '&bucket=hour'],
  ])('downloads as CSV what is shown: %s', async (name, bucket) => {
    const page = await shown.open('#/usage');
    const asked = page.waitForRequest((request) => request.headers()['accept'] === 'text/csv');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: `Download CSV of ${name}` }).click();
    const { searchParams, href } = new URL((await asked).url());
    expect(href).toContain('/api/usage?group_by=node');
    expect(href.includes('bucket=hour')).toBe(bucket !== '');
    const text = readFileSync(await (await download).path(), 'utf8');
    const span = `from=${searchParams.get('from') ?? ''}&to=${searchParams.get('to') ?? ''}`;
    const path = `${shown.gateway.url}/api/usage?group_by=node&${span}${bucket}`;
    expect(text).toBe(await (await fetch(path, { headers: { accept: 'text/csv' } })).text());
    expect(text).toContain('evaluate,');
    await page.close();
  });

  test('on a narrow screen the numbers of a column end below its heading, and a shadow and the keyboard scroll', async () => {
    // It refuses the first of two requests.
    for (const model of ['demo/flaky', 'demo/flaky']) await ask(model);
    const page = await shown.open('#/usage?grouping=model', { width: 375 });
    const table = page.getByRole('region', { name: 'Totals, scrolls sideways' });
    await table.getByText('100.0 %').waitFor();
    const ends = await page.evaluate<number[]>(`
      [...document.querySelectorAll('tr > :nth-child(3)')].map((cell) => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return range.getBoundingClientRect().right;
      })`);
    expect(ends.length).toBeGreaterThan(2);
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(1);
    await table.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => table.evaluate((element) => element.scrollLeft)).toBeGreaterThan(0);
    expect(await seriousFaults(page)).toEqual([]);
    await page.close();
  });

  test('its charts are loaded only when it is opened', async () => {
    const page = await shown.open();
    const files: string[] = [];
    page.on('request', (request) => files.push(new URL(request.url()).pathname));
    await page.locator('tr[data-subject="evaluate"]').waitFor();
    const loaded = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    );
    expect(loaded.filter((name) => name.includes('usage-page'))).toEqual([]);
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('img', { name: /^Requests over time/ }).waitFor();
    expect(files.filter((name) => name.includes('/assets/usage-page'))).toHaveLength(2);
    await page.close();
  });

  test('says so when its code cannot be loaded', async () => {
    const page = await shown.open();
    await page.route('**/assets/usage-page*', (route) => route.abort());
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByRole('alert').getByText('This page could not be loaded').waitFor();
    await page.close();
    // What the browser itself logs about the aborted files.
    expect(shown.errors.every((text) => text.includes('ERR_FAILED'))).toBe(true);
  });
});

describeWithBrowser('the page of the usage of a gateway without state', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole({ store: new UnwritableStore('no space left on the device', null) });
  }, 60_000);
  afterAll(() => shown.stop());

  describe.each([
    { width: 1440, dark: false },
    { width: 375, dark: true },
  ])('at $width px', (options) => {
    test('explains that nothing is recorded, and why', async () => {
      const page = await shown.open('#/usage', options);
      await page.getByRole('alert').getByText('no space left on the device').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(await excessWidth(page)).toBeLessThanOrEqual(0);
      await page.close();
    });
  });
});
