import { afterAll, beforeAll, expect, test } from 'vitest';

import type { AvailableModel } from '../../src/console/api/types.ts';
import { modelsByProvider } from '../../src/console/switchboard/model-order.ts';
import { describeWithBrowser } from '../support/console.ts';
import { openConsole, type OpenConsole } from './console-page.ts';

const model = (provider: string, id: string, status: AvailableModel['status']): AvailableModel =>
  ({ provider, model_id: id, status }) as AvailableModel;

test('models that can answer come before those that cannot, within a provider and among providers', () => {
  const groups = modelsByProvider([
    model('anthropic', 'big', 'needs_key'),
    model('local', 'broken', 'unreachable'),
    model('local', 'cold', 'unloaded'),
    model('local', 'warm', 'loaded'),
    model('openai', 'any', 'needs_key'),
    model('xai', 'fast', 'available'),
  ]);
  expect(groups.map(([name, models]) => [name, ...models.map(({ model_id: id }) => id)])).toEqual([
    ['local', 'cold', 'warm', 'broken'],
    ['xai', 'fast'],
    ['anthropic', 'big'],
    ['openai', 'any'],
  ]);
});

describeWithBrowser('the list of models of a node', () => {
  let shown: OpenConsole;
  beforeAll(async () => {
    shown = await openConsole();
  }, 60_000);
  afterAll(() => shown.stop());

  test('opens at the assigned one, and is there again when the search is emptied', async () => {
    const page = await shown.open();
    await page.getByRole('button', { name: 'Model of evaluate' }).click();
    const search = page.getByRole('combobox', { name: 'Search models and lanes' });
    const highlighted = async (): Promise<string> => {
      const id = await search.getAttribute('aria-activedescendant');
      return page.locator(`[id="${id ?? ''}"]`).innerText();
    };
    expect(await highlighted()).toContain('current');
    expect(await page.getByRole('option').first().innerText()).not.toContain('current');
    await search.fill('careful');
    expect(await highlighted()).not.toContain('current');
    await search.fill('');
    expect(await highlighted()).toContain('current');
    await page.close();
  });
});
