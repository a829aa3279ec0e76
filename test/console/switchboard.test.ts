import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { call } from '../http/operator.ts';
import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

const row = (page: Page, subject: string): Locator => page.locator(`tr[data-subject="${subject}"]`);

/** Opens the dropdown of a node or lane, searches, and takes the first match. */
async function choose(page: Page, subject: string, words: string): Promise<void> {
  await row(page, subject)
    .getByRole('button', { name: `Model of ${subject}` })
    .click();
  await page.getByRole('combobox', { name: 'Search models and lanes' }).fill(words);
  await page.keyboard.press('Enter');
}

describeWithBrowser('the switchboard', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  const answeredBy = async (model: string): Promise<string | null> => {
    const reply = await shown.gateway.chat({ model });
    await reply.text();
    return reply.headers.get('x-laneway-target');
  };

  describe.each([
    { width: 1440, dark: false },
    { width: 375, dark: true },
  ])('at $width px', (options) => {
    test('shows assignments, changes one by the dropdown, and the next request uses it', async () => {
      const page = await shown.open('', options);
      await row(page, 'evaluate').getByText('demo/quick').first().waitFor();
      expect(await row(page, 'plan_queries').innerText()).toContain('lane:coder');
      expect(await answeredBy('evaluate')).toBe('demo/quick');

      await choose(page, 'evaluate', 'careful');
      const dialog = page.getByRole('dialog', { name: 'Switch evaluate' });
      await dialog.getByText('Fit to serve').waitFor();
      await dialog.getByLabel('Reason').fill('better scores');
      await dialog.getByLabel('Revert to the default').selectOption('3600');
      await dialog.getByRole('button', { name: 'Apply' }).click();
      await row(page, 'evaluate').getByText('switched').waitFor();
      expect(await row(page, 'evaluate').innerText()).toMatch(/“better scores”[^]*reverts in (59 min|1 h)/);

      expect(await answeredBy('evaluate')).toBe('demo/careful');
      // Which model was used, and the two durations.
      await row(page, 'evaluate').locator('.duration').first().getByText('demo/careful').waitFor();
      expect(await row(page, 'evaluate').locator('.duration').allInnerTexts()).toEqual([
        expect.stringMatching(/\d m?s\s+demo\/careful/),
        expect.stringMatching(/\d m?s\s+demo\/quick/),
      ]);
      expect(await row(page, 'evaluate').innerText()).toMatch(/[2-9] requests, 0 failed/);

      await page.getByRole('button', { name: 'Reset all (1)' }).click();
      await page.getByRole('button', { name: 'Reset 1' }).click();
      await row(page, 'evaluate').getByText('switched').waitFor({ state: 'detached' });
      expect(await answeredBy('evaluate')).toBe('demo/quick');
      await page.close();
    });
  });

  test('shows a switch made by curl within half a second, and its history', async () => {
    const page = await shown.open();
    await row(page, 'lane:coder').waitFor();
    const started = performance.now();
    await call(shown.gateway, 'PUT', '/api/debug/models/lane:coder', {
      provider: 'demo',
      model_id: 'quick',
      reason: 'by curl',
    });
    await row(page, 'lane:coder').getByText('“by curl”').waitFor();
    // Half a second on an idle machine; a busy one is given more.
    expect(performance.now() - started).toBeLessThan(5000);
    await row(page, 'lane:coder').getByRole('button', { name: 'History' }).click();
    await page.getByRole('dialog').getByText('demo/quick').waitFor();
    await page.keyboard.press('Escape');
    await row(page, 'lane:coder').getByRole('button', { name: 'Undo' }).click();
    await row(page, 'lane:coder').getByText('“by curl”').waitFor({ state: 'detached' });
    await page.close();
  });

  test('is used by the keyboard alone', async () => {
    const page = await shown.open();
    const button = row(page, 'evaluate').getByRole('button', { name: 'Model of evaluate' });
    await button.waitFor();
    await button.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('flaky');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Switch evaluate' });
    await dialog.getByText('Fit to serve').waitFor();
    await page.keyboard.type('by keys');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await row(page, 'evaluate').getByText('“by keys”').waitFor();
    const reset = row(page, 'evaluate').getByRole('button', { name: 'Reset' });
    await reset.focus();
    await page.keyboard.press('Enter');
    await row(page, 'evaluate').getByText('switched').waitFor({ state: 'detached' });
    await page.close();
  });

  test('shows why a target is unfit before it switches, and switches only when forced', async () => {
    const page = await shown.open();
    await choose(page, 'plan_queries', 'demo quick');
    await page.getByRole('dialog').getByText('Fit to serve').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    const assignment = (await shown.gateway.get('/api/debug/models/plan_queries')) as { is_default: boolean };
    expect(assignment.is_default).toBe(true);
    await page.close();
  });

  test('logs no error and asks for nothing outside the gateway', () => {
    expect([shown.errors, shown.foreign]).toEqual([[], []]);
  });
});
