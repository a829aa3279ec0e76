import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { seriousFaults } from './accessibility.ts';
import type { OpenConsole } from './console-page.ts';
import { BROKEN, CUT, describeWithEngineConsole, openEngineConsole } from './engine-console.ts';
import { excessWidth } from './page-width.ts';

/** Keeps every height of the card of the active model. */
const RECORD_HEIGHTS = `
  globalThis.heights = new Set();
  new ResizeObserver(([{ target }]) => heights.add(Math.round(target.offsetHeight)))
    .observe(document.querySelector('[aria-label="Active model"] .framed'));
`;

/** Keeps every value that a progress bar of the page shows. */
const RECORD_PROGRESS = `
  globalThis.shownProgress = [];
  new MutationObserver(() => {
    for (const bar of document.querySelectorAll('[role="progressbar"]'))
      shownProgress.push(Number(bar.getAttribute('aria-valuenow')));
  }).observe(document.body, { subtree: true, childList: true, attributes: true });
`;

async function progressOf(page: Page): Promise<number[]> {
  return page.evaluate<number[]>('shownProgress');
}

function rising(values: readonly number[]): boolean {
  return values.every((value, index) => value >= (values[index - 1] ?? 0));
}

describeWithEngineConsole('the page of engines and memory', () => {
  let shown: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    shown = await openEngineConsole();
    page = await shown.open();
    await page.getByRole('link', { name: 'Engines' }).click();
    await page.locator('[data-model="local/tiny-random"]').waitFor();
    await page.evaluate(RECORD_PROGRESS);
  }, 60_000);
  afterAll(() => shown.stop());

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const stateOf = (model: string, state: string): Promise<void> =>
    page.locator(`[data-model="local/${model}"]`).getByText(state, { exact: true }).waitFor();

  test('loads a model by its button, with progress that only rises, and shows what it takes', async () => {
    await press('Load local/smollm2-135m');
    await stateOf('smollm2-135m', 'loaded');
    const values = await progressOf(page);
    expect(values.length).toBeGreaterThan(0);
    expect(rising(values)).toBe(true);
    await page.getByRole('img', { name: /^Memory of pool local: local\/smollm2-135m \d+ MB/ }).waitFor();
    await page.getByRole('rowheader', { name: 'local/smollm2-135m', exact: true }).waitFor();
  });

  test('keeps the focus on the button, which then unloads it', async () => {
    const focused = (): Promise<string> =>
      page.evaluate<string>("document.activeElement.getAttribute('aria-label')");
    await expect.poll(focused).toBe('Unload local/smollm2-135m');
    await page.keyboard.press('Enter');
    await stateOf('smollm2-135m', 'not loaded');
    await page.getByRole('button', { name: 'Load local/smollm2-135m', exact: true }).waitFor();
  });

  test('shows why a broken file was not loaded, with the exit code of its server', async () => {
    await press(`Load local/${BROKEN}`);
    const problem = page.locator(`[data-model="local/${BROKEN}"]`).getByRole('alert');
    expect(await problem.innerText()).toMatch(/could not be loaded.*exit code 1\b/);
    await stateOf(BROKEN, 'failed');
  });

  test('names a file that cannot be used, and why', async () => {
    await page.getByText(`Cannot be used: ${CUT}.gguf is truncated`).waitFor();
  });

  test('asks before it unloads a model that a request uses, and cuts the request when forced', async () => {
    await press('Load local/smollm2-135m');
    await stateOf('smollm2-135m', 'loaded');
    const body = { model: 'local/smollm2-135m', stream: true, max_tokens: 4_000, ignore_eos: true };
    const reply = await shown.gateway.chat(body);
    const ended = reply.text().catch(() => 'cut');
    await press('Unload local/smollm2-135m');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('1 request in progress uses this model').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Force' }).click();
    // The engine has seconds to end what was cut.
    const row = page.locator('[data-model="local/smollm2-135m"]');
    await row.getByText('not loaded', { exact: true }).waitFor({ timeout: 30_000 });
    expect(await ended).not.toContain('[DONE]');
  });

  describe.each([
    { width: 1440, dark: false },
    { width: 375, dark: true },
  ])('at $width px', (options) => {
    test('has no serious fault for screen readers, and fits the width', async () => {
      const other = await shown.open('#/engines', options);
      await other.locator(`[data-model="local/${BROKEN}"]`).getByText('failed', { exact: true }).waitFor();
      expect(await seriousFaults(other)).toEqual([]);
      expect(await excessWidth(other)).toBeLessThanOrEqual(0);
      await other.close();
    });
  });
});

describeWithEngineConsole('the model bar of a gateway with an engine', () => {
  let shown: OpenConsole;
  let page: Page;
  beforeAll(async () => {
    shown = await openEngineConsole();
    page = await shown.open('#/model');
    await page.getByRole('button', { name: 'Use local/smollm2-135m' }).waitFor();
    await page.evaluate(RECORD_PROGRESS);
    await page.evaluate(RECORD_HEIGHTS);
  }, 60_000);
  afterAll(() => shown.stop());

  test('shows the progress of a switch whose model has to be loaded, and what the model can do after it', async () => {
    await page.getByRole('button', { name: 'Use local/smollm2-135m' }).click();
    const active = page.getByLabel('Active model');
    await active.getByText('Active', { exact: true }).waitFor({ state: 'detached' });
    await active.getByText('Active', { exact: true }).waitFor();
    await active.locator('strong').getByText('local/smollm2-135m', { exact: true }).waitFor();
    const values = await progressOf(page);
    expect(values.length).toBeGreaterThan(0);
    expect(rising(values)).toBe(true);
    // Nothing below it moves while the model is loaded.
    expect(await page.evaluate<number>('heights.size')).toBe(1);
    await active.getByText('8,192').waitFor();
    const reply = await shown.gateway.chat({ model: 'auto', max_tokens: 1 });
    await reply.text();
    expect(reply.headers.get('x-laneway-target')).toBe('local/smollm2-135m');
  });

  test('says that the previous model is active again when the load has failed', async () => {
    await page.getByRole('button', { name: `Use local/${BROKEN}` }).click();
    const problem = page.getByLabel('Active model').getByRole('alert');
    expect(await problem.innerText()).toMatch(/exit code 1\b.*what was active before is active again/);
    await page.getByLabel('Active model').locator('strong').getByText('local/smollm2-135m').waitFor();
  });
});
